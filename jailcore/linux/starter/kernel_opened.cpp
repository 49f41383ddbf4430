#include "jailcore/linux/starter/kernel_opened.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace jailcore {
namespace {

// The end of the layer that begins at `begin`: a colon with a backslash before it belongs to its name
// (Documentation/filesystems/overlayfs.rst).
size_t end_of_layer(const std::string& layers, size_t begin) {
    size_t end = begin;
    while (end < layers.size() && layers[end] != ':')
        end += layers[end] == '\\' ? size_t{2} : size_t{1};
    return std::min(end, layers.size());
}

std::string without_backslashes(const std::string& layer) {
    std::string name;
    for (size_t i = 0; i < layer.size(); ++i) {
        if (layer[i] == '\\' && i + 1 < layer.size())
            ++i;
        name += layer[i];
    }
    return name;
}

} // namespace

KernelOpened::KernelOpened(const PlannedMount& mount, const HostPaths& host)
    : source(held(mount.source, host)), options(mount.options) {
    for (std::string& option : options)
        if (size_t value = option.find('=') + 1; value != 0)
            option = option.substr(0, value) + held_all(option.substr(value), host);
}

std::string KernelOpened::held(const std::string& path, const HostPaths& host) {
    auto found = path.starts_with('/') ? host.open_in_tree(path) : std::nullopt;
    if (!found)
        return path;
    held_.push_back(std::move(*found));
    return "/proc/self/fd/" + std::to_string(held_.back().get());
}

std::string KernelOpened::held_all(const std::string& paths, const HostPaths& host) {
    std::string all;
    for (size_t begin = 0; begin < paths.size();) {
        size_t end = end_of_layer(paths, begin);
        std::string layer = paths.substr(begin, end - begin);
        std::string name = held(without_backslashes(layer), host);
        all += name.starts_with("/proc/self/fd/") ? name : layer;
        if (end < paths.size())
            all += ':';
        begin = end + 1;
    }
    return all;
}

} // namespace jailcore
