#include "jailcore/conf/check.hpp"

#include "jailcore/conf/messages.hpp"
#include "jailcore/plan/parameters.hpp"
#include "pty/escape.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unordered_map>

namespace jailcore::conf {
namespace {

// Who is handed a jail for a start may look through its parameters again and again.
constexpr size_t most_parameters = 10'000;

void check_type(Jail& jail, const Parameter& parameter, ParameterType type) {
    if (parameter.values.empty())
        return;
    std::string_view wrong = type_error(parameter, type);
    if (!wrong.empty())
        add_error(jail.errors, parameter.name + ": " + std::string(wrong) + " \"" +
                                   shortened(parameter.values.back()) + "\"");
}

// The bare address of `IF|ADDRESS/MASK extra`.
std::string bare_address(const std::string& value) {
    size_t begin = value.find('|') + 1;
    return value.substr(begin, value.find_first_of("/ ", begin) - begin);
}

// `a,b` is two addresses too.
void check_addresses(Jail& jail, const Parameter& parameter, int family) {
    unsigned char binary[16];
    for (const std::string& value : parameter.values) {
        std::string list = bare_address(value) + ",";
        for (size_t begin = 0; begin < list.size();) {
            size_t end = list.find(',', begin);
            std::string address = list.substr(begin, end - begin);
            if (!address.empty() && inet_pton(family, address.c_str(), binary) != 1)
                add_error(jail.errors, parameter.name + ": not an IPv" + (family == AF_INET ? "4" : "6") +
                                           " address: " + shortened(address));
            begin = end + 1;
        }
    }
}

void check_absolute(Jail& jail, const Parameter& parameter) {
    auto value = string_value(parameter);
    if (value && !value->empty() && !value->starts_with('/'))
        add_error(jail.errors, parameter.name + ": " + shortened(*value) + ": not an absolute pathname");
}

// What travels to the starter is JSON, which has no other bytes.
void check_encoding(Jail& jail, const Parameter& parameter) {
    bool good = pty::is_utf8(parameter.name);
    for (const std::string& value : parameter.values)
        good = good && pty::is_utf8(value);
    if (!good)
        add_error(jail.errors, shortened(parameter.name) + ": not UTF-8");
}

void check_start_value(Jail& jail, const Parameter& parameter) {
    check_encoding(jail, parameter);
    const ParameterSpec* spec = find_parameter(parameter.name);
    if (spec == nullptr)
        return add_error(jail.errors, "unknown parameter: " + shortened(parameter.name));
    if (spec->owner != Owner::jail8)
        check_type(jail, parameter, spec->type);
    if (spec->name == "ip4.addr")
        check_addresses(jail, parameter, AF_INET);
    if (spec->name == "ip6.addr")
        check_addresses(jail, parameter, AF_INET6);
    if (spec->name == "exec.consolelog")
        check_absolute(jail, parameter);
}

// Who depends on whom, by index.
class Dependencies {
public:
    explicit Dependencies(std::vector<Jail>& jails) : jails_(jails), needs_(jails.size()) {
        for (size_t i = 0; i < jails.size(); ++i)
            for (const char* parameter : {"name", "jid"})
                if (const Parameter* found = jails[i].find(parameter); found != nullptr)
                    if (auto value = string_value(*found))
                        by_name_.emplace(*value, i);
        for (size_t i = 0; i < jails.size(); ++i)
            add(i);
    }

    // Takes away, again and again, what depends on nothing that is left; what remains is in a loop or needs
    // one.
    void report_loops() {
        std::vector<std::vector<size_t>> needed_by(jails_.size());
        std::vector<size_t> left(jails_.size());
        std::vector<size_t> free;
        for (size_t i = 0; i < jails_.size(); ++i) {
            left[i] = needs_[i].size();
            for (size_t needed : needs_[i])
                needed_by[needed].push_back(i);
            if (left[i] == 0)
                free.push_back(i);
        }
        while (!free.empty()) {
            size_t done = free.back();
            free.pop_back();
            for (size_t dependent : needed_by[done])
                if (--left[dependent] == 0)
                    free.push_back(dependent);
        }
        for (size_t i = 0; i < jails_.size(); ++i)
            if (left[i] != 0)
                add_error(jails_[i].errors, "dependency loop");
    }

private:
    void add(size_t index) {
        Jail& jail = jails_[index];
        size_t dot = jail.name.rfind('.');
        if (auto parent = by_name_.find(jail.name.substr(0, dot));
            dot != std::string::npos && parent != by_name_.end())
            needs_[index].push_back(parent->second);
        const Parameter* depend = jail.find("depend");
        if (depend == nullptr)
            return;
        for (const std::string& name : depend->values) {
            auto found = by_name_.find(name);
            if (found == by_name_.end())
                add_error(jail.errors, "depends on undefined jail \"" + shortened(name) + "\"");
            else
                needs_[index].push_back(found->second);
        }
    }

    std::vector<Jail>& jails_;
    std::vector<std::vector<size_t>> needs_;
    std::unordered_map<std::string, size_t> by_name_;
};

} // namespace

void check_own_values(Jail& jail) {
    for (const Parameter& parameter : jail.parameters) {
        const ParameterSpec* spec = find_parameter(parameter.name);
        if (spec != nullptr && spec->owner == Owner::jail8)
            check_type(jail, parameter, spec->type);
    }
}

void check_start_values(Jail& jail) {
    if (jail.parameters.size() > most_parameters) {
        jail.parameters.clear();
        add_error(jail.errors, "too many parameters");
    }
    for (const Parameter& parameter : jail.parameters)
        check_start_value(jail, parameter);
}

void check_dependencies(std::vector<Jail>& jails) {
    Dependencies(jails).report_loops();
}

} // namespace jailcore::conf
