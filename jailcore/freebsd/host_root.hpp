// Capability mode opens nothing by an absolute path: what it walks begins at a descriptor kept from before.
#pragma once

namespace jailcore {

// From here on open_host_root() takes what is below the root directory as it is now, to be read and looked
// at: nothing below it can be written, made or executed. Throws pty::StepError.
void keep_host_root();

} // namespace jailcore
