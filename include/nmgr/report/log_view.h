// Output of many tasks as one text: whole lines, in the order in which they came, each behind the
// name of who wrote it; or a JSON object a line.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/report/reporter.h"
#include "nmgr/report/shape.h"

namespace nmgr::report {

// Who writes.
struct LogOrigin {
  std::string label;  // in front of its lines; "" where all lines are one's
  std::string job;
  std::string name_space;
  std::string group;
  std::string task;
  std::string allocation;
  std::string node;
  bool is_error = false;  // stderr
};

// What -o json prints for each line.
const JsonShape& LogLineShape();

// All functions may be called from several threads at once.
class LogView {
 public:
  // `wanted`: which lines are shown; null: all. Neither is owned.
  LogView(Reporter& out, std::function<bool(std::string_view line)> wanted)
      : out_(out), wanted_(std::move(wanted)) {}

  // Lines of `bytes` that are whole now, with what was kept of the piece before. What has no end
  // yet waits for it, up to 64 KiB.
  void Write(const LogOrigin& origin, std::string_view bytes);
  // Its last line has come to an end, whether it says so or not.
  void End(const LogOrigin& origin);

 private:
  void Show(const LogOrigin& origin, std::string_view line);
  Style StyleOf(const std::string& label);

  Reporter& out_;
  const std::function<bool(std::string_view line)> wanted_;
  std::mutex mutex_;
  std::map<std::string, std::string> begun_;  // by allocation, task and stream
  std::map<std::string, Style> styles_;       // by label
};

}  // namespace nmgr::report
