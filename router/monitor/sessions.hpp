// The sessions: their names, the list that `jconsole sessions` shows, and the records by which the next
// router ends what this one would leave.
#pragma once

#include "jailcore/contract/record.hpp"
#include "router/monitor/session.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace monitor {

class Sessions {
public:
    // `state`: the directory to keep records in; it must outlive this.
    explicit Sessions(int state) : state_(state) {}

    Session& add();
    void drop(uint32_t number);
    // Null: there is none.
    [[nodiscard]] Session* find(uint32_t number) const;
    [[nodiscard]] Session* find(uint32_t number, wire::Principal owner) const;
    [[nodiscard]] const std::map<uint32_t, std::unique_ptr<Session>>& all() const { return sessions_; }
    [[nodiscard]] bool empty() const { return sessions_.empty(); }
    // Some of them, each of which may then be dropped.
    [[nodiscard]] std::vector<Session*> those(const std::function<bool(const Session&)>& which) const;

    // Gives it a name that no other has had since this router began: whoever wrote it down does not come upon
    // somebody else's session.
    void name(Session& console);

    // Consoles that have been opened, until their leaders have ended; a sealed memfd. Throws pty::StepError.
    [[nodiscard]] pty::UniqueFd snapshot() const;

    // For the next router, which would have to end it.
    void record(const Session& console) const;
    void forget_record(const Session& session) const;
    // Those of an earlier router, whose terminals went with it. What did not mind the hang-up is ended here.
    void end_recorded() const;

private:
    int state_;
    uint32_t last_number_ = 0;
    std::map<uint32_t, std::unique_ptr<Session>> sessions_;
    std::map<std::string, uint32_t, std::less<>> last_places_; // of each jail that had a console
};

} // namespace monitor
