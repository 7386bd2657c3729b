// From what came back (or did not) to an Error that says what was tried, why it failed and what to
// do.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent.h"
#include "nmgr/base/expected.h"
#include "nmgr/base/secrets.h"

namespace nmgr::nomad {

// What is known of the token that a refused request bore. Nomad refuses one that it does not know
// and one that lacks a right in the same words.
enum class TokenStanding { kNotTold, kKnown, kUnknown };

// What messages need to know of a request.
struct Attempt {
  std::string_view method;
  std::string_view path;        // without the query, which may hold a region or namespace only
  std::string_view not_found;   // Nomad's own words of a 404 here ("job not found"); "" if none
  std::string_view not_yet;     // and of what is there but has not begun
  std::string_view right;       // the ACL capability it needs ("read-job"); "" if none
  std::string_view name_space;  // that the capability is asked for
  std::string_view region = {};
  bool changes_state = false;
  bool may_lack = false;  // an endpoint that older servers do not have
  TokenStanding token = TokenStanding::kNotTold;
};

// Whether it is Nomad that says so, not a proxy before it.
bool IsInNomadsWords(const HttpAnswer& refusal);

// Whether the answer refuses the token or its rights: 401, 403, and what a node's agent makes of
// it.
bool IsRefusal(const HttpAnswer& answer);

class ErrorWriter {
 public:
  explicit ErrorWriter(const ConnectionOptions& options);

  Error FromFault(const Attempt& attempt, const TransportError& fault) const;

  // For every status but 2xx.
  Error FromStatus(const Attempt& attempt, const HttpAnswer& answer) const;

  // A 2xx answer that is not what Nomad sends there. `expected`: "a job".
  Error FromWrongBody(const Attempt& attempt, const HttpAnswer& answer,
                      std::string_view expected) const;

  // An answer of more values than memory should be spent on.
  Error FromTooLarge(const Attempt& attempt, std::string_view expected) const;

  // Whether there is a token whose standing Nomad can be asked for; that of a workload cannot.
  bool CanTellToken() const { return has_token_ && !token_is_jwt_; }

  // `text` without the secrets of the connection, in whatever form they come back, and without what
  // is a secret by its name. For all that a server, a proxy or a library said.
  std::string Redact(std::string_view text) const;

 private:
  std::string HintFor(const TransportError& fault) const;
  Error Forbidden(const Attempt& attempt, const HttpAnswer& answer) const;
  Error NotNomad(const Attempt& attempt, const HttpAnswer& answer, const std::string& told) const;
  Error Refused(const Attempt& attempt, const HttpAnswer& answer, const std::string& told) const;
  std::string Words(const HttpAnswer& answer) const;
  std::string Describe(const HttpAnswer& answer) const;
  std::string Start(const HttpAnswer& answer) const;

  std::string address_;
  std::string scheme_;
  Redactor redactor_;
  bool has_token_;
  bool token_is_jwt_;
  bool token_is_odd_;  // neither a UUID nor a JWT
  bool has_client_certificate_;
  std::string proxy_;  // over which everything goes, without its user; ""
  const Redactor* run_ = nullptr;
};

// "1 error occurred:\n\t* a: 2 errors occurred:\n\t* b\n\t* c\n\n" as "a: b; c": Nomad's nested
// error lists on one line.
std::string FlattenErrorList(std::string_view text);

// The same list as its single errors, each behind the headings it stands below: "a: b", "a: c".
std::vector<std::string> SplitErrorList(std::string_view text);

}  // namespace nmgr::nomad
