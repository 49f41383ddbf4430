// jconsole, the client.
#include "shell/options.hpp"
#include "shell/report.hpp"
#include "shell/verbs.hpp"

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

int run(const std::vector<std::string>& arguments) {
    shell::Options options = shell::parse_options(arguments);
    return options.verb->action(options);
}

} // namespace

int main(int argc, char** argv) {
    occupy_standard_descriptors();
    return shell::status_of([&] {
        return run({argv + (argc > 0 ? 1 : 0), argv + argc});
    });
}
