// jreader: parses what others wrote (configurations, fstab files, /proc) in a sandbox, and hands back tables.
#include "jailcore/listing/refusal.hpp"
#include "router/reader/modes.hpp"
#include "router/reader/output.hpp"

#include <array>
#include <boost/program_options/errors.hpp>
#include <clocale>
#include <cstdlib>
#include <new>
#include <string_view>

namespace {

constexpr int usage_status = 2;

struct Mode {
    std::string_view name;
    int (*run)(const reader::Arguments&);
};

constexpr std::array<Mode, 8> modes{{{"table", reader::table},
                                     {"dump", reader::dump},
                                     {"order", reader::order},
                                     {"hint", reader::hint},
                                     {"ls", reader::list_jails},
                                     {"ps", reader::list_processes},
                                     {"sessions", reader::list_sessions},
                                     {"top", reader::top}}};

int run(const reader::Arguments& arguments) {
    for (const Mode& mode : modes)
        if (!arguments.empty() && mode.name == arguments.front())
            return mode.run({arguments.begin() + 1, arguments.end()});
    std::string names;
    for (const Mode& mode : modes)
        names.append(" ").append(mode.name);
    reader::complain("jreader: the first argument must be one of:" + names);
    return usage_status;
}

} // namespace

int main(int argc, char** argv) {
    std::setlocale(LC_CTYPE, "C.UTF-8"); // for the widths of columns, whatever the client's locale is
    try {
        return run({argv + 1, argv + argc});
    } catch (const boost::program_options::error& error) {
        reader::complain("jreader: " + std::string(error.what()));
        return usage_status;
    } catch (const jailcore::ListingRefusal& refusal) {
        reader::complain(refusal.what());
    } catch (const std::bad_alloc&) {
        reader::complain("jreader: out of memory");
    } catch (const std::exception& error) {
        reader::complain("jreader: " + std::string(error.what()));
    }
    return EXIT_FAILURE;
}
