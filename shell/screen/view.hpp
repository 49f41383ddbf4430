// What the screen looks like: the list, the preview below it, the line at the bottom, the help.
#pragma once

#include "shell/screen/curses.hpp"
#include "shell/screen/layout.hpp"
#include "shell/screen/model.hpp"
#include "shell/screen/preview.hpp"

#include <memory>
#include <optional>
#include <string>

namespace top {

// What belongs to the screen beside the model.
struct Shown {
    std::string host; // that the jails are on, where it is another; "": this one
    bool help = false;
    bool preview = true;
    std::string trouble;                 // that there is no news; "": there is
    bool configuration_known = false;    // that it is missing, too
    std::string message;                 // at the bottom, until the next key
    std::optional<std::string> question; // that y or n answers
    std::optional<std::string> prompt;   // what a line of text is asked for …
    std::string typed;                   // … and what has been typed
    std::string previewed;               // name of the session
    std::optional<Picture> picture;      // its screen; none: not yet, or there is none
    std::string picture_trouble;         // why there is none
    size_t first = 0;                    // line of the list that is at the top
};

// Draws all of it. Returns where what stands, for the mouse.
Regions draw(Curses& curses, const Model& model, Shown& shown);

} // namespace top
