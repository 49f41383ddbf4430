#include "jailcore/freebsd/starter/running.hpp"

#include "jailcore/freebsd/jail_members.hpp"
#include "jailcore/freebsd/own_kernel.hpp"
#include "jailcore/starter/output.hpp"
#include "pty/error.hpp"
#include "pty/fd.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <sys/param.h>
#include <thread>

#include <sys/jail.h>
#include <sys/uio.h>
#include <unistd.h>

namespace jailcore {
namespace {

std::vector<KernelJail> all_jails() {
    OwnKernel kernel;
    return kernel_jails(kernel);
}

bool is_same(const KernelJail& one, const KernelJail& other) {
    return one.jid == other.jid && one.name == other.name;
}

std::string id_file_of(std::string name) {
    std::ranges::replace(name, '.', '_');
    std::ranges::replace(name, '/', '_');
    return "/var/run/jail_" + name + ".id";
}

std::string why_it_lives(const Member& member) {
    std::string pid = std::to_string(member.pid);
    return "process " + pid + " (" + member.command + ")" +
           (member.waits_for.empty() ? "" : ", which waits for \"" + member.waits_for + "\"") +
           ": 'procstat -kk " + pid + "' shows where";
}

} // namespace

std::vector<KernelJail> running_jails() {
    std::vector<KernelJail> jails = all_jails();
    std::erase_if(jails, [](const KernelJail& jail) {
        return jail.dying != 0;
    });
    return jails;
}

std::optional<KernelJail> find_running(const std::string& name) {
    for (KernelJail& jail : running_jails())
        if (jail.name == name)
            return std::move(jail);
    return std::nullopt;
}

bool runs(const KernelJail& jail) {
    return std::ranges::any_of(running_jails(), [&](const KernelJail& other) {
        return is_same(jail, other);
    });
}

bool is_held(const KernelJail& jail) {
    return std::ranges::any_of(all_jails(), [&](const KernelJail& other) {
        return is_same(jail, other);
    });
}

std::vector<int32_t> numbers_of(const KernelJail& jail) {
    std::vector<int32_t> numbers{jail.jid};
    std::vector<KernelJail> jails = all_jails();
    for (size_t i = 0; i < numbers.size(); ++i)
        for (const KernelJail& other : jails)
            if (other.parent == numbers[i])
                numbers.push_back(other.jid);
    return numbers;
}

int32_t make_placeholder() {
    const std::array<const char*, 3> words{"path", "/", "persist"};
    std::array<iovec, 4> parts{};
    for (size_t i = 0; i < words.size(); ++i)
        parts[i] = {const_cast<char*>(words[i]), std::string_view(words[i]).size() + 1};
    return pty::check(::jail_set(parts.data(), static_cast<unsigned>(parts.size()), JAIL_CREATE), "jail_set",
                      "a placeholder");
}

bool remove_jail(int32_t jid) {
    return ::jail_remove(jid) == 0 || errno == EINVAL;
}

void end_processes(const std::vector<int32_t>& jids) {
    using std::chrono::steady_clock;
    constexpr std::chrono::seconds most{10};
    constexpr std::chrono::milliseconds pause{10};
    constexpr int at_once = 20; // rounds, against one that goes on to fork
    auto deadline = steady_clock::now() + most;
    for (int round = 0;; ++round) {
        std::vector<Member> left = members_of(jids);
        if (left.empty())
            return;
        signal_members(left, SIGKILL);
        if (steady_clock::now() > deadline)
            throw StartFailure(
                "jail_remove: its processes were killed and have not ended after 10 seconds: " +
                why_it_lives(left.front()));
        if (round > at_once)
            std::this_thread::sleep_for(pause);
    }
}

bool write_id_file(const KernelJail& jail) {
    pty::UniqueFd file(
        ::open(id_file_of(jail.name).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644));
    std::string line = std::to_string(jail.jid) + "\n";
    return file && ::write(file.get(), line.data(), line.size()) == static_cast<ssize_t>(line.size());
}

void remove_id_file(const std::string& name) {
    ::unlink(id_file_of(name).c_str());
}

} // namespace jailcore
