#include "nmgr/base/interruption.h"

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

}  // namespace nmgr
