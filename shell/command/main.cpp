// jconsole, the client.
#include "shell/command/actions.hpp"
#include "shell/report.hpp"
#include "shell/siblings.hpp"
#include "shell/syntax/command_line.hpp"
#include "shell/syntax/ssh_options.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace {

// A descriptor that nobody gave us must not be the number of one that we open: it would be read and written
// as if it were the user's.
void occupy_standard_descriptors() {
    int fd = 0;
    do
        fd = ::open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd > STDERR_FILENO)
        ::close(fd);
}

// The same program by another name is for callers of ssh(1).
bool stands_in_for_ssh(std::string_view program) {
    return program.substr(program.rfind('/') + 1) == "jconsole-ssh";
}

int run(std::string_view program, const std::vector<std::string>& arguments) {
    shell::Options options = stands_in_for_ssh(program)
                                 ? shell::parse_ssh_options(arguments, shell::current_environment())
                                 : shell::parse_options(arguments);
    return shell::perform(options);
}

} // namespace

int main(int argc, char** argv) {
    occupy_standard_descriptors();
    return shell::status_of([&] {
        return run(argc > 0 ? argv[0] : "", {argv + (argc > 0 ? 1 : 0), argv + argc});
    });
}
