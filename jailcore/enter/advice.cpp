#include "jailcore/enter/advice.hpp"

namespace jailcore {
namespace {

std::string& name_given() {
    static std::string name = "NAME";
    return name;
}

} // namespace

std::string jail_name() {
    return name_given();
}

void set_jail_name(const std::string& name) {
    name_given() = name;
}

std::string advice_to_repair() {
    return "'jconsole check --repair " + jail_name() + "' mends it";
}

} // namespace jailcore
