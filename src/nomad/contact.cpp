#include "nmgr/nomad/contact.h"

namespace nmgr::nomad {

void Contact::NoteGranted() {
  const std::lock_guard lock(mutex_);
  granted_ = answered_ = true;
}

void Contact::NoteFailed(const Error& error, bool answered) {
  const std::lock_guard lock(mutex_);
  answered_ = answered_ || answered;
  if (error.code == ErrorCode::kForbidden && !forbidden_) forbidden_ = error;
  const bool unreachable =
      error.code == ErrorCode::kUnreachable || error.code == ErrorCode::kTimedOut;
  if (unreachable && !unreachable_) {
    unreachable_ = error;
    unreachable_->code = ErrorCode::kUnreachable;
  }
}

void Contact::CountFailed(const std::string& operation) {
  const std::lock_guard lock(mutex_);
  ++failures_[operation];
}

std::map<std::string, std::uint64_t> Contact::failures() const {
  const std::lock_guard lock(mutex_);
  return failures_;
}

bool Contact::granted() const {
  const std::lock_guard lock(mutex_);
  return granted_;
}

bool Contact::answered() const {
  const std::lock_guard lock(mutex_);
  return answered_;
}

bool Contact::NobodyThere() const {
  const std::lock_guard lock(mutex_);
  return unreachable_ && !answered_;
}

std::optional<Error> Contact::Verdict() const {
  const std::lock_guard lock(mutex_);
  if (granted_) return std::nullopt;
  return forbidden_ ? forbidden_ : unreachable_;
}

}  // namespace nmgr::nomad
