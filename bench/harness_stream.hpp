// What a program writes to its terminal while its throughput is measured.
#pragma once

#include "bench/harness_session.hpp"

#include <string>
#include <vector>

namespace bench {

struct Samples;

using SampleColumn = std::vector<double> Samples::*;

struct Stream {
    const char* name;   // in the report
    const char* key;    // in JSON
    const char* before; // inside.c is told this, the number of bytes
    const char* letter; // and this
    size_t part;        // of a sample's bytes, one part in so many: a sample of each takes about as long
    SampleColumn column;
};

// The first is measured for every system, the others for those that SystemRow::all_streams names.
const std::vector<Stream>& streams();

// Has `inside` write so many bytes as they come out; returns when all of them have been read.
void pour(Session& session, const Stream& stream, size_t bytes);

} // namespace bench
