// The error form for faults of the world: a file that cannot be read, a server that refuses, a name
// that does not exist. Faults in text the user wrote are Diagnostics (nmgr/hcl/diagnostics.h):
// there can be many, each has a place, and reading goes on after one.
//
// No exception crosses a folder of this project; a function that can fail returns Expected<T>.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace nmgr {

// What went wrong, as far as a caller decides by it. The command line turns these into exit codes.
enum class ErrorCode {
  kUsage,        // the command line itself is wrong (64)
  kInvalid,      // a spec is wrong; diagnostics have been printed or are in the message (65 or 1)
  kNotFound,     // no such target, file, job or base directory
  kUnreachable,  // nobody answers at Nomad's address (69)
  kForbidden,    // Nomad refused the token (77)
  kConflict,     // somebody changed the job between plan and register
  kRejected,     // Nomad understood the request and refused it
  kTimedOut,     // our own time limit passed
  kConfig,       // the config file is wrong (78)
  kIo,           // reading or writing a local file failed
  kInterrupted,  // a StopToken asked us to end (130)
  kInternal,     // a defect of nmgr
};

// `message` says what, where and why in one sentence without a final full stop; `hint`, where not
// empty, what to do next. Neither may hold a secret.
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;
  std::string hint = {};
  // A write whose fate is open: it was sent and its answer is lost or says nothing (a closed
  // connection, a time limit, a leader that went away), so it may or may not have been done. Never
  // told as "refused"; who wrote settles it by reading the job. False: it was certainly not done.
  bool in_doubt = false;
};

// A T, or the Error that prevented it. tl::expected with [[nodiscard]].
template <class T>
class [[nodiscard]] Expected : public tl::expected<T, Error> {
 public:
  using Base = tl::expected<T, Error>;
  using Base::Base;
  Expected() = default;
  Expected(Base&& base) : Base(std::move(base)) {}  // NOLINT(google-explicit-constructor)
  Expected(Error error)                             // NOLINT(google-explicit-constructor)
      : Base(tl::unexpected<Error>(std::move(error))) {}
};

}  // namespace nmgr

#define NMGR_CONCAT_INNER(a, b) a##b
#define NMGR_CONCAT(a, b) NMGR_CONCAT_INNER(a, b)

// TRY(expr): returns the error of `expr` from the enclosing function if it has one.
// TRY_ASSIGN(decl, expr): the same, else initialises `decl` with its value.
#define TRY(expression)                                  \
  do {                                                   \
    if (auto nmgr_try = (expression); !nmgr_try)         \
      return ::nmgr::Error(std::move(nmgr_try).error()); \
  } while (false)
#define TRY_ASSIGN_INNER(temporary, declaration, expression)          \
  auto temporary = (expression);                                      \
  if (!temporary) return ::nmgr::Error(std::move(temporary).error()); \
  declaration = *std::move(temporary)
#define TRY_ASSIGN(declaration, expression) \
  TRY_ASSIGN_INNER(NMGR_CONCAT(nmgr_try_, __COUNTER__), declaration, expression)
