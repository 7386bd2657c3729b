// can, try and convert, which the evaluator itself carries out.
#include "hcl/functions/support.h"

namespace nmgr::hcl::functions {
namespace {}  // namespace

// Their arguments are expressions and types, not values: the evaluator runs them.
std::vector<Function> TypeFunctions() {
  return {
      Function{.name = "can",
               .family = kTypesFamily,
               .summary = "Whether an expression can be evaluated without an error.",
               .parameters = {AnyParameter("expression")},
               .static_type = Type::Bool()},
      Function{.name = "convert",
               .family = kTypesFamily,
               .summary = "A value converted to a type, such as list(string).",
               .parameters = {AnyParameter("value"), AnyParameter("type")}},
      Function{.name = "try",
               .family = kTypesFamily,
               .summary = "The value of the first expression that gives no error.",
               .parameters = {},
               .variadic = AnyParameter("expressions")},
  };
}

}  // namespace nmgr::hcl::functions
