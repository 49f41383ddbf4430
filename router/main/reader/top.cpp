#include "jailcore/listing/linux/kept_file.hpp"
#include "jailcore/listing/linux/proc_text.hpp"
#include "jailcore/listing/linux/usage.hpp"
#include "jailcore/listing/records.hpp"
#include "pty/fdpass.hpp"
#include "router/main/reader/modes.hpp"
#include "router/main/reader/output.hpp"
#include "router/sandbox/reader.hpp"

#include <array>
#include <boost/program_options/errors.hpp>
#include <cstdlib>
#include <ctime>
#include <unordered_map>

namespace reader {
namespace {

using jailcore::JailRecord;
using jailcore::SessionRecord;

constexpr int snapshots_fd = 3;

struct Snapshots {
    std::vector<JailRecord> jails;
    std::vector<SessionRecord> sessions;
};

// False where the router has closed the socket: nobody watches any more.
bool receive(Snapshots& snapshots) {
    std::array<char, 8> byte{};
    pty::Received received = pty::receive_message(snapshots_fd, byte);
    if (received.size <= 0)
        return false;
    if (received.fds.size() != 2)
        throw pty::StepError(EBADMSG, "receive", "snapshots");
    jailcore::read_records(received.fds[0].get(), "the jails", snapshots.jails);
    jailcore::read_records(received.fds[1].get(), "the sessions", snapshots.sessions);
    return true;
}

// The leaders of sessions by /proc/PID/stat alone: reading a command line could wait for the jail (proc(5):
// it is the process's own memory), and this goes on for hours.
class Leaders {
public:
    jailcore::LiveSession describe(const SessionRecord& record) {
        jailcore::LiveSession session{&record, record.terminal != 0 ? "?" : "-", ""};
        auto& stat =
            stats_.try_emplace(record.pid, "/proc/" + std::to_string(record.pid) + "/stat").first->second;
        std::array<char, 1024> buffer{};
        auto text = stat.read(buffer);
        jailcore::Process process;
        if (!text || !jailcore::parse_stat(*text, process))
            return session;
        session.program = process.name;
        if (record.terminal != 0)
            session.terminal = process.terminal;
        return session;
    }

    void forget_all_but(const std::vector<SessionRecord>& sessions) {
        std::erase_if(stats_, [&](const auto& item) {
            return std::ranges::find(sessions, item.first, &SessionRecord::pid) == sessions.end();
        });
    }

private:
    std::unordered_map<int32_t, jailcore::KeptFile> stats_;
};

std::string line_of(const Snapshots& now, jailcore::UsageMeter& meter, Leaders& leaders) {
    std::vector<jailcore::JailUsage> usage = meter.measure(now.jails);
    std::vector<jailcore::LiveJail> jails;
    for (size_t i = 0; i < now.jails.size(); ++i)
        jails.push_back({&now.jails[i], usage[i]});
    std::vector<jailcore::LiveSession> sessions;
    for (const SessionRecord& record : now.sessions)
        sessions.push_back(leaders.describe(record));
    leaders.forget_all_but(now.sessions);
    return jailcore::live_line(static_cast<uint64_t>(std::time(nullptr)), jails, sessions);
}

} // namespace

int top(const Arguments& arguments) {
    for (const std::string& argument : arguments)
        if (argument != "--json")
            throw boost::program_options::unknown_option(argument);
    jailcore::keep_files_open();
    sandbox::enter_reader_sandbox(sandbox::Reading::live);
    jailcore::UsageMeter meter;
    Leaders leaders;
    Snapshots snapshots;
    while (receive(snapshots)) {
        sandbox::begin_round();
        std::string line = line_of(snapshots, meter, leaders);
        sandbox::end_round();
        print(line);
        if (!pty::send_message(snapshots_fd, "a"))
            break;
    }
    return EXIT_SUCCESS;
}

} // namespace reader
