// Nomad's plan speaks Go: `KillTimeout = 5000000000`. A spec says `kill_timeout = "5s"`.
#pragma once

#include <string>
#include <string_view>

namespace nmgr::report {

// "KillTimeout" as "kill_timeout", "Meta[VERSION]" as "meta.VERSION", "RestartPolicy" as "restart".
// Names that begin with a lower-case letter (of a driver's configuration) stay as they are.
std::string SpecName(std::string_view name);

// "5000000000" of a field that holds a duration as "5s"; every other value as it is.
std::string SpecValue(std::string_view name, std::string_view value);

// Whether the server fills this in where the spec says nothing, or repeats what the title says.
bool IsDefault(std::string_view name, std::string_view value);

// Blocks that the server adds to every group or task, whatever the spec says.
bool IsDefaultBlock(std::string_view name);

// Whether the values of this field are nobody's business: env, template data, a Payload, and what
// stands under the name of a secret (base/secrets.h). `block` is Nomad's name of the object that
// holds it.
bool IsSecret(std::string_view block, std::string_view name, std::string_view before,
              std::string_view after);

}  // namespace nmgr::report
