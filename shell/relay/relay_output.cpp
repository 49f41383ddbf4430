#include "shell/relay/relay_output.hpp"

#include <sys/stat.h>
#include <utility>

namespace shell {
namespace {

bool is_file(int fd) {
    struct stat status = {};
    return ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

} // namespace

RelayOutput::RelayOutput(asio::io_context& context, const Assignment& assignment, Events events)
    : events_(std::move(events)), terminal_(assignment.open.terminal.has_value()),
      output_(context, assignment.output, events_of(wire::Stream::output)),
      error_(context, assignment.error, events_of(wire::Stream::error)) {
    output_.text = text_of(assignment, wire::Stream::output, assignment.output);
    error_.text = text_of(assignment, wire::Stream::error, assignment.error);
}

// Of a console all is the program's own.
std::optional<StreamText> RelayOutput::text_of(const Assignment& assignment, wire::Stream stream, int fd) {
    bool is_program = assignment.verb().helper == contract::Helper::program;
    bool has_commands = stream == wire::Stream::error && !is_program && assignment.commands;
    bool is_escaped = assignment.escaped && !is_file(fd);
    if (!has_commands && !is_escaped)
        return std::nullopt;
    StreamText text;
    if (has_commands)
        text.commands = assignment.commands;
    if (is_escaped)
        text.lines.emplace();
    return text;
}

Outlet::Events RelayOutput::events_of(wire::Stream stream) {
    return {[this, stream](size_t bytes) {
                written(stream, bytes);
            },
            [this, stream](int error) {
                if (stream == wire::Stream::output)
                    events_.failed(error);
            }};
}

bool RelayOutput::deliver(wire::Stream stream, std::string_view data) {
    Lane& lane = lane_of(stream);
    if (!lane.window.received(data.size()))
        return false;
    if (lane.text)
        lane.outlet.write(lane.text->take(data));
    else
        lane.outlet.write(data);
    return true;
}

void RelayOutput::end(wire::Stream stream) {
    Lane& lane = lane_of(stream);
    if (lane.text)
        lane.outlet.write(lane.text->finish());
    // Standard error stays open for what this program itself has to say.
    if (stream == wire::Stream::output && !terminal_)
        lane.outlet.end();
}

void RelayOutput::restart() {
    for (Lane* lane : {&output_, &error_})
        lane->window.restart(lane->outlet.kept());
}

// What is shown as text has another length than what came: its credit goes back when all of it is written.
void RelayOutput::written(wire::Stream stream, size_t bytes) {
    Lane& lane = lane_of(stream);
    if (lane.text)
        bytes = lane.outlet.kept() == 0 ? std::exchange(lane.text->received, 0) : 0;
    if (uint32_t credit = lane.window.consumed(bytes); credit > 0)
        events_.credit(stream, credit);
    events_.written();
}

} // namespace shell
