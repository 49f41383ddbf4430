// What a starter is asked for: the words of its command line, which are the router's, those of the client's
// user, and the configuration of the jail; and what it says where there is no such jail.
#pragma once

#include "jailcore/contract/record.hpp"
#include "jailcore/plan/jail_configuration.hpp"
#include "jailcore/starter/output.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jailcore {

struct Options {
    std::string_view verb;
    std::string name;
    std::string config;
    bool config_may_be_missing = false; // for a stop
    uint32_t jid = 0;
    // What the client's user may say of a start, stop or restart; all above is the router's.
    bool verbose = false;
    bool as_ordered = false;
};

// The words that the client's user has written. Throws StartFailure.
std::vector<std::string> read_words();

// The router's list, where it lies: hundreds of jails are a megabyte of records, of which little more than
// the names is looked at. Throws StartFailure.
std::span<JailRecord> read_registry();

class Request {
public:
    explicit Request(Options options);

    [[nodiscard]] const Options& options() const { return options_; }
    [[nodiscard]] const Output& output() const { return output_; }
    [[nodiscard]] const std::string& name() const { return options_.name; }

    // Throws StartFailure.
    [[nodiscard]] FoundJail read() const;
    // Of a stop: nothing where it is the router's own that is not there.
    [[nodiscard]] std::optional<FoundJail> read_if_there() const;

    // Each says why nothing can be done; false.
    [[nodiscard]] bool warn_that_it_is_not_in(const std::vector<std::string>& looked_at) const;
    [[nodiscard]] bool warn_that_it_does_not_run() const;
    [[nodiscard]] bool warn_that_it_does_not_run_yet() const;
    // That it is stopped without hooks. `found`: as read_if_there() said.
    void warn_of_no_hooks(const std::optional<FoundJail>& found) const;

    // Runs `step`; says what went wrong, where that has not been said.
    template <class Step>
    bool guarded(Step step) const {
        try {
            return step();
        } catch (const std::exception& failure) {
            output_.warn(failure.what());
            return false;
        }
    }

private:
    [[nodiscard]] bool is_configured() const;

    Options options_;
    Output output_;
};

// What is asked for, by the function of `Starter` that has the verb's name.
template <class Starter>
bool carry_out(const Request& request) {
    constexpr std::pair<std::string_view, bool (Starter::*)()> functions[] = {{"start", &Starter::start},
                                                                              {"stop", &Starter::stop},
                                                                              {"restart", &Starter::restart},
                                                                              {"kill", &Starter::kill},
                                                                              {"reap", &Starter::reap}};
    Starter starter(request);
    for (const auto& [verb, function] : functions)
        if (verb == request.options().verb)
            return (starter.*function)();
    throw StartFailure(std::string(request.options().verb) + " is nothing that it does");
}

// All of a starter but what `serve` does for the request: whether that went well. Its exit status.
int serve_request(int argc, char** argv, bool (*serve)(const Request&));

} // namespace jailcore
