#include "jailcore/listing/freebsd/user_names.hpp"

#include "jailcore/passwd.hpp"
#include "pty/error.hpp"
#include "pty/io.hpp"
#include "pty/kernel.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <vector>

namespace jailcore {
namespace {

constexpr size_t limit = size_t{1} << 20;

std::vector<std::string> paths_of(std::span<const JailRecord> jails) {
    std::vector<std::string> paths;
    for (const JailRecord& jail : jails)
        paths.emplace_back(pty::get_text(jail.path));
    return paths;
}

// No link is followed, and what is there is looked at before it is opened.
std::string read_passwd(int root) {
    pty::UniqueFd etc(kernel::openat(root, "etc", O_PATH | O_NOFOLLOW | O_DIRECTORY));
    pty::UniqueFd place(etc ? kernel::openat(etc.get(), "passwd", O_PATH | O_NOFOLLOW) : -1);
    struct stat facts = {};
    if (!place || kernel::fstat(place.get(), &facts) == -1 || !S_ISREG(facts.st_mode))
        return {};
    pty::UniqueFd file(kernel::openat(place.get(), "", O_RDONLY | O_EMPTY_PATH));
    return file ? pty::read_all(file.get(), "passwd", limit) : "";
}

} // namespace

UserNames::UserNames(std::span<const JailRecord> jails) : host_(paths_of(jails)) {}

const std::string& UserNames::passwd_of(const JailRecord& jail) {
    auto [found, is_new] = passwd_.try_emplace(jail.jid);
    if (is_new) {
        try {
            found->second = read_passwd(host_.open(std::string(pty::get_text(jail.path))).get());
        } catch (const PathFailure&) { // then its users are numbers
        } catch (const pty::StepError&) {
        }
    }
    return found->second;
}

const std::string& UserNames::name_of(const JailRecord& jail, uint32_t uid) {
    auto [found, is_new] = names_.try_emplace({jail.jid, uid});
    if (is_new)
        if (auto user = find_user(passwd_of(jail), uid))
            found->second = user->name;
    return found->second;
}

} // namespace jailcore
