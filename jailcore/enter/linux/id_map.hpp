// The map of a user namespace, /proc/PID/uid_map or gid_map (user_namespaces(7)). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace jailcore {

class IdMap {
public:
    IdMap() = default;
    explicit IdMap(std::string_view text);
    // The id outside for one inside; nothing where it is not mapped.
    [[nodiscard]] std::optional<uint32_t> outside(uint32_t inside) const;
    [[nodiscard]] bool has(uint32_t inside) const { return outside(inside).has_value(); }
    // 0 where it is mapped, else the first id that is; nothing where the map is empty.
    [[nodiscard]] std::optional<uint32_t> superuser() const;
    [[nodiscard]] bool single() const { return ranges_.size() == 1 && ranges_[0].count == 1; }

private:
    struct Range {
        uint32_t inside = 0;
        uint32_t outside = 0;
        uint32_t count = 0;
    };
    std::vector<Range> ranges_;
};

} // namespace jailcore
