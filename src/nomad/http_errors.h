// From what came back (or did not) to an Error that says what was tried, why it failed and what to
// do.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http_transport.h"
#include "nmgr/base/expected.h"

namespace nmgr::nomad {

// What messages need to know of a request.
struct Attempt {
  std::string_view method;
  std::string_view path;  // without the query, which may hold a region or namespace only
  std::string_view
      not_found;           // Nomad's own words of a 404 on this path ("job not found"); "" if none
  std::string_view right;  // the ACL capability it needs ("read-job"); "" if none
  std::string_view name_space;  // that the capability is asked for
  bool changes_state = false;
};

class ErrorWriter {
 public:
  explicit ErrorWriter(const ConnectionOptions& options);

  Error FromFault(const Attempt& attempt, const TransportError& fault) const;

  // For every status but 2xx.
  Error FromStatus(const Attempt& attempt, const HttpAnswer& answer) const;

  // A 2xx answer that is not what Nomad sends there. `expected`: "a job".
  Error FromWrongBody(const Attempt& attempt, const HttpAnswer& answer,
                      std::string_view expected) const;

 private:
  std::string HintFor(const TransportError& fault) const;
  Error Forbidden(const Attempt& attempt, const HttpAnswer& answer) const;
  std::string Words(const HttpAnswer& answer) const;
  std::string Redact(std::string text) const;

  std::string address_;
  std::string scheme_;
  std::vector<std::string> secrets_;
  bool has_token_;
};

// Whether trying again may help: the fault or status passes by itself.
bool IsTransient(const TransportError& fault);
bool IsTransient(const HttpAnswer& answer);

// "1 error occurred:\n\t* a: 2 errors occurred:\n\t* b\n\t* c\n\n" as "a: b; c": Nomad's nested
// error lists on one line.
std::string FlattenErrorList(std::string_view text);

}  // namespace nmgr::nomad
