// A look at a session with a terminal: the end of its output, as the output of a session that is over at
// once. It takes no part in the session that it looks at, and its viewer is a watcher.
#pragma once

#include "router/worker/session.hpp"

#include <string>

namespace worker {

class PeekSession final : public Session {
public:
    explicit PeekSession(std::string content) : content_(std::move(content)) {}

    void start() override {}
    void end_input(Viewer& /*viewer*/) override {}
    void resize(const pty::WindowSize& /*size*/) override {}
    Output output(const Viewer& viewer, const Credit& credit) override;
    void consumed(Viewer& viewer, wire::Stream /*stream*/, size_t bytes) override { viewer.cursor += bytes; }
    std::optional<wire::Stream> take_end() override { return std::nullopt; }
    void exited(const wire::Exit& /*exit*/) override {}
    std::optional<wire::Exit> finished(const Viewer& viewer) override;
    void close() override {}

private:
    // Of watchers none comes.
    size_t write(std::span<const char> bytes) override { return bytes.size(); }
    void taken(Viewer& /*viewer*/, size_t /*bytes*/) override {}

    std::string content_;
};

} // namespace worker
