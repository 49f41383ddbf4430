// Who a client is, for everybody who decides or records what he may have. By now there is one kind, a user of
// this system; so it wraps his uid, which is asked for only where the kernel needs one.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace wire {

class Principal {
public:
    // Nobody: no process can have that uid.
    Principal() = default;
    explicit Principal(uid_t uid) : uid_(uid) {}
    // Nothing where it is not exactly as text() writes it.
    static std::optional<Principal> from_text(std::string_view text);

    [[nodiscard]] std::string text() const; // unix:1000
    [[nodiscard]] uid_t uid() const { return uid_; }

    bool operator==(const Principal&) const = default;
    bool operator<(const Principal& other) const { return uid_ < other.uid_; }

private:
    uid_t uid_ = static_cast<uid_t>(-1);
};

inline constexpr size_t max_principal = 63; // bytes of its text

} // namespace wire
