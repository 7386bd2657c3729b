#include "nmgr/base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <memory>

namespace nmgr {
namespace {

std::atomic<LogLevel> minimum_level{LogLevel::kWarning};

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

void LogMessage(LogLevel level, std::string_view message) {
  if (!LogEnabled(level)) return;
  constexpr spdlog::level::level_enum kLevels[] = {spdlog::level::debug, spdlog::level::info,
                                                   spdlog::level::warn};
  Logger().log(kLevels[static_cast<int>(level)], message);
}

}  // namespace nmgr
