// What the user can type about the jail that is entered.
#pragma once

#include <string>

namespace jailcore {

// As the user types it; "NAME" until it is set.
std::string jail_name();
void set_jail_name(const std::string& name);

// Where `check` can mend what terminals need.
std::string advice_to_repair();

} // namespace jailcore
