#include "jailcore/listing/ps_options.hpp"

#include "jailcore/listing/refusal.hpp"
#include "jailcore/listing/words.hpp"

#include <string_view>

namespace jailcore {
namespace {

constexpr const char* usage = "jconsole ps NAME takes -aAlouwxX of ps(1), and -J JAIL,JAIL for more jails";
constexpr const char* plain_columns = "pid,tty,stat,time,command";
constexpr const char* long_columns = "uid,pid,ppid,nice,vsz,rss,stat,tty,time,command";
constexpr const char* user_columns = "user,pid,pcpu,pmem,vsz,rss,tty,stat,start,time,command";

constexpr int json = Words::first_long;
constexpr option long_options[] = {{"json", no_argument, nullptr, json}, {nullptr, 0, nullptr, 0}};

[[noreturn]] void refuse(const std::string& cause, const std::string& mend = usage) {
    throw ListingRefusal("ps: " + cause + "; " + mend);
}

std::vector<std::string> split(std::string_view list) {
    std::vector<std::string> items;
    while (!list.empty()) {
        size_t end = std::min(list.find_first_of(", \t"), list.size());
        if (end > 0)
            items.emplace_back(list.substr(0, end));
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return items;
}

void add_jails(std::vector<std::string>& jails, std::string_view list) {
    std::vector<std::string> names = split(list);
    if (names.empty()) // which would mean all jails
        refuse("-J names no jail");
    jails.insert(jails.end(), names.begin(), names.end());
}

// `KEYWORD,KEYWORD=HEADER`: the header is all that follows, with its commas, as in ps(1).
void add_columns(std::vector<PsColumn>& columns, std::string_view list) {
    size_t equals = list.find('=');
    std::vector<std::string> names = split(list.substr(0, equals));
    if (names.empty())
        refuse("-o needs the names of columns");
    for (const std::string& name : names) {
        const PsKeyword* keyword = find_keyword(name);
        if (keyword == nullptr)
            refuse("unknown column: " + name, "they are pid, ppid, user, uid, tty, time, etime, pcpu, pmem, "
                                              "rss, vsz, stat, nice, nlwp, start, "
                                              "lstart, comm, command, args, jail, jid, hostpid");
        columns.push_back({keyword, std::string(keyword->header)});
    }
    if (equals != std::string_view::npos)
        columns.back().header = list.substr(equals + 1);
}

// What is refused, and the word that has it among others: `web2` is perhaps no options at all to its user.
[[noreturn]] void refuse_letter(const Words& words, bool first_has_dash, const std::string& before,
                                const std::string& behind = {}) {
    std::string refused = words.refused();
    bool dash = first_has_dash || !words.is_first();
    std::string word = words.word().substr(dash ? 0 : 1);
    bool among_others = refused.starts_with('-') && word != refused;
    if (among_others && !dash)
        refused.erase(0, 1);
    refuse((among_others ? "'" + word + "': " : "") + before + refused + behind);
}

} // namespace

PsOptions parse_ps(std::vector<std::string> list) {
    PsOptions options;
    std::vector<PsColumn> chosen;
    const char* format = plain_columns;
    bool any = false;
    bool first_has_dash = list.empty() || list.front().empty() || list.front().starts_with('-');
    if (!first_has_dash)
        list.front().insert(0, "-");
    Words words(list);
    int letter = 0;
    while ((letter = words.next("+:aAJ:lo:uwxX", long_options)) != -1) {
        any = any || letter != json;
        switch (letter) {
        case 'a':
        case 'A':
        case 'w': // lines are never cut to a terminal's width
            break;
        case 'x':
            options.terminals_only = false;
            break;
        case 'X':
            options.terminals_only = true;
            break;
        case 'l':
            format = long_columns;
            break;
        case 'u':
            format = user_columns;
            break;
        case 'o':
            add_columns(chosen, optarg);
            break;
        case 'J':
            add_jails(options.jails, optarg);
            break;
        case json:
            options.json = true;
            break;
        case ':':
            refuse_letter(words, first_has_dash, "option ", " needs a value");
        default:
            refuse_letter(words, first_has_dash, "unknown option ");
        }
    }
    if (!words.rest().empty())
        refuse("'" + words.rest().front() + "' is no option");
    if (chosen.empty() && any)
        add_columns(chosen, format);
    options.columns = std::move(chosen);
    return options;
}

} // namespace jailcore
