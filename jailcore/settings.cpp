#include "jailcore/settings.hpp"

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

bool is_refused(const ParameterSpec& spec, bool truth) {
    return spec.refused == Refused::always || (spec.refused == Refused::when_true && truth) ||
           (spec.refused == Refused::when_false && !truth);
}

std::string error_of(const ParameterSpec* spec, const Parameter& parameter) {
    if (spec == nullptr || !is_its_name(*spec, parameter.name))
        return "unknown parameter: " + parameter.name;
    std::string_view wrong = type_error(parameter, spec->type);
    if (!wrong.empty() && spec->refused != Refused::always)
        return parameter.name + ": " + std::string(wrong) + " \"" +
               std::string(string_value(parameter).value_or("")) + "\"";
    bool truth = spec->type == ParameterType::boolean && boolean_value(parameter).value_or(false);
    return is_refused(*spec, truth) ? refusal(parameter.name, spec->reason) : "";
}

} // namespace

Settings::Settings(const Parameters& parameters, std::vector<std::string>& errors) {
    // Much of it was found when the configuration was read, and need not be said twice.
    const std::vector<std::string> known = errors;
    for (const Parameter& parameter : parameters) {
        const ParameterSpec* spec = find_parameter(parameter.name);
        std::string error = error_of(spec, parameter);
        if (error.empty())
            given_[spec->name] = parameter;
        else if (std::ranges::find(known, error) == known.end())
            errors.push_back(std::move(error));
    }
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
    return given == nullptr ? otherwise : integer_value(*given).value_or(otherwise);
}

std::string Settings::text(std::string_view name, std::string_view otherwise) const {
    const Parameter* given = find(name);
    if (given == nullptr)
        return std::string(otherwise);
    // A jailsys parameter without a value is `new`.
    bool anew = find_parameter(name)->type == ParameterType::system;
    return std::string(string_value(*given).value_or(anew ? "new" : otherwise));
}

std::vector<std::string> Settings::list(std::string_view name) const {
    const Parameter* given = find(name);
    return given == nullptr ? std::vector<std::string>() : given->values;
}

} // namespace jailcore
