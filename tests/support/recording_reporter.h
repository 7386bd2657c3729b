// A Reporter that keeps what it is told, for tests of what an action says.
//
//   RecordingReporter out;
//   ... run ...
//   CHECK(out.Out() == "web\n");
//   CHECK(out.Has(out.errors, "no such job"));
//
// Colour is off, so OnOut and OnErr give the text itself. May be used from several threads; the
// members are to be read when they are done.
#pragma once

#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/report/reporter.h"

namespace nmgr::testing {

class RecordingReporter final : public report::Reporter {
 public:
  explicit RecordingReporter(report::Output output = report::Output::kText) : output_(output) {}

  std::vector<std::string> lines;
  std::string raw;
  std::vector<nlohmann::json> documents;
  std::vector<std::string> progress;
  std::vector<std::string> notices;
  std::vector<std::string> warnings;
  std::vector<std::string> errors;  // message, and after a line break the hint
  std::vector<nmgr::Error> error_objects;
  std::vector<hcl::Diagnostic> diagnostics;

  // Lines and raw text as they would stand on stdout, in order.
  const std::string& Out() const { return out_; }

  static bool Has(const std::vector<std::string>& texts, std::string_view part) {
    for (const std::string& text : texts) {
      if (text.find(part) != std::string::npos) return true;
    }
    return false;
  }

  void Line(std::string_view text) override {
    const std::lock_guard lock(mutex_);
    if (json()) return;
    lines.emplace_back(text);
    out_.append(text).append("\n");
  }
  void Raw(std::string_view text) override {
    const std::lock_guard lock(mutex_);
    raw += text;
    out_ += text;
  }
  void Json(const nlohmann::json& document) override {
    const std::lock_guard lock(mutex_);
    if (json()) documents.push_back(document);
  }
  void Progress(std::string_view text) override { Keep(progress, text); }
  void Notice(std::string_view text) override { Keep(notices, text); }
  void Warning(std::string_view text) override { Keep(warnings, text); }
  void Error(const nmgr::Error& error) override {
    Keep(errors, error.hint.empty() ? error.message : error.message + "\n" + error.hint);
    const std::lock_guard lock(mutex_);
    error_objects.push_back(error);
  }
  void Diagnostics(const hcl::Diagnostics& list) override {
    const std::lock_guard lock(mutex_);
    diagnostics.insert(diagnostics.end(), list.items().begin(), list.items().end());
  }

  bool json() const override { return output_ == report::Output::kJson; }
  std::string OnOut(report::Style, std::string_view text) const override {
    return std::string(text);
  }
  std::string OnErr(report::Style, std::string_view text) const override {
    return std::string(text);
  }

 private:
  void Keep(std::vector<std::string>& where, std::string_view text) {
    const std::lock_guard lock(mutex_);
    where.emplace_back(text);
  }

  const report::Output output_;
  std::mutex mutex_;
  std::string out_;
};

}  // namespace nmgr::testing
