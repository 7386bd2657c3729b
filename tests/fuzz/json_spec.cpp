// A spec in JSON syntax: members lie inside their objects, its flat text is JSON and evaluates to
// the same flat text again.

#include "fuzz/fuzz.h"
#include "nmgr/hcl/syntax/json_tree.h"
#include "nmgr/jobspec/jobspec.h"

namespace nmgr::fuzz {
namespace {

void CheckSpans(const hcl::JsonValue& value, hcl::Span outer) {
  Require(value.span.begin >= outer.begin && value.span.end <= outer.end &&
              value.span.begin <= value.span.end,
          "a JSON value is not inside its parent");
  for (const hcl::JsonValue* item : value.items) CheckSpans(*item, value.span);
  for (const hcl::JsonMember& member : value.members) {
    Require(member.name_span.begin >= value.span.begin && member.name_span.end <= value.span.end,
            "a name is not inside its object");
    CheckSpans(*member.value, value.span);
  }
}

}  // namespace

void JsonSpec(std::string_view text) {
  hcl::Diagnostics diagnostics;
  const hcl::JsonPtr tree = hcl::ParseJson(Source(text), diagnostics);
  CheckSpans(tree->root(), {0, static_cast<std::uint32_t>(text.size())});
  Lines(diagnostics);

  if (!hcl::LooksLikeJson(text)) return;
  const std::optional<jobspec::JobSpec> spec = ReadSpec(text);
  if (!spec) return;
  Require(IsJson(spec->flat_hcl), "the flat text is not JSON");
  const std::optional<jobspec::JobSpec> again = ReadSpec(spec->flat_hcl);
  Require(again.has_value(), "the flat text does not evaluate");
  Require(again->flat_hcl == spec->flat_hcl, "the flat text becomes another one");
  Require(again->header.id == spec->header.id, "the flat text has another ID");
  Require(again->images == spec->images, "the flat text has other images");
}

}  // namespace nmgr::fuzz
