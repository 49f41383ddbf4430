#include "jailcore/listing/jail_parameters.hpp"

#include <algorithm>
#include <utility>

namespace jailcore {

std::span<const ListedParameter> listed_parameters() {
    static const std::vector<ListedParameter> rows = [] {
        std::vector<ListedParameter> sorted = unsorted_parameters();
        std::ranges::sort(sorted, {}, [](const ListedParameter& row) {
            return std::pair(row.name.find('.') != std::string::npos, row.name);
        });
        return sorted;
    }();
    return rows;
}

const ListedParameter* find_listed(std::string_view name) {
    auto rows = listed_parameters();
    auto found = std::ranges::find(rows, name, &ListedParameter::name);
    return found == rows.end() ? nullptr : &*found;
}

} // namespace jailcore
