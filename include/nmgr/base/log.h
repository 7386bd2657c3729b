// The log is for finding out what nmgr did (`-v`): requests with their status and time, files read,
// decisions. It goes to stderr. What a user needs to know goes through report::Reporter instead.
// Never log a token, an env value, a template's content or a request body.
#pragma once

#include <fmt/format.h>

#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace nmgr {

enum class LogLevel { kDebug, kInfo, kWarning };

// Messages below `level` are dropped; the default is kWarning. Safe to call from any thread.
void SetLogLevel(LogLevel level);
bool LogEnabled(LogLevel level);
// What every message passes before it is written: hides the secrets of the run. To be set before
// other threads log.
void SetLogFilter(std::function<std::string(std::string_view)> filter);
void LogMessage(LogLevel level, std::string_view message);

template <class... Args>
void LogDebug(fmt::format_string<Args...> format, Args&&... args) {
  if (LogEnabled(LogLevel::kDebug)) {
    LogMessage(LogLevel::kDebug, fmt::format(format, std::forward<Args>(args)...));
  }
}

}  // namespace nmgr
