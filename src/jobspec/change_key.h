// The key of a change (nmgr/jobspec/change.h) as steps. Private to jobspec.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/hcl/value/value.h"

namespace nmgr::jobspec {

// A name, or the place of what has none.
struct Step {
  std::string name;
  std::optional<std::size_t> index = {};
  friend bool operator==(const Step&, const Step&) = default;
};
using Steps = std::vector<Step>;

// Nothing where the text is no path.
std::optional<Steps> ParseSteps(std::string_view text);

// "group.web.task.app.config.args[0]"
std::string TextOfSteps(const Steps& steps);

// Whether the key that an author wrote, `name` or `[N]`, is this step.
bool IsKey(const hcl::Value& key, const Step& step);
Step StepOf(const hcl::Value& key);

// The part of an object, map, list or tuple; null where it has none.
const hcl::Value* PartOf(const hcl::Value& value, const Step& step);

}  // namespace nmgr::jobspec
