// The file system as the configuration language sees it.
#pragma once

#include "jailcore/conf/load.hpp"

namespace jailcore::conf {

enum class Trust {
    any,   // whatever can be read
    owned, // only files that root or the caller owns and nobody else can write: checked on what was opened,
           // so that a name that changes afterwards changes nothing
};

// Regular files only: a configuration that names a FIFO or a device stalls nobody.
Files system_files(Trust trust);

} // namespace jailcore::conf
