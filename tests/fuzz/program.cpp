// The program that a client asks for, as jenter decodes it: whatever is accepted is exactly what encoding it
// makes.
#include "pty/program.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    std::string_view input(reinterpret_cast<const char*>(data), size);
    auto program = pty::decode_program(input);
    if (program && pty::encode_program(*program) != input)
        std::abort();
    return 0;
}
