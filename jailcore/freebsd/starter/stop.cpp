#include "jailcore/freebsd/starter/jail8.hpp"
#include "jailcore/freebsd/starter/remains.hpp"
#include "jailcore/freebsd/starter/running.hpp"
#include "jailcore/freebsd/starter/starter.hpp"
#include "jailcore/freebsd/starter/told_to_end.hpp"
#include "jailcore/starter/reports.hpp"

namespace jailcore {
namespace {

// `jail -r` does not say when it tells the processes to end unless it says all.
bool run_jail8(const JailConfiguration& configured, const KernelJail& jail, const Request& request,
               bool& removed) {
    Jail8 jail8(configured.name, request.output(), request.options().verbose);
    jail8.on_news = [&](News news) {
        if (news == News::ending)
            report_ending();
        if (news != News::removed || runs(jail))
            return;
        removed = true;
        report_removed();
    };
    return jail8.run({"-v", "-r"}, text_to_end(configured, jail.jid));
}

bool warn_of_mounts(const JailConfiguration& configured, const Output& output) {
    std::vector<std::string> left = mounted_of(configured);
    for (const std::string& path : left)
        output.warn(path + " is still mounted: something on the host is in use there, which 'fstat -f " +
                    path + "' shows");
    return !left.empty();
}

} // namespace

bool stop_jail(const JailConfiguration* configured, const KernelJail& jail, const Request& request) {
    const Output& output = request.output();
    JailConfiguration nothing;
    nothing.name = jail.name;
    const JailConfiguration& ours = configured != nullptr ? *configured : nothing;
    const std::vector<int32_t> numbers = numbers_of(jail);
    bool removed = false;
    bool clean = run_jail8(ours, jail, request, removed);
    if (runs(jail)) {
        kill_hooks(0); // what a stop that failed has begun must not run beside the next
        output.warn("it runs on: 'jconsole kill -f " + request.name() + "' ends it");
        return false;
    }
    remove_id_file(jail.name);
    end_processes(numbers);
    if (!removed) { // it has ended before jail(8) came to that, which has left it so
        report_removed();
        output.note("removed");
        clean = undo_remains(ours, HooksOfEnd::after_removal, output) && clean;
    } else if (!clean && !mounted_of(ours).empty()) {
        undo_remains(ours, HooksOfEnd::none, output); // what its last processes had in use
    }
    return !warn_of_mounts(ours, output) && clean;
}

} // namespace jailcore
