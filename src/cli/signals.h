// Signals that ask a run to end, as a stop token: the first SIGINT, SIGTERM or SIGHUP asks it to
// end in order, a second one ends the process at once, and so does the time that passes: what has
// not ended within a second stands still somewhere, and is cut off after what is in doubt was
// named. SIGHUP is left alone where it was ignored when the program started (nohup).
//
// SIGPIPE and SIGXFSZ are ignored, so that `nmgr list all | head -1` ends in silence and a run that
// changes jobs is not cut off in the middle by its reader or by a limit on files.
#pragma once

#include <memory>

#include "nmgr/base/interruption.h"

namespace nmgr::cli {

// In force while it lives; one at a time. `interruption` must outlive it.
class Signals {
 public:
  explicit Signals(Interruption& interruption);
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

 private:
  struct Watcher;
  std::unique_ptr<Watcher> watcher_;
};

// Puts something in the place of standard streams that the caller closed, so that no file of ours
// gets their numbers. Writing there fails, as it would have.
void HoldStandardStreams();

}  // namespace nmgr::cli
