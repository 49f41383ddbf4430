#include "bench/harness_stream.hpp"

#include "bench/harness_measure.hpp"

namespace bench {

const std::vector<Stream>& streams() {
    static const std::vector<Stream> all = {
        {"throughput", "throughput_mb_s", "", "F", 1, &Samples::throughput},
        {"writes of 64 B", "writes_64_mb_s", "64S", "F", 5, &Samples::writes_64},
        {"writes of 1 KiB", "writes_1024_mb_s", "1024S", "F", 2, &Samples::writes_1024},
        {"writes of 4 KiB", "writes_4096_mb_s", "4096S", "F", 2, &Samples::writes_4096},
        {"cooked lines", "cooked_lines_mb_s", "", "L", 5, &Samples::cooked_lines},
        {"GNU's pipeline", "gnu_pipeline_mb_s", "", "P", 2, &Samples::gnu_pipeline},
        {"busybox's pipeline", "busybox_pipeline_mb_s", "", "B", 2, &Samples::busybox_pipeline},
    };
    return all;
}

void pour(Session& session, const Stream& stream, size_t bytes) {
    session.type(stream.before + std::to_string(bytes) + stream.letter);
    session.read_bytes(bytes);
}

} // namespace bench
