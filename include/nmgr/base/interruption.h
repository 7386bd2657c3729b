// That a run is to end before it is done: Ctrl-C, a terminal that went away, a service manager.
//
// The first signal asks through the stop token; everything that may take long looks at it
// (requests, waits, child processes, ParallelFor). What stands still all the same (a pipe that
// nobody reads, a file system that does not answer) is cut off shortly after, by whoever handles
// the signals: for that case the run keeps here what it could not say any more.
#pragma once

#include <atomic>
#include <list>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace nmgr {

// What a person is told who has asked a run to end.
inline constexpr std::string_view kEndingWords = "nmgr: ending; once more to end at once";

// All functions may be called from several threads at once.
class Interruption {
 public:
  // A write whose outcome is not known yet, for as long as this lives.
  class Doubt {
   public:
    Doubt() = default;
    Doubt(Doubt&& other) noexcept;
    Doubt& operator=(Doubt&&) = delete;
    ~Doubt();

   private:
    friend class Interruption;
    Interruption* owner_ = nullptr;
    std::list<std::string>::iterator entry_;
  };

  std::stop_token token() const { return source_.get_token(); }
  bool requested() const { return source_.stop_requested(); }
  // What the process exits with: 128 + the signal that came first, 130 before there was one.
  int exit_code() const { return 128 + signal_; }

  // Asks the run to end; `signal` says why. Only the first call counts.
  void Request(int signal);

  // `text` says what would be in doubt if the run were cut off now: "web: not confirmed".
  [[nodiscard]] Doubt InDoubt(std::string text);
  std::vector<std::string> doubts() const;

  // The run has stopped working and sums up: given the time that takes, as long as somebody reads.
  void SumUp() { summing_up_ = true; }
  bool summing_up() const { return summing_up_; }

 private:
  std::stop_source source_;
  std::atomic<int> signal_ = 2;  // SIGINT
  std::atomic<bool> summing_up_ = false;
  mutable std::mutex mutex_;
  std::list<std::string> doubts_;
};

}  // namespace nmgr
