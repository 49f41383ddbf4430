// The screen itself: what comes from the router, what is typed, and what is done about it.
#pragma once

#include "shell/screen/backoff.hpp"
#include "shell/screen/child.hpp"
#include "shell/screen/curses.hpp"
#include "shell/screen/keys.hpp"
#include "shell/screen/model.hpp"
#include "shell/screen/painter.hpp"
#include "shell/screen/view.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace top {

struct Settings {
    std::string client;              // path of bin/jconsole
    std::vector<std::string> config; // `-f FILE` for the verbs that take it, or nothing
    std::vector<std::string> words;  // options for every verb: which router
    std::string host;                // afar, where each verb is an ssh; "": this one
    bool colours = true;
};

class Screen {
public:
    explicit Screen(Settings settings);

    // Until the user leaves. Throws shell::FailureError, pty::StepError.
    void run();

private:
    using Clock = std::chrono::steady_clock;
    using Words = std::vector<std::string>;

    [[nodiscard]] Words client(const Words& words) const;
    // Whether the user, or a signal, has asked for the end: what was typed before counts no more.
    [[nodiscard]] bool leaving() const;

    // what comes in
    void wait();
    void start_due();
    void take_feed();
    void no_feed(std::string why);
    void take_configured();
    void complain_of_configuration(const std::string& complaint);
    void start_picture();
    void no_picture(const std::string& why);
    void take_picture();
    void take_painting();
    void set_picture_due();

    // what is typed
    void take_keys();
    void take(const Key& key);
    void take_prompt(const Key& key);
    void take_mouse(const Key& key);
    void execute(Command command);
    void execute_on_jail(Command command);
    void move(Command command);

    // what is done
    void ask(std::string question, std::function<void()> act);
    void prompt(std::string text, std::function<void(const std::string&)> changed,
                std::function<void(const std::string&)> done);
    void open_console(const std::string& jail, const std::string& command);
    void change(const std::string& verb, const std::string& jail);
    void perform(const std::string& verb, const std::string& jail, const Words& words);
    // For Enter, when a verb that had the terminal has ended: where jconsole failed and not the program in
    // the jail, at any failure, or always.
    enum class Wait : uint8_t { own_failure, failure, always };
    int give_terminal_to(const Words& argv, Wait wait);
    void wait_for_enter() const;

    Settings settings_;
    Curses curses_;
    Model model_;
    Shown shown_;
    Regions regions_;
    bool leave_ = false;
    bool changed_ = true; // something is to be drawn

    std::unique_ptr<Child> feed_;
    Clock::time_point feed_due_;
    Backoff feed_backoff_;
    Clock::time_point last_news_;
    std::unique_ptr<Child> configured_;
    Clock::time_point configured_due_;
    std::string configured_complaint_; // that has been told
    std::unique_ptr<Child> picture_;
    std::unique_ptr<Painter> painter_; // of the session that is previewed
    // What changes with every change of a session's screen, as far as the router's news tells.
    struct Seen {
        uint64_t created, output;
        uint32_t leader; // a name is given again, in the same second, too
        uint16_t rows, columns;
        bool operator==(const Seen&) const = default;
    };
    std::optional<Seen> pictured_; // what the picture is of, or will be
    Clock::time_point picture_started_;
    Clock::time_point picture_due_;

    std::function<void()> on_yes_;
    std::function<void(const std::string&)> on_typed_;
    std::function<void(const std::string&)> on_entered_;
    Clock::time_point last_click_;
    int last_click_row_ = -1;
};

} // namespace top
