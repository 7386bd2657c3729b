// A program of ours in a real pseudo terminal, as somebody at a keyboard sees it.
//
//   TerminalChild child({NMGR, "exec", "web"}, options);
//   child.WaitFor("$ ");
//   child.Type("stty size\n");
//   CHECK(child.Wait() == 0);
#pragma once

#include <string>
#include <vector>

#include "support/run_nmgr.h"

namespace nmgr::testing {

class TerminalChild {
 public:
  // nmgr with these arguments; 24 rows of 80 columns. With `out`, its stdout is that file.
  TerminalChild(const std::vector<std::string>& arguments, const NmgrOptions& options,
                const Path& out = {});
  ~TerminalChild();
  TerminalChild(const TerminalChild&) = delete;
  TerminalChild& operator=(const TerminalChild&) = delete;

  // Reads until `text` has been shown behind what was waited for before. Throws
  // std::runtime_error, with all that was shown, where it does not come in time.
  void WaitFor(const std::string& text);
  // Keys: "\x03" is Ctrl-C.
  void Type(const std::string& keys) const;
  void Signal(int number) const;
  // Until the child stands still (SIGSTOP).
  void WaitStopped() const;
  // As a window that is dragged.
  void Resize(int rows, int columns) const;
  // Whether keys go to the program as they are.
  bool IsRaw() const;
  // Whether keys are shown.
  bool Echoes() const;
  // The exit code, 128 + signal; once.
  int Wait();

  const std::string& shown() const { return shown_; }

 private:
  bool ReadMore();

  int pid_ = -1;
  int master_ = -1;
  int slave_ = -1;  // kept open, so that the settings outlive the child
  std::chrono::steady_clock::time_point deadline_;
  std::string shown_;
  std::size_t seen_ = 0;
};

}  // namespace nmgr::testing
