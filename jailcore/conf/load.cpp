#include "jailcore/conf/load.hpp"

#include "jailcore/conf/parser.hpp"

namespace jailcore::conf {
namespace {

class Loader {
public:
    Loader(const Files& files, const Limits& limits, Document& document, Messages& messages)
        : files_(files), limits_(limits), document_(document), messages_(messages), bytes_(limits.bytes),
          opened_(limits.files) {}

    bool load(const std::string& path) {
        FileContent file = files_.read(path, limits_.bytes);
        if (!file.error.empty())
            return fail(path + ": " + file.error);
        // Each file counts for more than its bytes, so that a folder of empty files that include each other
        // ends.
        if (!opened_.spend(1) || !bytes_.spend(file.content.size()))
            return fail(path + ": too many included files");
        Parser parser(file.content, path, document_, messages_, [&](const std::string& name) {
            return include(path, name);
        });
        return parser.parse();
    }

private:
    bool include(const std::string& from, const std::string& name) {
        if (depth_ == limits_.include_depth)
            return fail("maximum include depth exceeded");
        ++depth_;
        bool good = true;
        std::string path = beside(from, name);
        Globbed found = files_.glob(path);
        if (!found.magic)
            good = load(path);
        for (size_t i = 0; found.magic && good && i < found.paths.size(); ++i)
            good = load(found.paths[i]);
        --depth_;
        return good;
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
};

} // namespace

void load(const std::string& path, const Files& files, const Limits& limits, Document& document,
          Messages& messages) {
    Loader(files, limits, document, messages).load(path);
}

} // namespace jailcore::conf
