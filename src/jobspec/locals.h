// `locals` blocks: names for values that may refer to each other in any order. Private to jobspec.
#pragma once

#include <vector>

#include "jobspec/section.h"

namespace nmgr::jobspec {

// Evaluates all of them and puts `local` into the session's scope, where `var` stands already. A
// name given twice keeps its last value; a group of names that need each other is reported as a
// cycle. In a session that goes only partly, what has no value is unknown and nothing is reported.
void EvaluateLocals(const std::vector<Section>& sections, Session& session,
                    hcl::Diagnostics& diagnostics);

}  // namespace nmgr::jobspec
