#include "jailcore/linux/mountinfo.hpp"

#include "jailcore/linux/kernel.hpp"
#include "jailcore/linux/proc_file.hpp"
#include "pty/error.hpp"

#include <charconv>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

namespace jailcore {
namespace {

template <class Number>
bool parse_number(std::string_view text, Number& number) {
    const char* end = text.data() + text.size();
    auto [stop, error] = std::from_chars(text.data(), end, number);
    return error == std::errc() && stop == end;
}

// Space, tab, newline and backslash stand as three octal digits behind a backslash.
std::string unescape(std::string_view text) {
    std::string plain;
    for (size_t i = 0; i < text.size(); ++i) {
        unsigned code = 0;
        auto digits = text.substr(i + 1, 3);
        if (text[i] == '\\' && digits.size() == 3 &&
            std::from_chars(digits.data(), digits.data() + 3, code, 8).ptr == digits.data() + 3) {
            plain += static_cast<char>(code);
            i += 3;
        } else {
            plain += text[i];
        }
    }
    return plain;
}

std::string main_type(std::string_view type) {
    return std::string(type.substr(0, type.find('.')));
}

bool listed(std::string_view options, std::string_view name) {
    while (!options.empty())
        if (cut(options, ',') == name)
            return true;
    return false;
}

std::optional<Mount> parse_line(std::string_view line) {
    Mount mount;
    bool good = parse_number(cut(line, ' '), mount.id);
    cut(line, ' '); // parent
    auto device = cut(line, ' ');
    unsigned high = 0;
    unsigned low = 0;
    good = parse_number(cut(device, ':'), high) && parse_number(device, low) && good;
    mount.device = makedev(high, low);
    mount.root = unescape(cut(line, ' '));
    mount.point = unescape(cut(line, ' '));
    mount.options = cut(line, ' ');
    // A variable number of fields, then a dash.
    while (!line.empty() && cut(line, ' ') != "-") {
    }
    mount.type = main_type(cut(line, ' '));
    cut(line, ' '); // source
    mount.super_options = line;
    if (!good || mount.type.empty())
        return std::nullopt;
    return mount;
}

struct MountIds {
    uint64_t unique = 0; // 0: the kernel has none
    uint64_t reused = 0; // as in mountinfo
    dev_t device = 0;
};

MountIds mount_ids(int fd) {
    constexpr int flags = AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW | AT_STATX_DONT_SYNC;
    struct statx facts = {};
    pty::check(kernel::statx(fd, "", flags, STATX_MNT_ID, &facts), "identify mount");
    MountIds ids{0, facts.stx_mnt_id, makedev(facts.stx_dev_major, facts.stx_dev_minor)};
    pty::check(kernel::statx(fd, "", flags, kernel::statx_mount_id_unique, &facts), "identify mount");
    if ((facts.stx_mask & kernel::statx_mount_id_unique) != 0)
        ids.unique = facts.stx_mnt_id;
    return ids;
}

// Nothing on kernels before 6.8, and for mounts that are not below our root.
std::optional<Filesystem> ask_statmount(const MountIds& ids) {
    constexpr uint64_t mask = kernel::statmount_superblock | kernel::statmount_mount | kernel::statmount_type;
    kernel::StatMount answer{};
    if (ids.unique == 0 || kernel::statmount(ids.unique, mask, &answer) == -1 ||
        (answer.mask & mask) != mask || answer.type >= sizeof answer.strings)
        return std::nullopt;
    answer.strings[sizeof answer.strings - 1] = '\0';
    return Filesystem{ids.reused, ids.device, main_type(answer.strings + answer.type),
                      (answer.attributes & MOUNT_ATTR_NODEV) != 0,
                      (answer.attributes & MOUNT_ATTR_RDONLY) != 0 ||
                          (answer.superblock_flags & MS_RDONLY) != 0};
}

Filesystem ask_mountinfo(const MountIds& ids, int self) {
    for (const Mount& mount : parse_mountinfo(read_proc(self, "mountinfo")))
        if (mount.id == ids.reused)
            return {ids.reused, ids.device, mount.type, mount.has_option("nodev"),
                    mount.has_option("ro") || mount.has_super_option("ro")};
    throw pty::StepError(ENOENT, "identify mount", std::to_string(ids.reused));
}

} // namespace

bool Mount::has_option(std::string_view name) const {
    return listed(options, name);
}

bool Mount::has_super_option(std::string_view name) const {
    return listed(super_options, name);
}

std::vector<Mount> parse_mountinfo(std::string_view text) {
    std::vector<Mount> mounts;
    while (!text.empty())
        if (auto mount = parse_line(cut(text, '\n')))
            mounts.push_back(std::move(*mount));
    return mounts;
}

Filesystem filesystem_of(int fd, int self) {
    MountIds ids = mount_ids(fd);
    if (auto answer = ask_statmount(ids))
        return *answer;
    return ask_mountinfo(ids, self);
}

} // namespace jailcore
