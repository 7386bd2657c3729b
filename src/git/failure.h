// Why git failed, from what it said on standard error. Its exit code says nothing: 128 for all.
#pragma once

#include <string>
#include <string_view>

#include "nmgr/base/expected.h"

namespace nmgr::git {

// What was asked, for the message.
struct Asked {
  std::string url;  // as it is shown
  std::string ref;
  std::string host;
  bool has_token = false;
};

// The words are git's, ssh's and the server's, so none of them is trusted: what is cited is cut and
// made visible. Secrets are to be hidden in `said` before. kIo where nothing of it is known: then
// it may be the mirror itself that is broken.
Error FailureOf(std::string_view said, const Asked& asked);

// One line of what was said that tells most: the first after "fatal:", else the last one; cut.
std::string MainLine(std::string_view said);

// Where what git printed has another form than we read: kRejected.
Error OddOutput(std::string_view what);

}  // namespace nmgr::git
