#include "nmgr/report/recorder.h"

#include <utility>

#include "nmgr/base/text.h"
#include "nmgr/report/diagnostics.h"

namespace nmgr::report {

void Recorder::Line(std::string_view text) { Lines({std::string(text)}); }

void Recorder::Lines(const std::vector<std::string>& texts) {
  if (json()) return;
  const std::lock_guard lock(mutex_);
  lines_.insert(lines_.end(), texts.begin(), texts.end());
}

void Recorder::Raw(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  for (const std::string_view line : Split(text, '\n')) Line(line);
}

void Recorder::Bytes(std::string_view bytes, bool to_err) {
  if (!to_err) Raw(bytes);
}

void Recorder::Json(nlohmann::json document) {
  const std::lock_guard lock(mutex_);
  document_ = std::move(document);
}

// Goes by, and is of no interest in what is shown again and again.
void Recorder::Progress(std::string_view) {}
void Recorder::Prompt(std::string_view) {}

void Recorder::Notice(std::string_view text) {
  Keep({Hide(text), true, [text = std::string(text)](Reporter& out) { out.Notice(text); }});
}

void Recorder::Warning(std::string_view text) {
  Keep({OnErr(Style::kYellow, "warning:") + " " + Hide(text), false,
        [text = std::string(text)](Reporter& out) { out.Warning(text); }});
}

void Recorder::Error(const nmgr::Error& error) {
  std::string text = OnErr(Style::kRed, "error:") + " " + Hide(error.message);
  if (!error.hint.empty()) text += "\n  " + Hide(error.hint);
  Keep({std::move(text), false, [error](Reporter& out) { out.Error(error); }});
}

void Recorder::Diagnostics(const hcl::Diagnostics& diagnostics) {
  std::string text;
  for (hcl::Diagnostic diagnostic : diagnostics.items()) {
    diagnostic.summary = Hide(diagnostic.summary);
    diagnostic.detail = Hide(diagnostic.detail);
    text += RenderDiagnostic(diagnostic, ErrPainter(*this), width()) + "\n";
  }
  if (text.empty()) return;
  Keep({std::move(text), false, [diagnostics](Reporter& out) { out.Diagnostics(diagnostics); }});
}

void Recorder::Found(const Finding& finding) {
  Keep({Hide(finding.text), false, [finding](Reporter& out) { out.Found(finding); }});
}

void Recorder::Keep(Message message) {
  const std::lock_guard lock(mutex_);
  messages_.push_back(std::move(message));
}

void ShowAgain(Reporter& out, std::vector<std::string> lines, bool apart) {
  if (apart) lines.insert(lines.begin(), "");
  out.Lines(lines);
}

void ShowAgain(Reporter& out, nlohmann::json document, int exit_code) {
  document["exit_code"] = exit_code;
  out.JsonLine(std::move(document));
}

}  // namespace nmgr::report
