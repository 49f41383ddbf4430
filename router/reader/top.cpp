#include "jailcore/listing/live_kernel.hpp"
#include "jailcore/listing/records.hpp"
#include "pty/fdpass.hpp"
#include "router/contract/reader.hpp"
#include "router/reader/inputs.hpp"
#include "router/reader/modes.hpp"
#include "router/reader/output.hpp"
#include "router/sandbox/reader.hpp"

#include <array>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

namespace reader {
namespace {

using jailcore::JailRecord;
using jailcore::SessionRecord;

struct Snapshots {
    std::vector<JailRecord> jails;
    std::vector<SessionRecord> sessions;
};

// False where the router has closed the socket: nobody watches any more.
bool receive(Snapshots& snapshots) {
    std::array<char, 8> byte{};
    pty::Received received = pty::receive_message(contract::reader_asks, byte);
    if (received.size <= 0)
        return false;
    if (received.fds.size() != 2)
        throw pty::StepError(EBADMSG, "receive", "snapshots");
    jailcore::read_records(received.fds[0].get(), "the jails", snapshots.jails);
    jailcore::read_records(received.fds[1].get(), "the sessions", snapshots.sessions);
    return true;
}

std::string line_of(const Snapshots& now, jailcore::LiveKernel& kernel) {
    std::vector<jailcore::JailUsage> usage = kernel.usage(now.jails);
    std::vector<jailcore::LiveJail> jails;
    for (size_t i = 0; i < now.jails.size(); ++i)
        jails.push_back({&now.jails[i], usage[i]});
    return jailcore::live_line(static_cast<uint64_t>(std::time(nullptr)), jails,
                               kernel.sessions(now.sessions));
}

} // namespace

int top(const Arguments&) {
    jailcore::LiveKernel kernel;
    sandbox::enter_reader_sandbox(sandbox::Reading::live);
    client_wants_json(); // a line is all that it can print
    Snapshots snapshots;
    while (receive(snapshots)) {
        sandbox::begin_round();
        std::string line = line_of(snapshots, kernel);
        sandbox::end_round();
        print(line);
        if (!pty::send_message(contract::reader_asks, "a"))
            break;
    }
    return EXIT_SUCCESS;
}

} // namespace reader
