#include "shell/siblings.hpp"

#include "pty/own_program.hpp"

extern "C" char** environ; // POSIX leaves its declaration to the program

namespace shell {

std::string sibling(std::string_view program) {
    std::string path = pty::own_program(); // without links, so that its folder's folder is what it says
    path.resize(path.rfind('/'));
    path.resize(path.rfind('/') + 1);
    return path + std::string(program);
}

std::vector<std::string> current_environment() {
    std::vector<std::string> result;
    for (char** entry = environ; *entry != nullptr; ++entry)
        result.emplace_back(*entry);
    return result;
}

} // namespace shell
