// One jail's parameters as Linux takes them: typed, and every one refused that it cannot honour. Pure.
#pragma once

#include "jailcore/plan/parameters.hpp"

#include <cstdint>
#include <initializer_list>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace jailcore {

class Settings {
public:
    // `errors`, what is known to be wrong with the jail, receives a line for each refused, unknown or
    // ill-typed parameter, in jail(8)'s words, without the jail's name.
    Settings(const Parameters& parameters, std::vector<std::string>& errors);

    // Whether nothing was wrong with any of these parameters. What is wrong is as if it were not given, so
    // that nothing may be concluded from that.
    [[nodiscard]] bool sound(std::initializer_list<std::string_view> names) const;

    // The arguments are names of the table in parameters.cpp.
    [[nodiscard]] bool has(std::string_view name) const { return find(name) != nullptr; }
    [[nodiscard]] bool flag(std::string_view name, bool otherwise = false) const;
    [[nodiscard]] int64_t integer(std::string_view name, int64_t otherwise) const;
    [[nodiscard]] std::string text(std::string_view name, std::string_view otherwise = {}) const;
    [[nodiscard]] std::vector<std::string> list(std::string_view name) const;

private:
    [[nodiscard]] const Parameter* find(std::string_view name) const;

    std::map<std::string_view, Parameter> given_; // by the name in the table
    std::set<std::string_view> wrong_;            // names in the table
};

} // namespace jailcore
