// What a run would show, kept instead: for who shows it again and again (`--watch`), compares it
// with what stands there, and decides where it goes.
#pragma once

#include <functional>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/report/reporter.h"

namespace nmgr::report {

// Takes all that would go to stdout and stderr. Widths and colours are those of `shown`.
class Recorder final : public Reporter {
 public:
  explicit Recorder(const Reporter& shown) : shown_(shown) {}

  // Of stdout, a line each, and the JSON document, in text mode too (null: none).
  const std::vector<std::string>& lines() const { return lines_; }
  const nlohmann::json& document() const { return document_; }
  // Of stderr, in their order: notices and what is worse.
  struct Message {
    std::string text;  // with its label, styled
    bool is_notice = false;
    std::function<void(Reporter& out)> tell;  // as it was told here
  };
  const std::vector<Message>& messages() const { return messages_; }

  void Line(std::string_view text) override;
  void Lines(const std::vector<std::string>& texts) override;
  void Raw(std::string_view text) override;
  void Bytes(std::string_view bytes, bool to_err) override;
  void Json(nlohmann::json document) override;
  void Progress(std::string_view text) override;
  void Notice(std::string_view text) override;
  void Warning(std::string_view text) override;
  void Error(const nmgr::Error& error) override;
  void Diagnostics(const hcl::Diagnostics& diagnostics) override;
  void Found(const Finding& finding) override;
  void Prompt(std::string_view text) override;

  std::string Hide(std::string_view text) const override { return shown_.Hide(text); }

  bool json() const override { return shown_.json(); }
  bool findings() const override { return shown_.findings(); }
  std::string OnOut(Style style, std::string_view text) const override {
    return shown_.OnOut(style, text);
  }
  std::string OnErr(Style style, std::string_view text) const override {
    return shown_.OnErr(style, text);
  }
  int width() const override { return shown_.width(); }
  int table_width() const override { return shown_.table_width(); }

 private:
  void Keep(Message message);

  const Reporter& shown_;
  std::mutex mutex_;
  std::vector<std::string> lines_;
  std::vector<Message> messages_;
  nlohmann::json document_;
};

// What was kept, now. `apart`: a blank line keeps it from what was shown before. A document is one
// of many, with the exit code of its look.
void ShowAgain(Reporter& out, std::vector<std::string> lines, bool apart);
void ShowAgain(Reporter& out, nlohmann::json document, int exit_code);

}  // namespace nmgr::report
