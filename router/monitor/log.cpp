#include "router/monitor/log.hpp"

#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/spdlog.h>

#include <memory>

namespace monitor::log {

void to_file(const std::string& path) {
    auto sink = std::make_shared<spdlog::sinks::rotating_file_sink_st>(path, size_t{1} << 20, 1);
    auto logger = std::make_shared<spdlog::logger>("jrouterd", sink);
    logger->set_level(spdlog::get_level()); // not of its own accord
    spdlog::set_default_logger(logger);
    spdlog::flush_on(spdlog::level::debug);
}

void show_debug() {
    spdlog::set_level(spdlog::level::debug);
}

void debug(std::string_view line) {
    spdlog::debug(line);
}

void info(std::string_view line) {
    spdlog::info(line);
}

void warn(std::string_view line) {
    spdlog::warn(line);
}

void error(std::string_view line) {
    spdlog::error(line);
}

} // namespace monitor::log
