// Who the users of jails are, by each jail's own /etc/passwd.
#pragma once

#include "jailcore/contract/record.hpp"
#include "jailcore/host_paths.hpp"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>

namespace jailcore {

class UserNames {
public:
    // `jails`: in their directories only jails write.
    explicit UserNames(std::span<const JailRecord> jails);

    // As the jail wrote it. "" where it has none for that uid, or what is in the place of its file is a link,
    // no regular file, or larger than a megabyte.
    const std::string& name_of(const JailRecord& jail, uint32_t uid);

private:
    const std::string& passwd_of(const JailRecord& jail);

    HostPaths host_;
    std::map<uint32_t, std::string> passwd_; // by jid
    std::map<std::pair<uint32_t, uint32_t>, std::string> names_;
};

} // namespace jailcore
