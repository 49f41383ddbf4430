#include "jailcore/linux/oom_score.hpp"

#include "jailcore/linux/proc_file.hpp"
#include "pty/fd.hpp"
#include "pty/kernel.hpp"

#include <algorithm>
#include <charconv>
#include <fcntl.h>
#include <string>

namespace jailcore {

void set_oom_score(int process, int score) {
    pty::UniqueFd file(kernel::openat(process, "oom_score_adj", O_WRONLY));
    std::string text = std::to_string(score);
    if (file)
        kernel::write(file.get(), text.data(), text.size());
}

int oom_score_before(int process) {
    constexpr int distance = 100; // thousandths of the memory there is, or may be had
    constexpr int most = 1000;
    int score = 0;
    std::string text = read_proc(process, "oom_score_adj");
    std::from_chars(text.data(), text.data() + text.size(), score);
    return std::clamp(score + distance, oom_normal, most);
}

} // namespace jailcore
