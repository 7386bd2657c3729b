// What the key of a change names in an evaluated spec. Private to jobspec.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "jobspec/change_key.h"
#include "jobspec/evaluation.h"
#include "nmgr/jobspec/change.h"

namespace nmgr::jobspec {

struct Target {
  std::string argument;  // its path
  SpecExpr expr;
  Steps rest;                 // into the expression
  hcl::Value value;           // of the part that `rest` leads to
  bool takes_text = false;    // a text may stand where a number stands: env, meta, config, a local
  ChangedValue shown = {};    // the value and what is around it
  std::string variable = {};  // the argument is the default of this one
};

// Nothing and a diagnostic where the key names nothing, or several things.
std::optional<Target> FindTarget(const Evaluation& evaluation, std::string_view key,
                                 hcl::Diagnostics& diagnostics);

}  // namespace nmgr::jobspec
