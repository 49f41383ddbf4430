#include "router/worker/session.hpp"

namespace worker {

void Session::show_to(const std::shared_ptr<Viewer>& viewer) {
    viewer_ = viewer;
    if (viewer->size)
        resize(*viewer->size);
    if (!viewer->unsent.empty())
        write_unsent();
    if (viewer->input_ended)
        end_input(*viewer);
}

void Session::input(Viewer& viewer, std::span<const char> bytes) {
    size_t written = viewer.unsent.empty() ? write(bytes) : 0; // what waits goes first
    bytes = bytes.subspan(written);
    viewer.unsent.append(bytes.data(), bytes.size());
    taken(viewer, written);
}

void Session::write_unsent() {
    auto viewer = this->viewer();
    if (!viewer)
        return;
    size_t written = write(viewer->unsent);
    viewer->unsent.erase(0, written);
    taken(*viewer, written);
}

} // namespace worker
