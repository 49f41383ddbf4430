#include "jailcore/enter/execute.hpp"

#include "jailcore/contract/enter_failure.hpp"
#include "jailcore/enter/file_systems.hpp"
#include "jailcore/environment.hpp"
#include "pty/fd.hpp"
#include "pty/kernel.hpp"
#include "pty/spawn.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstddef>
#include <cstring>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <optional>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

// Our own header, by which a program for this machine is known: the linker's symbol.
extern "C" __attribute__((visibility("hidden"))) const ElfW(Ehdr) __ehdr_start;

namespace jailcore {
namespace {

constexpr int not_there = 127;
constexpr int not_executable = 126;
constexpr std::string_view elf_magic(ELFMAG, SELFMAG);

const char* const install = "install it there, or name another program";

// What a file begins with, as far as that can be read. A file of a jail may be anything by the time that it
// is opened.
std::string head_of(const std::string& path) {
    std::string head(4096, '\0');
    pty::UniqueFd file(kernel::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    struct stat facts = {};
    if (!file || ::fstat(file.get(), &facts) == -1 || !S_ISREG(facts.st_mode))
        return {};
    head.resize(
        static_cast<size_t>(std::max<ssize_t>(kernel::read(file.get(), head.data(), head.size()), 0)));
    return head;
}

// A file without a format of its own is a script for /bin/sh, as with execvp(3); but a program for another
// machine is none. Returns with errno set.
void execute(const std::string& path, const std::vector<std::string>& argv,
             const std::vector<std::string>& environment) {
    auto variables = pty::exec_pointers(environment);
    kernel::execve(path.c_str(), pty::exec_pointers(argv).data(), variables.data());
    if (errno != ENOEXEC)
        return;
    if (!head_of(path).starts_with(elf_magic)) {
        std::vector<std::string> script{"/bin/sh", path};
        script.insert(script.end(), argv.begin() + 1, argv.end());
        kernel::execve("/bin/sh", pty::exec_pointers(script).data(), variables.data());
    }
    errno = ENOEXEC;
}

std::vector<std::string> candidates(const std::string& name, std::string_view path) {
    if (name.empty() || name.find('/') != std::string::npos)
        return {name};
    std::vector<std::string> result;
    for (size_t begin = 0; begin <= path.size();) {
        size_t end = std::min(path.find(':', begin), path.size());
        std::string folder(path.substr(begin, end - begin));
        result.push_back(folder.empty() ? name : folder.append("/").append(name));
        begin = end + 1;
    }
    return result;
}

// execvp(3): what is said of one element of PATH keeps it from no other.
bool goes_on(int error) {
    return error == EACCES || error == ENOENT || error == ESTALE || error == ENOTDIR || error == ENODEV ||
           error == ETIMEDOUT;
}

// The interpreter that a script names, or the loader that a program does; "" where there is none, or where it
// cannot be read.
std::string interpreter_of(std::string_view head) {
    if (!head.starts_with("#!"))
        return {};
    head = head.substr(2, head.find('\n') - 2);
    head.remove_prefix(std::min(head.find_first_not_of(" \t"), head.size()));
    return std::string(head.substr(0, head.find_first_of(" \t")));
}

template <class Header, class Segment>
std::string loader_in(std::string_view head) {
    Header header;
    if (head.size() < sizeof header)
        return {};
    std::memcpy(&header, head.data(), sizeof header);
    for (size_t i = 0; i < header.e_phnum; ++i) {
        Segment segment;
        size_t at = header.e_phoff + i * sizeof segment;
        if (at > head.size() || head.size() - at < sizeof segment)
            return {};
        std::memcpy(&segment, head.data() + at, sizeof segment);
        if (segment.p_type == PT_INTERP && segment.p_offset < head.size()) {
            std::string_view name = head.substr(segment.p_offset, segment.p_filesz);
            return std::string(name.substr(0, name.find('\0')));
        }
    }
    return {};
}

std::string loader_of(std::string_view head) {
    if (!head.starts_with(elf_magic) || head.size() <= EI_CLASS)
        return {};
    return head[EI_CLASS] == ELFCLASS64 ? loader_in<Elf64_Ehdr, Elf64_Phdr>(head)
                                        : loader_in<Elf32_Ehdr, Elf32_Phdr>(head);
}

bool is_there(const std::string& path) {
    struct stat facts = {};
    return ::stat(path.c_str(), &facts) == 0;
}

bool is_directory(const std::string& path) {
    struct stat facts = {};
    return ::stat(path.c_str(), &facts) == 0 && S_ISDIR(facts.st_mode);
}

// elf(5): class and machine stand at the same place in both classes.
bool is_for_this_machine(std::string_view head) {
    constexpr size_t machine = offsetof(ElfW(Ehdr), e_machine);
    static_assert(machine == offsetof(Elf32_Ehdr, e_machine) && machine == offsetof(Elf64_Ehdr, e_machine));
    std::string_view ours(reinterpret_cast<const char*>(&__ehdr_start), sizeof __ehdr_start);
    return head.size() < machine + sizeof __ehdr_start.e_machine ||
           (head[EI_CLASS] == ours[EI_CLASS] && head.substr(machine, sizeof __ehdr_start.e_machine) ==
                                                    ours.substr(machine, sizeof __ehdr_start.e_machine));
}

EnterFailure failure(const std::string& cause, const std::string& mend, int error, int status) {
    return {"execute", cause, mend, error, status};
}

// The program is there, and what executes it is not: of it, or of that in turn.
EnterFailure without_interpreter(const std::string& path, int error) {
    constexpr int deepest = 5; // Linux's own limit (fs/exec.c)
    std::string cause = path;
    std::string looked_at = path;
    for (int depth = 0; depth < deepest; ++depth) {
        std::string head = head_of(looked_at);
        std::string interpreter = interpreter_of(head);
        std::string needed = interpreter.empty() ? loader_of(head) : interpreter;
        if (needed.empty())
            break;
        if (needed.ends_with('\r'))
            return failure(looked_at + ": its first line ends with a carriage return, as on DOS, which would "
                                       "be a part of its interpreter's name",
                           "take it away there (sed -i 's/\\r$//')", error, not_there);
        cause += std::string(": its ") + (interpreter.empty() ? "loader " : "interpreter ") + needed;
        if (!is_there(needed))
            return failure(cause + " does not exist in the jail", "install that in the jail", error,
                           not_there);
        looked_at = needed;
    }
    return failure(path + ": its interpreter or loader does not exist in the jail",
                   "install that in the jail", error, not_there);
}

// Why the kernel says EACCES, and what is to be done.
EnterFailure not_permitted(const std::string& path, const struct stat& facts, const std::string& user) {
    auto denied = [&](const std::string& reason, const std::string& mend) {
        return failure(path + ": Permission denied: " + reason, mend, EACCES, not_executable);
    };
    if (S_ISDIR(facts.st_mode))
        return denied("it is a directory", "name a program");
    if (!S_ISREG(facts.st_mode))
        return denied("it is no regular file", "name a program");
    if (refuses_execution(path))
        return denied("its file system is mounted with noexec", "name another program");
    if (::faccessat(AT_FDCWD, path.c_str(), X_OK, AT_EACCESS) == -1)
        return denied(user + " may not execute it",
                      "make it executable in the jail (chmod +x), or name another program");
    std::string head = head_of(path);
    std::string interpreter = interpreter_of(head);
    std::string needed = interpreter.empty() ? loader_of(head) : interpreter;
    if (!needed.empty() && is_directory(needed))
        return denied(needed + ", its interpreter, is a directory", "name a program there");
    return denied(user + " may not execute " +
                      (needed.empty() ? "its interpreter" : needed + ", its interpreter"),
                  "make that executable in the jail");
}

EnterFailure not_executed(const std::string& path, int error, const std::string& user) {
    struct stat facts = {};
    if (::stat(path.c_str(), &facts) == -1)
        return failure(path + ": " + std::strerror(error), "name another program", error, not_executable);
    if (error == ENOENT || error == ENOTDIR)
        return without_interpreter(path, error);
    if (error == EACCES)
        return not_permitted(path, facts, user);
    if (std::string head = head_of(path); error == ENOEXEC && head.starts_with(elf_magic))
        return is_for_this_machine(head)
                   ? failure(path + ": it is a damaged program, or the beginning of one only",
                             "install it anew", error, not_executable)
                   : failure(path + ": it is a program for another kind of machine",
                             "install one for this machine", error, not_executable);
    if (error == ENOEXEC)
        return failure(path +
                           ": it has no format of its own, and the jail no /bin/sh that runs it as a script",
                       "begin it with #! and an interpreter", error, not_executable);
    return failure(path + ": " + std::strerror(error), "name another program", error, not_executable);
}

// Where the link leads that is at one of them, and to nothing.
std::optional<EnterFailure> dangling_link(const std::vector<std::string>& paths) {
    std::array<char, PATH_MAX> target{};
    for (const std::string& path : paths)
        if (::readlink(path.c_str(), target.data(), target.size() - 1) > 0 && !is_there(path))
            return failure(path + ": it is a link to " + target.data() + ", which does not exist in the jail",
                           "mend the link", ENOENT, not_there);
    return std::nullopt;
}

// What only a shell can do, or a whole line for one: ssh(1) would have taken it.
std::string mend_for_a_missing(const std::string& name) {
    constexpr std::array<std::string_view, 22> builtins{
        ".",  ":",   "alias", "bg",   "cd",     "eval",   "exec", "exit", "export", "fg",    "hash",
        "if", "for", "jobs",  "read", "source", "ulimit", "set",  "type", "umask",  "unset", "while"};
    if (name.find_first_of(" \t\n;|&<>") != std::string::npos)
        return "a line for a shell goes behind sh -c";
    if (std::ranges::find(builtins, name) != builtins.end())
        return "it is a word of the shell: run the line by sh -c";
    if (is_variable(name))
        return "a variable is set by -e, or by env before it";
    return install;
}

// Nothing of that name is there.
EnterFailure not_found(const std::string& name, std::string_view path, int error) {
    bool bare = name.find('/') == std::string::npos;
    if (error == EACCES && !bare)
        return failure(name + ": Permission denied: a folder on the way to it may not be entered",
                       "name another program, or user", error, not_executable);
    if (auto link = dangling_link(candidates(name, path)))
        return *link;
    std::string where = bare && !name.empty() ? "'s PATH (" + std::string(path) + ")" : "";
    return failure((name.empty() ? "''" : name) + ": no such program in the jail" + where,
                   mend_for_a_missing(name), error, not_there);
}

} // namespace

void execute_program(const std::string& name, const std::vector<std::string>& argv,
                     const std::vector<std::string>& environment, const std::string& user) {
    std::string_view path = value_of(environment, "PATH");
    std::optional<EnterFailure> first; // of what is there
    int error = ENOENT;
    for (const std::string& candidate : candidates(name, path)) {
        execute(candidate, argv, environment);
        error = errno;
        if (!first && (is_there(candidate) || !goes_on(error)))
            first = not_executed(candidate, error, user);
        if (!goes_on(error))
            break;
    }
    throw first ? *first : not_found(name, path, error);
}

} // namespace jailcore
