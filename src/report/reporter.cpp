#include "nmgr/report/reporter.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>

#include "nmgr/base/secrets.h"
#include "nmgr/base/terminal.h"
#include "nmgr/base/text.h"
#include "nmgr/report/cells.h"
#include "nmgr/report/diagnostics.h"
#include "style.h"

namespace nmgr::report {
namespace {

constexpr int kDefaultWidth = 80;
constexpr int kLeastTerminalWidth = 40;
constexpr int kMostWidth = 120;

// Members of our documents that say in words what happened, also in words of a server.
bool IsMessage(std::string_view key) {
  constexpr std::array<std::string_view, 15> kKeys = {
      "error",    "message",     "hint",   "summary",  "detail",
      "details",  "description", "reason", "reasons",  "notice",
      "warnings", "plan_error",  "output", "problems", "failed_placements"};
  return std::find(kKeys.begin(), kKeys.end(), key) != kKeys.end();
}

class Stream;

// What is held back from terminals, in its order.
struct Held {
  Stream* stream;
  std::string text;
};

// One of the two output streams.
class Stream {
 public:
  Stream(int fd, const ReporterOptions& options) : fd_(fd), terminal_(IsTerminal(fd)) {
    color_ = options.color == ColorMode::kAlways ||
             (options.color == ColorMode::kAuto && terminal_ && !options.no_color);
  }

  void Write(std::string_view text) {
    if (held_ != nullptr) {
      held_->push_back({this, std::string(text)});
      return;
    }
    while (!text.empty() && !failed_ && !closed_) {
      const ssize_t written = write(fd_, text.data(), text.size());
      if (written >= 0) {
        text.remove_prefix(static_cast<std::size_t>(written));
      } else if (errno == EPIPE) {
        closed_ = true;
      } else if (errno != EINTR) {
        failed_ = true;
      }
    }
  }

  std::string Paint(Style style, std::string_view text) const {
    return color_ ? Styled(style, text) : std::string(text);
  }

  int columns() const {
    const std::optional<TerminalSize> size = SizeOf(fd_);
    return size ? size->columns : kDefaultWidth;
  }

  int width() const { return std::clamp(columns(), kLeastTerminalWidth, kMostWidth); }

  bool ReaderGone() const {
    pollfd reader{fd_, 0, 0};
    return closed_ ||
           (::poll(&reader, 1, 0) > 0 && (reader.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0);
  }

  int rows() const {
    const std::optional<TerminalSize> size = SizeOf(fd_);
    return size ? size->rows : 24;
  }

  // Whether both lead to the same file, pipe or terminal.
  bool IsSameAs(const Stream& other) const {
    struct stat mine {};
    struct stat its {};
    if (::fstat(fd_, &mine) != 0 || ::fstat(other.fd_, &its) != 0) return false;
    return mine.st_dev == its.st_dev && mine.st_ino == its.st_ino;
  }

  // A terminal's writes go there until it is given null.
  void HoldIn(std::vector<Held>* held) {
    if (terminal_) held_ = held;
  }

  // By who draws.
  void Draw(std::string_view text) {
    std::vector<Held>* const held = std::exchange(held_, nullptr);
    Write(text);
    held_ = held;
  }

  int fd() const { return fd_; }
  bool terminal() const { return terminal_; }
  bool failed() const { return failed_; }

 private:
  int fd_;
  bool terminal_;
  std::vector<Held>* held_ = nullptr;  // not owned
  bool color_ = false;
  std::atomic<bool> failed_ = false;
  std::atomic<bool> closed_ = false;  // the reader went away
};

class StreamReporter final : public Reporter {
 public:
  explicit StreamReporter(const ReporterOptions& options)
      : options_(options), out_(options.out, options), err_(options.err, options) {}

  void Line(std::string_view text) override {
    if (!has_other_form()) WriteLine(out_, "", text);
  }

  void Lines(const std::vector<std::string>& texts) override {
    if (has_other_form()) return;
    std::string lines;
    for (const std::string& text : texts) lines += LineOf("", text);
    const std::lock_guard lock(mutex_);
    out_.Write(lines);
  }

  void Raw(std::string_view text) override {
    if (findings() && options_.findings_are_result) return;
    const std::lock_guard lock(mutex_);
    out_.Write(out_.terminal() ? Sanitize(text, "\n\t") : Unmarked(text));
  }

  void Bytes(std::string_view bytes, bool to_err) override {
    const std::lock_guard lock(mutex_);
    (to_err ? err_ : out_).Write(bytes);
  }

  void Json(nlohmann::json document) override {
    if (json()) document_ = std::move(document);
  }

  void JsonLine(nlohmann::json document) override {
    if (json()) WriteJson(std::move(document), -1);
  }

  void JsonText(std::string_view document) override {
    if (!json()) return;
    const std::lock_guard lock(mutex_);
    has_text_ = true;
    out_.Write(EscapeInJson(document));
  }

  void Finish(int exit_code) override {
    if (!json() || (has_text_ && !options_.events)) return;
    if (document_.is_null()) {
      document_["error"] = error_ ? ToJson(*error_) : nlohmann::json();
      if (!diagnostics_.empty()) document_["diagnostics"] = ToJson(diagnostics_);
    }
    document_["exit_code"] = exit_code;
    if (options_.events) document_["type"] = "summary";
    WriteJson(std::move(document_), options_.events ? -1 : 2);
  }

  void Progress(std::string_view text) override {
    if (!options_.quiet) WriteLine(err_, "", Hide(text));
  }

  void Notice(std::string_view text) override {
    if (!options_.quiet) WriteLine(err_, "", Hide(text));
  }

  void Warning(std::string_view text) override {
    if (options_.output == Output::kGithub)
      return Found({Weight::kWarning, "", 1, 1, std::string(text)});
    WriteLine(err_, err_.Paint(Style::kYellow, "warning:") + " ", Hide(text));
  }

  void Error(const nmgr::Error& error) override {
    const nmgr::Error shown{error.code, Hide(error.message), Hide(error.hint)};
    std::string text = shown.message;
    if (!shown.hint.empty()) text += "\n" + shown.hint;
    if (options_.output == Output::kGithub) return Found({Weight::kError, "", 1, 1, text});
    WriteLine(err_, err_.Paint(Style::kRed, "error:") + " ", text);
    const std::lock_guard lock(mutex_);
    if (json() && !error_) error_ = shown;
  }

  void Diagnostics(const hcl::Diagnostics& diagnostics) override {
    std::string text;
    for (hcl::Diagnostic diagnostic : diagnostics.items()) {
      if (findings()) {
        Found(ToFinding(diagnostic));
        continue;
      }
      diagnostic.summary = Hide(diagnostic.summary);
      diagnostic.detail = Hide(diagnostic.detail);
      text += Renamed(RenderDiagnostic(diagnostic, ErrPainter(*this), err_.width())) + "\n";
    }
    if (diagnostics.dropped() != 0) {
      text += fmt::format("{} more like these are not shown.\n", diagnostics.dropped());
    }
    const std::lock_guard lock(mutex_);
    err_.Write(Sanitize(text, "\n\t"));
    if (json()) diagnostics_.Append(diagnostics);
  }

  void Found(const Finding& finding) override {
    if (!findings()) return;
    Finding shown = finding;
    shown.text = Hide(finding.text);
    WriteLine(options_.findings_are_result ? out_ : err_, "",
              options_.output == Output::kLines ? FindingLine(shown) : FindingAnnotation(shown));
  }

  void Prompt(std::string_view text) override {
    const std::lock_guard lock(mutex_);
    err_.Write(Sanitize(Hide(text), "\n"));
  }

  std::string Hide(std::string_view text) const override {
    const std::string shown = HideUserInfo(text);
    return Renamed(options_.redactor == nullptr ? shown : options_.redactor->HideValues(shown));
  }

  void ShowAs(const std::string& name, const Path& path) override {
    const std::lock_guard lock(names_mutex_);
    names_[name] = path + "/";
  }

  bool json() const override { return options_.output == Output::kJson; }
  bool findings() const override {
    return options_.output == Output::kLines || options_.output == Output::kGithub;
  }
  std::string OnOut(Style style, std::string_view text) const override {
    return out_.Paint(style, text);
  }
  std::string OnErr(Style style, std::string_view text) const override {
    return err_.Paint(style, text);
  }
  std::unique_ptr<Screen> OpenScreen() override;
  std::unique_ptr<Screen> OpenProgressScreen() override;
  bool CanShowProgress() const override {
    return err_.terminal() && !options_.quiet && !options_.dumb && !options_.lines_only;
  }
  int width() const override { return out_.width(); }
  int table_width() const override { return out_.terminal() ? out_.columns() : 0; }
  bool progress_beside_result() const override { return !options_.quiet && out_.IsSameAs(err_); }

  bool ReaderGone() const override { return out_.ReaderGone(); }

  bool Failed() const override { return out_.failed(); }

 private:
  bool has_other_form() const { return json() || (findings() && options_.findings_are_result); }

  std::string Renamed(std::string text) const {
    const std::lock_guard lock(names_mutex_);
    for (const auto& [name, path] : names_) text = ReplaceAll(std::move(text), path, name);
    return text;
  }

  static std::string LineOf(const std::string& label, std::string_view text) {
    std::string line;
    if (text.ends_with('\n')) text.remove_suffix(1);
    const std::string clean = Sanitize(label + std::string(text), "\n\t");
    for (const char c : clean) {
      line += c;
      if (c == '\n') line += "  ";
    }
    line += '\n';
    return line;
  }

  void WriteLine(Stream& stream, const std::string& label, std::string_view text) {
    const std::string line = LineOf(label, text);
    const std::lock_guard lock(mutex_);
    if (message_line_ && &stream == &err_ && err_.terminal()) {
      screen_message_ = line.substr(0, line.find('\n'));
      out_.Write(LastLine());
    } else {
      stream.Write(line);
    }
  }

  // Of the screen, with what was said last.
  std::string LastLine() const {
    return fmt::format("\x1b[{};1H{}\x1b[K", out_.rows(),
                       WithinColumns(screen_message_, out_.columns()));
  }

  // A line that may be styled, cropped where it is too wide.
  static std::string WithinColumns(const std::string& line, int columns) {
    const std::string text = WithoutStyles(line);
    return DisplayWidth(text) <= columns ? line : CropEnd(text, columns);
  }

  class StreamScreen;

  // Hide for the strings of a document that are messages; `message`: all of them are.
  void HideInJson(nlohmann::json& value, bool message) const {
    if (value.is_string() && message) value = Hide(value.get<std::string>());
    if (!value.is_structured()) return;
    for (auto& [key, inner] : value.items()) {
      HideInJson(inner, message || (value.is_object() && IsMessage(key)));
    }
  }

  void WriteJson(nlohmann::json document, int indent) {
    HideInJson(document, false);
    JsonText(document.dump(indent, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
  }

  const ReporterOptions options_;
  nlohmann::json document_;
  bool has_text_ = false;      // a document, or part of one, has been written
  bool message_line_ = false;  // a screen is open that has one
  std::string screen_message_;
  std::optional<nmgr::Error> error_;  // the first, where JSON is wanted
  hcl::Diagnostics diagnostics_;
  mutable std::mutex names_mutex_;
  std::map<std::string, Path> names_;  // ShowAs, each path with its slash
  mutable std::mutex mutex_;
  Stream out_;
  Stream err_;
};

// Of a result, with a line for messages below; or of progress, with what is held back below.
class StreamReporter::StreamScreen final : public Screen {
 public:
  enum class For { kResult, kProgress };

  StreamScreen(StreamReporter& reporter, For what)
      : reporter_(reporter),
        stream_(what == For::kResult ? reporter.out_ : reporter.err_),
        screen_(std::in_place, stream_.fd()) {
    const std::lock_guard lock(reporter_.mutex_);
    reporter_.message_line_ = what == For::kResult;
    if (what == For::kProgress) Hold(&held_);
  }

  ~StreamScreen() override {
    const std::lock_guard lock(reporter_.mutex_);
    screen_.reset();
    reporter_.message_line_ = false;
    reporter_.screen_message_.clear();
    Hold(nullptr);
    for (const Held& held : held_) held.stream->Write(held.text);
  }

  void Show(const std::vector<std::string>& lines) override {
    const std::lock_guard lock(reporter_.mutex_);
    if (!IsOpen()) return;
    reporter_.screen_message_.clear();
    const auto room = static_cast<std::size_t>(std::max(2, stream_.rows())) - 1;
    const bool all = lines.size() <= room;
    std::string text = "\x1b[H";
    for (std::size_t i = 0; i < (all ? lines.size() : room - 1); ++i) {
      text += Row(Sanitize(lines[i], ""));
    }
    if (!all) text += Row(fmt::format("and {} more lines", lines.size() - room + 1));
    if (lines.size() + 2 <= room) text += HeldRows(room - lines.size() - 1);
    stream_.Draw(text + "\x1b[J");
  }

  int columns() const override { return stream_.columns(); }
  bool IsOpen() const override { return FullScreen::IsTaken(); }

 private:
  void Hold(std::vector<Held>* held) {
    reporter_.out_.HoldIn(held);
    reporter_.err_.HoldIn(held);
  }

  // Behind the last column a terminal would erase what stands in it.
  std::string Row(const std::string& line) const {
    const std::string shown = WithinColumns(line, stream_.columns());
    const bool is_full = DisplayWidth(WithoutStyles(shown)) >= stream_.columns();
    return shown + (is_full ? "\r\n" : "\x1b[K\r\n");
  }

  // The last of what is held back, behind an empty line.
  std::string HeldRows(std::size_t most) const {
    std::vector<std::string> rows;
    for (auto held = held_.rbegin(); held != held_.rend() && rows.size() < most; ++held) {
      std::string_view text = held->text;
      if (text.ends_with('\n')) text.remove_suffix(1);
      const std::vector<std::string_view> lines = Split(text, '\n');
      for (auto line = lines.rbegin(); line != lines.rend() && rows.size() < most; ++line) {
        std::string row(*line);
        std::replace(row.begin(), row.end(), '\t', ' ');
        rows.push_back(Row(row));
      }
    }
    if (rows.empty()) return {};
    std::string text = Row("");
    for (auto row = rows.rbegin(); row != rows.rend(); ++row) text += *row;
    return text;
  }

  StreamReporter& reporter_;
  Stream& stream_;
  std::vector<Held> held_;
  std::optional<FullScreen> screen_;
};

std::unique_ptr<Screen> StreamReporter::OpenScreen() {
  if (json() || options_.dumb || !out_.terminal() || IsInBackground(out_.fd())) return nullptr;
  return std::make_unique<StreamScreen>(*this, StreamScreen::For::kResult);
}

std::unique_ptr<Screen> StreamReporter::OpenProgressScreen() {
  if (!CanShowProgress() || IsInBackground(err_.fd())) return nullptr;
  return std::make_unique<StreamScreen>(*this, StreamScreen::For::kProgress);
}

}  // namespace

Painter OutPainter(const Reporter& reporter) {
  return [&reporter](Style style, std::string_view text) { return reporter.OnOut(style, text); };
}

Painter ErrPainter(const Reporter& reporter) {
  return [&reporter](Style style, std::string_view text) { return reporter.OnErr(style, text); };
}

std::unique_ptr<Reporter> MakeReporter(const ReporterOptions& options) {
  return std::make_unique<StreamReporter>(options);
}

}  // namespace nmgr::report
