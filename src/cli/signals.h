// Ctrl-C as a stop token: the first SIGINT or SIGTERM asks the run to end in order, a second one
// ends the process at once with 130. SIGPIPE is ignored, so that `nmgr list all | head -1` ends in
// silence and a run that changes jobs is not cut off in the middle by its reader.
#pragma once

#include <memory>
#include <stop_token>

namespace nmgr::cli {

// In force while it lives; one at a time.
class Signals {
 public:
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  std::stop_token token() const;

 private:
  struct Watcher;
  std::unique_ptr<Watcher> watcher_;
};

// Puts something in the place of standard streams that the caller closed, so that no file of ours
// gets their numbers. Writing there fails, as it would have.
void HoldStandardStreams();

}  // namespace nmgr::cli
