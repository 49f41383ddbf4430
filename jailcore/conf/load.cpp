#include "jailcore/conf/load.hpp"

#include "jailcore/conf/parser.hpp"

#include <algorithm>
#include <utility>

namespace jailcore::conf {
namespace {

class Loader {
public:
    Loader(const Files& files, const Limits& limits, Document& document, Messages& messages)
        : files_(files), limits_(limits), document_(document), messages_(messages), bytes_(limits.bytes),
          opened_(limits.files) {}

    // `place`: where the file is named, " (.include in FILE line N)"; "" for the first. False where all
    // reading has to end.
    bool load(const std::string& path, const std::string& place) {
        // Each file counts for more than its bytes, so that a folder of empty files that include each other
        // ends.
        if (!opened_.spend(1))
            return fail(path + ": too many included files" + place);
        looked_at.push_back(path);
        FileContent file = files_.read(path, limits_.bytes);
        if (!file.error.empty()) {
            messages_.add(path + ": " + file.error + place);
            return true;
        }
        if (!bytes_.spend(file.content.size()))
            return fail(path + ": too many included files" + place);
        Parser parser(file.content, path, document_, messages_, [&](const std::string& name, unsigned line) {
            return include(path, name, line);
        });
        return parser.parse();
    }

    std::vector<std::string> looked_at;

private:
    bool include(const std::string& from, const std::string& name, unsigned line) {
        std::string place = " (.include in " + from + " line " + std::to_string(line) + ")";
        // The files that are open include each other: the rest of the first one is all that is read on.
        if (depth_ == limits_.include_depth) {
            too_deep_ = true;
            return fail("maximum include depth exceeded" + place);
        }
        ++depth_;
        bool good = include_all(beside(from, name), place);
        --depth_;
        if (depth_ == 0 && std::exchange(too_deep_, false))
            good = !opened_.spent() && !bytes_.spent();
        return good;
    }

    bool include_all(const std::string& path, const std::string& place) {
        Globbed found = files_.glob(path);
        if (!found.magic)
            return load(path, place);
        if (opened_.spend(1))
            looked_at.push_back(path + (found.paths.empty() ? " (no such file)" : ""));
        return std::ranges::all_of(found.paths, [&](const std::string& file) {
            return load(file, place);
        });
    }

    static std::string beside(const std::string& from, const std::string& name) {
        if (name.starts_with('/'))
            return name;
        return from.substr(0, from.rfind('/') + 1) + name;
    }

    bool fail(std::string text) {
        messages_.add(std::move(text));
        return false;
    }

    const Files& files_;
    const Limits& limits_;
    Document& document_;
    Messages& messages_;
    Budget bytes_;
    Budget opened_;
    size_t depth_ = 0;
    bool too_deep_ = false;
};

} // namespace

std::vector<std::string> load(const std::string& path, const Files& files, const Limits& limits,
                              Document& document, Messages& messages) {
    Loader loader(files, limits, document, messages);
    loader.load(path, "");
    return std::move(loader.looked_at);
}

} // namespace jailcore::conf
