#include "nmgr/base/interruption.h"

#include <thread>
#include <utility>

namespace nmgr {

Interruption::Doubt::Doubt(Doubt&& other) noexcept
    : owner_(std::exchange(other.owner_, nullptr)), entry_(other.entry_) {}

Interruption::Doubt::~Doubt() {
  if (owner_ == nullptr) return;
  const std::lock_guard lock(owner_->mutex_);
  owner_->doubts_.erase(entry_);
}

void Interruption::Request(int signal) {
  if (requested()) return;
  signal_ = signal;
  source_.request_stop();
}

Interruption::Doubt Interruption::InDoubt(std::string text) {
  const std::lock_guard lock(mutex_);
  Doubt doubt;
  doubt.owner_ = this;
  doubt.entry_ = doubts_.insert(doubts_.end(), std::move(text));
  return doubt;
}

std::vector<std::string> Interruption::doubts() const {
  const std::lock_guard lock(mutex_);
  return {doubts_.begin(), doubts_.end()};
}

Interruption::Hold::Hold(Hold&& other) noexcept
    : owner_(std::exchange(other.owner_, nullptr)), entry_(other.entry_) {}

Interruption::Hold::~Hold() {
  if (owner_ == nullptr) return;
  const std::lock_guard lock(owner_->mutex_);
  owner_->holds_.erase(entry_);
  --owner_->holding_;
}

Interruption::Hold Interruption::Holding(std::function<bool()> lets_go) {
  const std::lock_guard lock(mutex_);
  Hold hold;
  hold.owner_ = this;
  hold.entry_ = holds_.insert(holds_.end(), std::move(lets_go));
  ++holding_;
  return hold;
}

void Interruption::LetGo(std::chrono::milliseconds limit) {
  constexpr std::chrono::milliseconds kPause{5};
  const auto end = std::chrono::steady_clock::now() + limit;
  for (bool done = false; !done && std::chrono::steady_clock::now() < end;) {
    done = true;
    {
      const std::lock_guard lock(mutex_);
      for (const auto& lets_go : holds_) done = lets_go() && done;
    }
    if (!done) std::this_thread::sleep_for(kPause);
  }
}

}  // namespace nmgr
