#include "nmgr/report/log_view.h"

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

namespace nmgr::report {
namespace {

constexpr std::size_t kLongestLine = 64U << 10U;

std::string OriginKey(const LogOrigin& origin) {
  return origin.allocation + "\n" + origin.task + (origin.is_error ? "\nstderr" : "\nstdout");
}

std::string JsonLine(const LogOrigin& origin, std::string_view line) {
  const nlohmann::json object = {{"job", origin.job},
                                 {"namespace", origin.name_space},
                                 {"group", origin.group},
                                 {"task", origin.task},
                                 {"allocation", origin.allocation},
                                 {"node", origin.node},
                                 {"stream", origin.is_error ? "stderr" : "stdout"},
                                 {"line", line}};
  return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace

const JsonShape& LogLineShape() {
  static const JsonShape kShape = {
      .fields = {shape::Text("job", "its ID"), shape::Text("namespace", "where it is"),
                 shape::Text("group", "that of the task"), shape::Text("task", "its name"),
                 shape::Text("allocation", "its ID"), shape::Text("node", "its name"),
                 shape::Text("stream", "stdout or stderr"), shape::Text("line", "what it wrote")},
      .form = JsonForm::kLines};
  return kShape;
}

void LogView::Write(const LogOrigin& origin, std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  std::string& begun = begun_[OriginKey(origin)];
  for (std::size_t end = bytes.find('\n'); end != std::string_view::npos; end = bytes.find('\n')) {
    begun += bytes.substr(0, end);
    bytes.remove_prefix(end + 1);
    Show(origin, std::exchange(begun, {}));
  }
  begun += bytes;
  if (begun.size() > kLongestLine) Show(origin, std::exchange(begun, {}));
}

void LogView::End(const LogOrigin& origin) {
  const std::lock_guard lock(mutex_);
  const auto begun = begun_.find(OriginKey(origin));
  if (begun == begun_.end()) return;
  if (!begun->second.empty()) Show(origin, begun->second);
  begun_.erase(begun);
}

void LogView::Show(const LogOrigin& origin, std::string_view line) {
  std::string_view text = line;
  if (text.ends_with('\r')) text.remove_suffix(1);
  if (wanted_ && !wanted_(text)) return;
  if (out_.json()) return out_.JsonText(JsonLine(origin, text));
  // A file gets what the task wrote; on a terminal the \r of its line ends would be shown.
  if (origin.label.empty() && out_.table_width() == 0) text = line;
  std::string label;
  if (!origin.label.empty()) {
    label = out_.OnOut(StyleOf(origin.label), origin.label) + (origin.is_error ? " ! " : " | ");
  }
  out_.Raw(label + std::string(text) + "\n");
}

// In the order in which they first write.
Style LogView::StyleOf(const std::string& label) {
  constexpr std::array kStyles = {Style::kCyan, Style::kGreen, Style::kYellow, Style::kBlue};
  const auto next = kStyles[styles_.size() % kStyles.size()];
  return styles_.try_emplace(label, next).first->second;
}

}  // namespace nmgr::report
