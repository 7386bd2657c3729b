// A bound on how many do the same at once, for what takes memory and not only time.
//
//   Turns turns(4);
//   Turns::Turn turn = turns.Take(stop);   // waits while four have one
//   ... what is bounded ...
//   turn.Give();                           // or at its end
//
// Thread-safe; who waits longest is not preferred. Outlives its turns.
#pragma once

#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <utility>

namespace nmgr {

class Turns {
 public:
  explicit Turns(int most) : free_(most) {}

  class Turn {
   public:
    Turn() = default;
    explicit Turn(Turns* turns) : turns_(turns) {}
    Turn(Turn&& other) noexcept : turns_(std::exchange(other.turns_, nullptr)) {}
    Turn& operator=(Turn&& other) noexcept {
      Give();
      turns_ = std::exchange(other.turns_, nullptr);
      return *this;
    }
    ~Turn() { Give(); }
    // Once; nothing after that.
    void Give() {
      if (Turns* const turns = std::exchange(turns_, nullptr)) turns->TakeBack();
    }

   private:
    Turns* turns_ = nullptr;
  };

  // None of the bound, at once, where `stop` is requested: who is told to stop is not to wait.
  Turn Take(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait(lock, stop, [this] { return free_ > 0; })) return Turn();
    --free_;
    return Turn(this);
  }

 private:
  void TakeBack() {
    {
      const std::lock_guard lock(mutex_);
      ++free_;
    }
    changed_.notify_one();
  }

  std::mutex mutex_;
  std::condition_variable_any changed_;
  int free_;
};

}  // namespace nmgr
