#include "nmgr/report/reporter.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <nlohmann/json.hpp>

#include "nmgr/base/text.h"
#include "nmgr/report/diagnostics.h"
#include "style.h"

namespace nmgr::report {
namespace {

constexpr int kDefaultWidth = 80;
constexpr int kLeastWidth = 40;
constexpr int kMostWidth = 120;

// One of the two output streams.
class Stream {
 public:
  Stream(int fd, const ReporterOptions& options) : fd_(fd), terminal_(isatty(fd) == 1) {
    color_ = options.color == ColorMode::kAlways ||
             (options.color == ColorMode::kAuto && terminal_ && !options.no_color);
  }

  void Write(std::string_view text) {
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

  int width() const {
    winsize size{};
    if (!terminal_ || ioctl(fd_, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kDefaultWidth;
    return std::clamp<int>(size.ws_col, kLeastWidth, kMostWidth);
  }

  bool terminal() const { return terminal_; }
  bool color() const { return color_; }
  bool failed() const { return failed_; }

 private:
  int fd_;
  bool terminal_;
  bool color_ = false;
  bool failed_ = false;
  bool closed_ = false;  // the reader went away
};

class StreamReporter final : public Reporter {
 public:
  explicit StreamReporter(const ReporterOptions& options)
      : options_(options), out_(options.out, options), err_(options.err, options) {}

  void Line(std::string_view text) override {
    if (!json()) WriteLine(out_, "", text);
  }

  void Raw(std::string_view text) override {
    const std::lock_guard lock(mutex_);
    if (out_.terminal()) {
      out_.Write(Sanitize(text, out_.color(), "\n\t"));
    } else {
      out_.Write(text);
    }
  }

  void Json(const nlohmann::json& document) override {
    if (!json()) return;
    const std::lock_guard lock(mutex_);
    out_.Write(document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
  }

  void Progress(std::string_view text) override {
    if (!options_.quiet) WriteLine(err_, "", text);
  }

  void Notice(std::string_view text) override {
    if (!options_.quiet) WriteLine(err_, "", text);
  }

  void Warning(std::string_view text) override {
    WriteLine(err_, err_.Paint(Style::kYellow, "warning:") + " ", text);
  }

  void Error(const nmgr::Error& error) override {
    std::string text = error.message;
    if (!error.hint.empty()) text += "\n" + error.hint;
    WriteLine(err_, err_.Paint(Style::kRed, "error:") + " ", text);
  }

  void Diagnostics(const hcl::Diagnostics& diagnostics) override {
    std::string text;
    for (const hcl::Diagnostic& diagnostic : diagnostics.items()) {
      text += RenderDiagnostic(diagnostic, ErrPainter(*this), err_.width()) + "\n";
    }
    if (diagnostics.dropped() != 0) {
      text += fmt::format("{} more like these are not shown.\n", diagnostics.dropped());
    }
    const std::lock_guard lock(mutex_);
    err_.Write(text);
  }

  bool json() const override { return options_.output == Output::kJson; }
  std::string OnOut(Style style, std::string_view text) const override {
    return out_.Paint(style, text);
  }
  std::string OnErr(Style style, std::string_view text) const override {
    return err_.Paint(style, text);
  }
  int width() const override { return out_.width(); }

  bool Failed() const override {
    const std::lock_guard lock(mutex_);
    return out_.failed();
  }

 private:
  void WriteLine(Stream& stream, const std::string& label, std::string_view text) {
    std::string line = label;
    if (text.ends_with('\n')) text.remove_suffix(1);
    const std::string clean = Sanitize(text, stream.color(), "\n\t");
    for (const char c : clean) {
      line += c;
      if (c == '\n') line += "  ";
    }
    line += '\n';
    const std::lock_guard lock(mutex_);
    stream.Write(line);
  }

  const ReporterOptions options_;
  mutable std::mutex mutex_;
  Stream out_;
  Stream err_;
};

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
