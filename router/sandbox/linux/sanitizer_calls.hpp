// What the sanitizers' run time calls beside the program. One of two files is compiled:
// sanitizer_calls_none.cpp, or sanitizer_calls.cpp in a sanitizer build.
#pragma once

#include <span>

namespace sandbox {

std::span<const int> sanitizer_calls();

} // namespace sandbox
