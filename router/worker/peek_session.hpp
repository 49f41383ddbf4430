// A look at a session with a terminal: the end of its output, as the output of a session that is over at
// once. It takes no part in the session that it looks at.
#pragma once

#include "router/worker/session.hpp"

#include <string>

namespace worker {

class PeekSession final : public Session {
public:
    explicit PeekSession(std::string content) : content_(std::move(content)) {}

    void start() override {}
    void input(std::span<const char> bytes) override { tell_input_consumed(bytes.size()); }
    void end_input() override {}
    void resize(const pty::WindowSize& /*size*/) override {}
    Output output() override;
    void consumed(wire::Stream /*stream*/, size_t bytes) override { sent_ += bytes; }
    std::optional<wire::Stream> take_end() override { return std::nullopt; }
    void exited(const wire::Exit& /*exit*/) override {}
    std::optional<wire::Exit> finished() override;
    void close() override {}

private:
    std::string content_;
    size_t sent_ = 0;
};

} // namespace worker
