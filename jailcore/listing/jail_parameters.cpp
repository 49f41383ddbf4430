#include "jailcore/listing/jail_parameters.hpp"

#include <algorithm>
#include <utility>

namespace jailcore {

const ListedParameter* find_listed(std::string_view name) {
    auto rows = listed_parameters();
    auto found = std::ranges::find(rows, name, &ListedParameter::name);
    return found == rows.end() ? nullptr : &*found;
}

void sort_as_jls(std::vector<ListedParameter>& rows) {
    std::ranges::sort(rows, {}, [](const ListedParameter& row) {
        return std::pair(row.name.find('.') != std::string::npos, row.name);
    });
}

} // namespace jailcore
