#include "shell/syntax/ssh_options.hpp"

#include "router/contract/target.hpp"
#include "shell/report.hpp"
#include "shell/syntax/names.hpp"
#include "shell/syntax/option_table.hpp"
#include "shell/syntax/verbs.hpp"

#include <algorithm>
#include <array>
#include <fnmatch.h>
#include <span>
#include <strings.h>
#include <utility>

namespace shell {
namespace {

[[noreturn]] void refuse(std::string cause, std::string mend = "see jconsole-ssh(1)") {
    throw FailureError({{}, {}, std::move(cause), std::move(mend)});
}

// ssh(1). What is about the connection, its keys and its messages: there is none of it here.
constexpr std::string_view meaningless = "1246aACgkKMqvxy";
constexpr std::string_view meaningless_with_value = "bcBeEFiImpPS";
// What would do something else than run a command or a shell.
constexpr std::string_view refused = "DfJLNOQRwWXY";

constexpr auto meaningless_keywords = std::to_array<std::string_view>({
    // ssh_config(5), by the same rule
    "AddKeysToAgent",
    "AddressFamily",
    "BatchMode",
    "BindAddress",
    "BindInterface",
    "CASignatureAlgorithms",
    "CanonicalDomains",
    "CanonicalizeFallbackLocal",
    "CanonicalizeHostname",
    "CanonicalizeMaxDots",
    "CanonicalizePermittedCNAMEs",
    "CertificateFile",
    "ChallengeResponseAuthentication",
    "CheckHostIP",
    "Ciphers",
    "ClearAllForwardings",
    "Compression",
    "ConnectTimeout",
    "ConnectionAttempts",
    "ControlMaster",
    "ControlPath",
    "ControlPersist",
    "EnableEscapeCommandline",
    "EnableSSHKeysign",
    "EscapeChar",
    "ExitOnForwardFailure",
    "FingerprintHash",
    "ForwardAgent",
    "ForwardX11",
    "ForwardX11Timeout",
    "ForwardX11Trusted",
    "GSSAPIAuthentication",
    "GSSAPIDelegateCredentials",
    "GatewayPorts",
    "GlobalKnownHostsFile",
    "HashKnownHosts",
    "HostKeyAlgorithms",
    "HostKeyAlias",
    "HostbasedAcceptedAlgorithms",
    "HostbasedAuthentication",
    "IPQoS",
    "IdentitiesOnly",
    "IdentityAgent",
    "IdentityFile",
    "IgnoreUnknown",
    "KbdInteractiveAuthentication",
    "KbdInteractiveDevices",
    "KexAlgorithms",
    "KnownHostsCommand",
    "LogLevel",
    "LogVerbose",
    "MACs",
    "NoHostAuthenticationForLocalhost",
    "NumberOfPasswordPrompts",
    "ObscureKeystrokeTiming",
    "PKCS11Provider",
    "PasswordAuthentication",
    "PermitRemoteOpen",
    "Port",
    "PreferredAuthentications",
    "PubkeyAcceptedAlgorithms",
    "PubkeyAuthentication",
    "RekeyLimit",
    "RequiredRSASize",
    "RevokedHostKeys",
    "SecurityKeyProvider",
    "ServerAliveCountMax",
    "ServerAliveInterval",
    "StreamLocalBindMask",
    "StreamLocalBindUnlink",
    "StrictHostKeyChecking",
    "SyslogFacility",
    "TCPKeepAlive",
    "Tag",
    "UpdateHostKeys",
    "UserKnownHostsFile",
    "VerifyHostKeyDNS",
    "VisualHostKey",
    "XAuthLocation",
});

// What scp(1) and its like decline.
constexpr auto declined_keywords =
    std::to_array<std::string_view>({"ForkAfterAuthentication", "PermitLocalCommand", "ProxyCommand",
                                     "ProxyJump", "RemoteCommand", "Tunnel"});

bool same(std::string_view one, std::string_view other) {
    return one.size() == other.size() && ::strncasecmp(one.data(), other.data(), one.size()) == 0;
}

// ssh_config(5) has these for its switches.
bool is_on(std::string_view value) {
    return same(value, "yes") || same(value, "true");
}

bool is_switch(std::string_view value) {
    return is_on(value) || same(value, "no") || same(value, "false");
}

bool is_one_of(std::span<const std::string_view> keywords, std::string_view wanted) {
    return std::ranges::any_of(keywords, [wanted](std::string_view keyword) {
        return same(keyword, wanted);
    });
}

class Parser {
public:
    Parser(const std::vector<std::string>& arguments, const std::vector<std::string>& environment)
        : words_(arguments), environment_(environment) {
        options_.verb = find_verb("attach");
    }

    // ssh takes options before the host, and once more behind it, until the command begins.
    Options parse() {
        take_options();
        if (tells_version_) {
            options_.verb = find_verb("version");
            return options_;
        }
        if (place_ == words_.size())
            refuse("no jail is named", "usage: jconsole-ssh [options] [USER@]NAME [COMMAND...]");
        take_name(words_[place_++]);
        take_options();
        options_.command.assign(words_.begin() + static_cast<std::ptrdiff_t>(place_), words_.end());
        options_.shell_line = !options_.command.empty();
        if (tells_configuration_)
            options_.verb = find_verb("__ssh-configuration");
        return options_;
    }

private:
    void take_options() {
        for (; place_ < words_.size(); ++place_) {
            const std::string& word = words_[place_];
            if (word == "--") {
                ++place_;
                return;
            }
            if (word.size() < 2 || word[0] != '-')
                return;
            if (word == "--help")
                refuse("jconsole-ssh takes the options of ssh(1) and --router",
                       "usage: jconsole-ssh [options] [USER@]NAME [COMMAND...]; see jconsole-ssh(1)");
            if (word == "--router")
                options_.router = value_behind(word, word.size());
            else
                take_letters(word);
        }
    }

    void take_letters(const std::string& word) {
        for (size_t i = 1; i < word.size(); ++i) {
            char letter = word[i];
            if (takes_value(letter))
                return take_value(letter, value_behind(word, i + 1));
            take_letter(letter);
        }
    }

    static bool takes_value(char letter) {
        return letter == 'l' || letter == 'o' ||
               meaningless_with_value.find(letter) != std::string_view::npos;
    }

    void take_letter(char letter) {
        if (letter == 'n')
            options_.no_input = true;
        else if (letter == 'T')
            options_.terminal = TerminalWish::forbidden;
        else if (letter == 't') // once: where standard input is one; twice: in any case
            options_.terminal =
                std::exchange(terminal_asked_, true) ? TerminalWish::forced : TerminalWish::as_input;
        else if (letter == 'G')
            tells_configuration_ = true;
        else if (letter == 'V')
            tells_version_ = true;
        else if (letter == 's')
            refuse("-s: a jail has no subsystems, such as sftp", "scp does without by -O");
        else if (refused.find(letter) != std::string_view::npos)
            refuse(std::string("-") + letter + " is nothing that a jail can do");
        else if (meaningless.find(letter) == std::string_view::npos)
            refuse(std::string("ssh has no option -") + letter);
    }

    void take_value(char letter, const std::string& value) {
        if (letter == 'l')
            set_user(value);
        else if (letter == 'o')
            take_setting(value);
    }

    // In the same word, or the next one.
    std::string value_behind(const std::string& word, size_t place) {
        if (place < word.size())
            return word.substr(place);
        if (++place_ == words_.size())
            refuse(word + " needs a value");
        return words_[place_];
    }

    // ssh_config(5): `Keyword value` or `Keyword=value`, and the value may stand in quotes.
    void take_setting(const std::string& setting) {
        size_t end = setting.find_first_of(" \t=");
        std::string keyword = setting.substr(0, end);
        size_t begin = setting.find_first_not_of(" \t=", end);
        std::string value = begin == std::string::npos ? std::string() : setting.substr(begin);
        const std::string words = value;
        if (value.size() > 1 && value.front() == '"' && value.back() == '"')
            value = value.substr(1, value.size() - 2);
        if (value.empty())
            refuse("-o " + setting + ": " + keyword + " needs a value");
        if (same(keyword, "User"))
            set_user(value);
        else if (same(keyword, "SendEnv"))
            send_environment(value);
        else if (same(keyword, "SetEnv"))
            set_environment(words);
        else if (same(keyword, "StdinNull"))
            options_.no_input = turned_on(keyword, value);
        else if (same(keyword, "RequestTTY"))
            options_.terminal = wish(value);
        else if (!is_one_of(meaningless_keywords, keyword) &&
                 !(is_one_of(declined_keywords, keyword) && (same(value, "no") || same(value, "none"))))
            refuse("-o " + keyword + " is nothing that a jail can do, or no keyword of ssh_config(5)");
    }

    static bool turned_on(const std::string& keyword, const std::string& value) {
        if (!is_switch(value))
            refuse("-o " + keyword + ": '" + value + "' is neither yes nor no");
        return is_on(value);
    }

    static TerminalWish wish(const std::string& value) {
        if (same(value, "auto"))
            return TerminalWish::automatic;
        if (same(value, "force"))
            return TerminalWish::forced;
        if (!is_switch(value))
            refuse("-o RequestTTY: '" + value + "' is none of: no yes auto force");
        return is_on(value) ? TerminalWish::as_input : TerminalWish::forbidden;
    }

    // Words as ssh_config(5) has them: quotes stand around what holds blanks.
    void set_environment(const std::string& words) {
        std::string word;
        bool begun = false;
        char quote = '\0';
        for (char c : words + " ") {
            bool blank = quote == '\0' && (c == ' ' || c == '\t');
            if (blank && std::exchange(begun, false))
                find_option("environment")->apply(options_, std::exchange(word, {}));
            else if (!blank && (c == quote || (quote == '\0' && (c == '"' || c == '\''))))
                quote = quote == '\0' ? c : '\0';
            else if (!blank)
                word.push_back(c);
            begun = begun || !blank;
        }
        if (quote != '\0')
            refuse("-o SetEnv: a quote is open at the end of " + words);
    }

    void send_environment(const std::string& patterns) {
        for (std::string_view pattern : words_of(patterns))
            for (const std::string& entry : environment_)
                if (::fnmatch(std::string(pattern).c_str(), entry.substr(0, entry.find('=')).c_str(), 0) ==
                        0 &&
                    is_assignment(entry))
                    options_.environment.push_back(entry);
    }

    // ssh's first one counts.
    void set_user(const std::string& user) {
        if (options_.user.empty())
            find_option("user")->apply(options_, user);
    }

    // ssh(1) takes a URL, too, whose port means nothing here.
    static std::string without_url(std::string word) {
        constexpr std::string_view scheme = "ssh://";
        if (!word.starts_with(scheme))
            return word;
        word.erase(0, scheme.size());
        if (word.ends_with('/'))
            word.pop_back();
        size_t colon = word.rfind(':');
        if (colon != std::string::npos &&
            word.find_first_not_of("0123456789", colon + 1) == std::string::npos)
            word.resize(colon);
        return word;
    }

    void take_name(const std::string& given) {
        const std::string word = without_url(given);
        size_t at = word.rfind('@');
        std::string name = at == std::string::npos ? word : word.substr(at + 1);
        if (at != std::string::npos)
            set_user(word.substr(0, at));
        if (!contract::Target::from_text(name))
            refuse("'" + name + "' is not a jail's name", name_rule);
        options_.names.push_back(name);
    }

    const std::vector<std::string>& words_;
    const std::vector<std::string>& environment_;
    Options options_;
    size_t place_ = 0;
    bool terminal_asked_ = false;
    bool tells_configuration_ = false;
    bool tells_version_ = false;
};

} // namespace

Options parse_ssh_options(const std::vector<std::string>& arguments,
                          const std::vector<std::string>& environment) {
    return Parser(arguments, environment).parse();
}

} // namespace shell
