// That a run is to end before it is done: Ctrl-C, a terminal that went away, a service manager.
//
// The first signal asks through the stop token; everything that may take long looks at it
// (requests, waits, child processes, ParallelFor). What stands still all the same (a pipe that
// nobody reads, a file system that does not answer) is cut off shortly after, by whoever handles
// the signals: for that case the run keeps here what it could not say any more.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
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

  // Something that others wait for, for as long as this lives.
  class Hold {
   public:
    Hold() = default;
    Hold(Hold&& other) noexcept;
    Hold& operator=(Hold&&) = delete;
    ~Hold();

   private:
    friend class Interruption;
    Interruption* owner_ = nullptr;
    std::list<std::function<bool()>>::iterator entry_;
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

  // What this run holds (a lease) and gives back before it is cut off. `lets_go` must not block: it
  // begins with that when it is called first, and says whether it is done.
  [[nodiscard]] Hold Holding(std::function<bool()> lets_go);
  // May be asked by a signal handler.
  bool HoldsSomething() const { return holding_ != 0; }
  // Gives back what is held, in `limit` at most.
  void LetGo(std::chrono::milliseconds limit);

  // The run has stopped working and sums up: given the time that takes, as long as somebody reads.
  void SumUp() { summing_up_ = true; }
  bool summing_up() const { return summing_up_; }

 private:
  std::stop_source source_;
  std::atomic<int> signal_ = 2;  // SIGINT
  std::atomic<bool> summing_up_ = false;
  mutable std::mutex mutex_;
  std::list<std::string> doubts_;
  std::list<std::function<bool()>> holds_;
  std::atomic<int> holding_ = 0;
  static_assert(std::atomic<int>::is_always_lock_free);
};

}  // namespace nmgr
