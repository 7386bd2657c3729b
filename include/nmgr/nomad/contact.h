// What a run has learnt about reaching Nomad: whether it has granted anything, and the failures
// that speak of the address or the token rather than of one job. One for each run, noted by the
// client at every answer and read once at the end, so that the order of questions decides nothing:
// a refusal first or last gives the same exit code.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "nmgr/base/expected.h"

namespace nmgr::nomad {

class Contact {
 public:
  // Nomad did what was asked, or knew enough to say "job not found". (Whether a server is up, which
  // needs no right, does not count.)
  void NoteGranted();

  // A question that failed in the end, repeats included. `answered`: somebody was there and said
  // something, be it a refusal, be it a web page.
  void NoteFailed(const Error& error, bool answered);

  // The same of one kind of question, "GET /v1/jobs": for counting.
  void CountFailed(const std::string& operation);
  std::map<std::string, std::uint64_t> failures() const;

  bool granted() const;
  bool answered() const;  // by whomever

  // Whether nobody has answered anything although somebody was asked: it makes no sense to ask on.
  bool NobodyThere() const;

  // What stands for the whole run because nothing at all was granted in it: the refused token
  // (kForbidden) before the address at which nobody answers (kUnreachable; a time limit counts as
  // that). Nothing where something was granted, or nothing failed: every failure is that of its job
  // then.
  std::optional<Error> Verdict() const;

 private:
  mutable std::mutex mutex_;
  bool granted_ = false;
  bool answered_ = false;
  std::optional<Error> forbidden_;
  std::optional<Error> unreachable_;
  std::map<std::string, std::uint64_t> failures_;
};

}  // namespace nmgr::nomad
