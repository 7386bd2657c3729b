// The native syntax of a flat spec. Grammar, with NL for a line break:
//
//   body   = { NL | attribute | block }
//   attribute = NAME "=" value NL
//   block  = NAME { STRING | NAME } "{" ( NL body | [ NAME "=" value ] ) "}" NL
//   value  = STRING | [ "-" ] DIGITS [ "." DIGITS ] | "true" | "false" | "null" | list | object |
//   "(" value ")" list   = "[" [ value { "," value } [ "," ] ] "]" object = "{" [ key ( "=" | ":" )
//   value { ( "," | NL ) ... } ] "}"        key = NAME | STRING | DIGITS
//
// Comments are allowed. Everything else that HCL knows is a fault "Not flat" or, for filesystem
// functions, the refusal of a real server.
#pragma once

#include <string_view>

#include "fake_nomad/flat_body.h"

namespace nmgr::fake {

// Stops at the first fault.
Body ParseFlatHcl(std::string_view source, SpecFaults& faults);

}  // namespace nmgr::fake
