#include "router/worker/session.hpp"

namespace worker {

void Session::show_to(const std::shared_ptr<Viewer>& viewer) {
    viewer_ = viewer;
    if (viewer->size)
        resize(*viewer->size);
    if (!viewer->unsent.empty())
        input(*viewer, {});
    if (viewer->input_ended)
        end_input(*viewer);
}

} // namespace worker
