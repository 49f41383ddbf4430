#include "jailcore/enter/linux/id_map.hpp"

#include <charconv>

namespace jailcore {
namespace {

bool read_number(std::string_view& text, uint32_t& number) {
    while (!text.empty() && (text[0] == ' ' || text[0] == '\n'))
        text.remove_prefix(1);
    auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    text.remove_prefix(static_cast<size_t>(stop - text.data()));
    return error == std::errc();
}

} // namespace

IdMap::IdMap(std::string_view text) {
    Range range;
    while (read_number(text, range.inside) && read_number(text, range.outside) &&
           read_number(text, range.count))
        ranges_.push_back(range);
}

std::optional<uint32_t> IdMap::outside(uint32_t inside) const {
    for (const Range& range : ranges_)
        if (inside >= range.inside && inside - range.inside < range.count)
            return range.outside + (inside - range.inside);
    return std::nullopt;
}

std::optional<uint32_t> IdMap::superuser() const {
    if (has(0))
        return 0;
    if (ranges_.empty())
        return std::nullopt;
    return ranges_[0].inside;
}

} // namespace jailcore
