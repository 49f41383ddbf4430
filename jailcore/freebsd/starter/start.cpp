#include "jailcore/contract/enter_spec.hpp"
#include "jailcore/freebsd/jail_record.hpp"
#include "jailcore/freebsd/starter/jail8.hpp"
#include "jailcore/freebsd/starter/remains.hpp"
#include "jailcore/freebsd/starter/running.hpp"
#include "jailcore/freebsd/starter/starter.hpp"
#include "jailcore/freebsd/starter/told_to_end.hpp"
#include "jailcore/starter/reports.hpp"
#include "pty/error.hpp"
#include "pty/memfd.hpp"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <utility>

namespace jailcore {
namespace {

bool is_on(const JailConfiguration& jail, std::string_view name) {
    const Parameter* parameter = jail.find(name);
    return parameter != nullptr && boolean_value(*parameter).value_or(false);
}

class Start {
public:
    Start(const JailConfiguration& configured, const Request& request)
        : configured_(configured), output_(request.output()), verbose_(request.options().verbose),
          name_(kernel_name(configured)) {}

    bool run() {
        check_others();
        clear_remains();
        Jail8 jail8(configured_.name, output_, verbose_);
        jail8.on_news = [this](News news) {
            if (news == News::created)
                announce();
        };
        std::vector<std::string> action{"-c"};
        if (verbose_)
            action.insert(action.begin(), "-v");
        bool started =
            jail8.run(std::move(action), jail_block(configured_.name, jail8_parameters(configured_)));
        if (started && !is_told_to_end())
            return complete();
        undo();
        return false;
    }

private:
    void check_others() const {
        std::vector<KernelJail> running = running_jails();
        auto is_there = [&](const std::string& name) {
            return std::ranges::find(running, name, &KernelJail::name) != running.end();
        };
        if (is_there(name_)) {
            output_.warn_of_name("already exists; 'jconsole restart " + configured_.name +
                                 "' starts it anew");
            throw StartFailure("");
        }
        if (const Parameter* depend = configured_.find("depend"); depend != nullptr)
            for (const std::string& other : depend->values)
                if (!is_there(other))
                    throw StartFailure("depend: the jail \"" + other + "\" does not run; start it first");
    }

    // A jail that was killed, or whose last process has ended, leaves its mounts, and a second of each would
    // be on top of them.
    void clear_remains() const {
        std::vector<std::string> left = mounted_of(configured_);
        if (left.empty())
            return;
        output_.verbose("unmounting what its last run has left");
        undo_remains(configured_, HooksOfEnd::none, output_);
    }

    // Of a router that has ended nothing is needed: the next one asks the kernel.
    void announce() {
        try {
            jail_ = find_running(name_);
            if (!jail_)
                return; // a command of its has said the same
            JailRecord record;
            fill_record(record, *jail_);
            record.created = static_cast<uint64_t>(::time(nullptr));
            record.flags |= jail_starting;
            for (auto [parameter, flag] : {std::pair<const char*, uint32_t>("allow.host_pty", jail_host_pty),
                                           {"mount.devfs", jail_devfs}})
                if (is_on(configured_, parameter))
                    record.flags |= flag;
            report_created(record, target_of(*jail_).get(), pty::sealed_memfd("enter spec", "").get());
        } catch (const std::exception&) {
            return;
        }
    }

    // One that does not persist may have ended with its last command.
    bool complete() {
        auto running = find_running(name_);
        if (!running) {
            output_.note("has ended: nothing runs in it, and it does not persist");
            report_removed();
            return mounted_of(configured_).empty() || undo_remains(configured_, HooksOfEnd::none, output_);
        }
        if (!write_id_file(*running))
            output_.warn(with_cause("/var/run/jail_" + name_ + ".id", errno));
        return true;
    }

    void undo() {
        kill_hooks(0);
        if (auto left = find_running(name_)) {
            jail_ = std::move(left);
            undo_jail(configured_, jail_->jid, output_);
        } else if (!mounted_of(configured_).empty()) {
            undo_remains(configured_, HooksOfEnd::none, output_);
        }
        if (!jail_)
            return;
        report_removed();
        end_processes(numbers_of(*jail_));
    }

    const JailConfiguration& configured_;
    const Output& output_;
    bool verbose_;
    std::string name_;
    std::optional<KernelJail> jail_; // once it is there
};

} // namespace

bool start_jail(const JailConfiguration& jail, const Request& request) {
    return Start(jail, request).run();
}

} // namespace jailcore
