#include "jailcore/plan/linux/settings.hpp"

#include "jailcore/plan/linux/refused.hpp"

#include <algorithm>

namespace jailcore {
namespace {

// The language lets `no` stand before any component of any name; as the kernel's own parameters are named, it
// stands before the last one of a boolean's.
bool is_its_name(const ParameterSpec& spec, std::string_view name) {
    if (name == spec.name || name.starts_with(std::string(spec.name) + "."))
        return true;
    std::string negated(spec.name);
    negated.insert(negated.rfind('.') + 1, "no");
    return spec.type == ParameterType::boolean && name == negated;
}

// Of what the reader has found: "NAME: …".
bool is_named(const std::vector<std::string>& errors, const std::string& name) {
    return std::ranges::any_of(errors, [prefix = name + ": "](const std::string& error) {
        return error.starts_with(prefix);
    });
}

std::string error_of(const ParameterSpec* spec, const Parameter& parameter) {
    if (spec == nullptr || !is_its_name(*spec, parameter.name))
        return "unknown parameter: " + parameter.name;
    std::string_view wrong = type_error(parameter, spec->type);
    const RefusedParameter* refused = find_refused(spec->name);
    if (!wrong.empty() && (refused == nullptr || refused->when != Refused::always))
        return parameter.name + ": " + std::string(wrong) + " \"" +
               std::string(string_value(parameter).value_or("")) + "\"";
    return is_refused(*spec, parameter) ? refusal(parameter.name, refused->reason) : "";
}

} // namespace

Settings::Settings(const Parameters& parameters, std::vector<std::string>& errors) {
    // Much of it was found when the configuration was read, and need not be said twice.
    const std::vector<std::string> known = errors;
    for (const Parameter& parameter : parameters) {
        const ParameterSpec* spec = find_parameter(parameter.name);
        std::string error = error_of(spec, parameter);
        bool good = error.empty() && !is_named(known, parameter.name);
        if (good)
            given_[spec->name] = parameter;
        else if (spec != nullptr)
            wrong_.insert(spec->name);
        if (!error.empty() && std::ranges::find(known, error) == known.end())
            errors.push_back(std::move(error));
    }
}

bool Settings::sound(std::initializer_list<std::string_view> names) const {
    return std::ranges::none_of(names, [this](std::string_view name) {
        return wrong_.contains(name);
    });
}

const Parameter* Settings::find(std::string_view name) const {
    auto found = given_.find(name);
    return found == given_.end() ? nullptr : &found->second;
}

bool Settings::flag(std::string_view name, bool otherwise) const {
    const Parameter* given = find(name);
    return given == nullptr ? otherwise : boolean_value(*given).value_or(otherwise);
}

int64_t Settings::integer(std::string_view name, int64_t otherwise) const {
    const Parameter* given = find(name);
    if (given == nullptr)
        return otherwise;
    bool number = find_parameter(name)->type == ParameterType::number;
    return (number ? number_value(*given) : integer_value(*given)).value_or(otherwise);
}

std::string Settings::text(std::string_view name, std::string_view otherwise) const {
    const Parameter* given = find(name);
    if (given == nullptr)
        return std::string(otherwise);
    bool system = find_parameter(name)->type == ParameterType::system;
    return std::string((system ? system_value(*given) : string_value(*given)).value_or(otherwise));
}

std::vector<std::string> Settings::list(std::string_view name) const {
    const Parameter* given = find(name);
    return given == nullptr ? std::vector<std::string>() : given->values;
}

} // namespace jailcore
