#include "nmgr/actions/action.h"

namespace nmgr::actions {

ExitCode ExitCodeFor(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUsage:
      return kUsage;
    case ErrorCode::kNotFound:
      return kNoSuchTarget;
    case ErrorCode::kUnreachable:
      return kUnreachable;
    case ErrorCode::kForbidden:
      return kForbidden;
    case ErrorCode::kConfig:
      return kConfigWrong;
    case ErrorCode::kInterrupted:
      return kInterrupted;
    case ErrorCode::kInvalid:
    case ErrorCode::kConflict:
    case ErrorCode::kRejected:
    case ErrorCode::kTimedOut:
    case ErrorCode::kIo:
    case ErrorCode::kInternal:
      return kFailed;
  }
  return kFailed;
}

ExitCode ExitCodeFor(const Error& error, const nomad::Contact& contact) {
  switch (error.code) {
    case ErrorCode::kUnreachable:
    case ErrorCode::kForbidden:
    case ErrorCode::kTimedOut: {
      const std::optional<Error> verdict = contact.Verdict();
      return verdict ? ExitCodeFor(verdict->code) : kFailed;
    }
    case ErrorCode::kUsage:
    case ErrorCode::kInterrupted:
      return ExitCodeFor(error.code);
    default:
      return kFailed;
  }
}

}  // namespace nmgr::actions
