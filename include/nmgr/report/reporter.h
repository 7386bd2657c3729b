// What a person or a script sees. Actions never print: they hand results to a Reporter.
//
// Results go to stdout, progress, notices and errors to stderr; with `-o json` stdout carries one
// JSON document at the end. Text is for a terminal of any width and stays greppable in a pipe: no
// cursor movement unless stderr is a terminal, colour only where asked for or where the stream is a
// terminal and neither NO_COLOR nor NOMAD_CLI_NO_COLOR is set.
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "nmgr/base/expected.h"
#include "nmgr/base/secrets.h"
#include "nmgr/hcl/syntax/diagnostics.h"
#include "nmgr/report/findings.h"

namespace nmgr::report {

// kLines and kGithub are text, but for diagnostics, which are findings (findings.h). kDot and
// kMermaid are an action's own.
enum class Output { kText, kJson, kLines, kGithub, kDot, kMermaid };
enum class ColorMode { kAuto, kAlways, kNever };

// Marks for styled pieces; a Style is applied only where the stream has colour.
enum class Style { kPlain, kBold, kDim, kRed, kGreen, kYellow, kBlue, kCyan };

// Text and what it should look like, to text with or without the escape sequences.
using Painter = std::function<std::string(Style style, std::string_view text)>;
std::string Plain(Style style, std::string_view text);

// The whole screen of a terminal, until it is closed by its end: then what was there before is
// back.
class Screen {
 public:
  virtual ~Screen() = default;
  // In the place of what is there. Lines that do not fit, and the ends of those that are too long,
  // are left out, and it is said how many.
  virtual void Show(const std::vector<std::string>& lines) = 0;
  virtual int columns() const = 0;
  // False where it was lost: the run was suspended and goes on in the background. Then nothing is
  // shown any more.
  virtual bool IsOpen() const = 0;
};

// Every function may be called from several threads; what one call writes stays together.
//
// What goes to stderr is hidden as base/secrets.h says: user info of URLs, and the secrets of this
// run; so are the messages in a JSON document. Other results are shown as they are: who makes one
// of what a server said puts that through Hide.
//
// Text is shown as it is but for characters that could steer the terminal, which are made visible
// (EscapeControls): names and messages come from servers and files. What OnOut and OnErr added
// stays. A line break inside a line continues it, indented, so that nobody's words can pass for a
// line of ours.
class Reporter {
 public:
  virtual ~Reporter() = default;

  // One line of the result on stdout. Dropped where it has another form (json, findings).
  virtual void Line(std::string_view text) = 0;
  // Many at once, by one write.
  virtual void Lines(const std::vector<std::string>& texts) = 0;
  // Text that already has its line endings (render, diffs, logs), on stdout. Goes out byte for byte
  // unless stdout is a terminal.
  virtual void Raw(std::string_view text) = 0;
  // What a remote command writes, to stdout or stderr: byte for byte, also on a terminal, which it
  // has to itself.
  virtual void Bytes(std::string_view bytes, bool to_err) = 0;
  // The one JSON document of `-o json` (report/shape.h), printed by Finish. Dropped in text mode.
  virtual void Json(nlohmann::json document) = 0;

  // One of many such documents, whole, each on a line of its own, while something is followed.
  virtual void JsonLine(nlohmann::json document) { Json(std::move(document)); }
  // The same for a document that is text already (numbers and repeated keys as they are), at once.
  virtual void JsonText(std::string_view document) { Raw(document); }
  // The end of the run. With -o json, prints the document with "exit_code" in it; where there is
  // none, the one that every failure has (FailureShape). After lines of events it is the last of
  // them, of the type "summary".
  virtual void Finish(int exit_code) { static_cast<void>(exit_code); }

  // stderr: progress ("web: waiting for 2 allocations"), dropped with -q.
  virtual void Progress(std::string_view text) = 0;
  // stderr: something the user should know that is no error; dropped with -q.
  virtual void Notice(std::string_view text) = 0;
  // stderr: "warning: ..." and "error: ..." with the hint on a line of its own. Never dropped.
  virtual void Warning(std::string_view text) = 0;
  virtual void Error(const nmgr::Error& error) = 0;
  // Every diagnostic with its source line and caret (report/diagnostics.h), on stderr; with -o
  // lines and -o github as a finding.
  virtual void Diagnostics(const hcl::Diagnostics& diagnostics) = 0;
  // Only where findings are wanted: on stdout where they are the result, else on stderr.
  virtual void Found(const Finding& finding) { static_cast<void>(finding); }

  // stderr: a question, or a list to choose from. The cursor stays behind it.
  virtual void Prompt(std::string_view text) = 0;

  // `text` as it may be repeated: without user info of URLs and the secrets of this run.
  virtual std::string Hide(std::string_view text) const { return std::string(text); }

  // From now on messages say `name` where `path` begins: "homelab:" for the folder that holds the
  // files of that source now. Of one name the last path counts.
  virtual void ShowAs(const std::string& /*name*/, const Path& /*path*/) {}

  virtual bool json() const = 0;
  // Whether findings are wanted (-o lines, -o github).
  virtual bool findings() const { return false; }
  // `text` in colour if stdout (or stderr) has it.
  virtual std::string OnOut(Style style, std::string_view text) const = 0;
  virtual std::string OnErr(Style style, std::string_view text) const = 0;

  // Columns for text that is wrapped or cropped: of the terminal, 80 where there is none.
  virtual int width() const { return 80; }
  // Columns for tables (Table::Lines): of the terminal, 0 (no limit) where there is none, so that a
  // pipe gets everything.
  virtual int table_width() const { return 0; }
  // For a result that is shown again and again; meanwhile what goes to stderr stands in the last
  // line of the screen. Null where stdout is no terminal that can be drawn on, or JSON is wanted.
  virtual std::unique_ptr<Screen> OpenScreen() { return nullptr; }
  // For progress, on the terminal that stderr is. What goes to a terminal meanwhile is held back,
  // its last lines are shown below the others, and all of it follows when the screen is closed.
  // Null where CanShowProgress() says no.
  virtual std::unique_ptr<Screen> OpenProgressScreen() { return nullptr; }
  virtual bool CanShowProgress() const { return false; }
  // Whether progress goes where the result goes (a terminal, a file, a pipe), where nothing need be
  // said twice.
  virtual bool progress_beside_result() const { return false; }
  // Whether the reader of stdout went away: what has no end of its own should end.
  virtual bool ReaderGone() const { return false; }
  // Whether something could not be written to stdout (a full disk); a reader that went away is no
  // failure.
  virtual bool Failed() const { return false; }
  // Either of them: what is still to come will be read by nobody.
  bool Closed() const { return ReaderGone() || Failed(); }
};

// OnOut and OnErr as functions, for what is rendered elsewhere. They refer to the reporter.
Painter OutPainter(const Reporter& reporter);
Painter ErrPainter(const Reporter& reporter);

struct ReporterOptions {
  Output output = Output::kText;
  // Where findings are wanted they are the result: what else would be one is dropped.
  bool findings_are_result = false;
  ColorMode color = ColorMode::kAuto;
  bool quiet = false;
  bool events = false;    // with -o json: lines come before the document, which is one too
  bool no_color = false;  // NO_COLOR or NOMAD_CLI_NO_COLOR is set and not empty, or TERM is "dumb";
                          // kAlways wins
  bool dumb = false;      // TERM is "dumb": nothing is drawn on a screen
  bool lines_only = false;  // something else writes to stderr, or reads it line by line: -v
  const Redactor* redactor = nullptr;  // not owned; null: no secrets are known
  int out = 1;                         // file descriptors, not owned
  int err = 2;
};

std::unique_ptr<Reporter> MakeReporter(const ReporterOptions& options);

}  // namespace nmgr::report
