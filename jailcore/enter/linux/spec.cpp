#include "jailcore/enter/linux/spec.hpp"

#include "jailcore/contract/enter.hpp"
#include "jailcore/contract/enter_failure.hpp"
#include "jailcore/enter/advice.hpp"
#include "pty/memfd.hpp"

#include <sys/stat.h>
#include <sys/sysmacros.h>

namespace jailcore {

std::unique_ptr<EnterSpec> read_enter_spec() {
    struct stat facts = {};
    if (::fstat(enter_spec, &facts) == 0 && S_ISCHR(facts.st_mode) && facts.st_rdev == makedev(1, 3))
        return nullptr;
    auto content = pty::read_sealed(enter_spec, max_enter_spec);
    if (!content)
        throw EnterFailure("jenter", "the jail's specification is not a sealed memfd",
                           "this is a fault of the router that started it");
    auto spec = std::make_unique<EnterSpec>();
    if (read_record(*content, *spec) != Readable::all)
        throw EnterFailure(
            "enter",
            "what it may do in there cannot be read: the router's record of it is damaged, or of a "
            "newer version that allows less",
            "start it anew: 'jconsole kill -f " + jail_name() + "' and 'jconsole start " + jail_name() + "'");
    return spec;
}

} // namespace jailcore
