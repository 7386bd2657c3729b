// The terminal that a run was started from, for what needs more of it than lines of text: a
// question to the person who sits there, and a remote command that takes it over.
#pragma once

#include <optional>
#include <stop_token>
#include <string>

namespace nmgr {

struct TerminalSize {
  int rows = 0;
  int columns = 0;
  friend bool operator==(const TerminalSize&, const TerminalSize&) = default;
};

// Of the terminal that `fd` is; nothing where it is none, or does not know.
std::optional<TerminalSize> SizeOf(int fd);
bool IsTerminal(int fd);

// Hands every key to the program as it is, Ctrl-C and Ctrl-Z too, and shows none itself. The
// settings found before come back with the end of this, of the process by a signal
// (RestoreTerminal), and nothing else. One at a time.
class RawTerminal {
 public:
  explicit RawTerminal(int fd);
  ~RawTerminal();
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;
};

// Whether `fd` is the terminal of this process and another job of it has the keyboard: then it must
// not be drawn on, and changing its settings would stop the process.
bool IsInBackground(int fd);

// Takes the whole screen of the terminal that `fd` is: another page, without cursor, on which keys
// do not show. What was there before comes back as with RawTerminal, and while the process is
// suspended. One at a time.
class FullScreen {
 public:
  explicit FullScreen(int fd);
  ~FullScreen();
  FullScreen(const FullScreen&) = delete;
  FullScreen& operator=(const FullScreen&) = delete;

  // False after the process was suspended and went on in the background.
  static bool IsTaken();
};

// Gives the terminal back if a RawTerminal or a FullScreen has it. May be called from a signal
// handler.
void RestoreTerminal();

// A descriptor that becomes readable when the terminal has changed its size (SIGWINCH). One at a
// time.
class ResizeSignal {
 public:
  ResizeSignal();
  ~ResizeSignal();
  ResizeSignal(const ResizeSignal&) = delete;
  ResizeSignal& operator=(const ResizeSignal&) = delete;

  int descriptor() const { return ends_[0]; }
  // Forgets what has come so far.
  void Drain() const;

 private:
  int ends_[2] = {-1, -1};
};

// Whether reading `fd` would not wait.
bool CanRead(int fd);

// What can be read of `fd` now, up to 64 KiB: nothing to read yet is "", the end is nothing at all.
// To be called where CanRead said so.
std::optional<std::string> ReadSome(int fd);

// A line from `fd`, without its end; nothing at its end, or after a stop request.
std::optional<std::string> ReadLine(int fd, const std::stop_token& stop);

}  // namespace nmgr
