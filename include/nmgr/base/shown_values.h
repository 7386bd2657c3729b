// What a person may see of values and texts whose surroundings decide what is a secret in them. Who
// shows the value of an argument (a plan's diff, what `set` changes) asks here, so that none of
// them shows what another hides.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "nmgr/base/secrets.h"

namespace nmgr {

// The value of the argument or key `name` (with what leads to it inside of its argument:
// "auth[0][password]"): whatever stands under the name of a secret, else what HideNamed finds as in
// an argument.
std::string HideUnder(std::string_view name, std::string_view value);

// The elements of a list of that name, as HideArguments has them.
std::vector<std::string> HideUnder(std::string_view name, const std::vector<std::string>& elements,
                                   const std::vector<std::string>& programs);

// What is a secret in `text` by what stands in other lines: a private key, a list of arguments, the
// default of a variable. In their order, none over another.
std::vector<TextRange> RangesAcrossLines(std::string_view text);

// The lines of `text` with their line breaks, each hidden by itself, and what reaches over several
// lines (a private key, a list of arguments) in each of them. As many as there are in `text`.
// `redactor`: null where no secrets are known by value.
std::vector<std::string> HideLines(std::string_view text, TextKind kind,
                                   const Redactor* redactor = nullptr);

}  // namespace nmgr
