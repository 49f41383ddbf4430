#include "jailcore/conf/other_tools.hpp"
#include "jailcore/conf/system_files.hpp"
#include "router/contract/target.hpp"
#include "router/reader/inputs.hpp"
#include "router/reader/modes.hpp"
#include "router/reader/output.hpp"
#include "router/sandbox/reader.hpp"

#include <cstdlib>

namespace reader {

namespace conf = jailcore::conf;

int hint(const Arguments&) {
    sandbox::enter_reader_sandbox();
    Arguments words = client_words();
    if (words.size() == 1 && contract::is_jail_name(words[0]))
        print(conf::hint_of(conf::jails_of_tools(words[0], conf::system_files(conf::Trust::any))));
    return EXIT_SUCCESS;
}

} // namespace reader
