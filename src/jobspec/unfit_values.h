// Values that evaluate and that no job may hold all the same. Private to jobspec.
#pragma once

#include "jobspec/session.h"

namespace nmgr::jobspec {

// Why a value may be unknown although nothing is wrong with its expression.
inline constexpr std::string_view kWhyUnknown =
    "value must be known. Nomad cannot tell what a null without a type is to a function, nor what "
    "is made of its result.";

// Whether JSON has no number for it, or for a part of it: Nomad sends driver configuration as
// doubles, and 1e400 is none.
bool HasInfinity(const hcl::Value& value);

// Collects them while a job is evaluated. A fault elsewhere makes values unknown as well, so what
// is collected counts only where nothing else is wrong.
class UnfitValues {
 public:
  // `diagnostics`: those of the evaluation that begins now.
  UnfitValues(const Session& session, const hcl::Diagnostics& diagnostics)
      : session_(session), before_(diagnostics.error_count()) {}

  // `place` is the value's in the spec. Nothing may be unknown unless the session is partly: a call
  // like contains(list, null) is. `as_json`: driver configuration.
  void Check(const hcl::Value& value, hcl::Span place, bool as_json);
  // At its end.
  void ReportTo(hcl::Diagnostics& diagnostics);

 private:
  const Session& session_;
  const std::size_t before_;
  hcl::Diagnostics found_;
};

}  // namespace nmgr::jobspec
