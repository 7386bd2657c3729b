#include "nmgr/base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <memory>
#include <utility>

#include "nmgr/base/text.h"

namespace nmgr {
namespace {

std::atomic<LogLevel> minimum_level{LogLevel::kWarning};

std::function<std::string(std::string_view)>& Filter() {
  static std::function<std::string(std::string_view)> filter;
  return filter;
}

spdlog::logger& Logger() {
  static const std::shared_ptr<spdlog::logger> logger = [] {
    auto made =
        std::make_shared<spdlog::logger>("nmgr", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("nmgr: %v");
    made->set_level(spdlog::level::debug);
    made->flush_on(spdlog::level::debug);
    return made;
  }();
  return *logger;
}

}  // namespace

void SetLogLevel(LogLevel level) { minimum_level = level; }

bool LogEnabled(LogLevel level) { return level >= minimum_level.load(std::memory_order_relaxed); }

void SetLogFilter(std::function<std::string(std::string_view)> filter) {
  Filter() = std::move(filter);
}

void LogMessage(LogLevel level, std::string_view message) {
  if (!LogEnabled(level)) return;
  const std::string shown = EscapeControls(Filter() ? Filter()(message) : std::string(message));
  constexpr spdlog::level::level_enum kLevels[] = {spdlog::level::debug, spdlog::level::info,
                                                   spdlog::level::warn};
  Logger().log(kLevels[static_cast<int>(level)], shown);
}

}  // namespace nmgr
