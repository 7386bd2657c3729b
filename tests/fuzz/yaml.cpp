// yamldecode(yamlencode(v)) is v for every v out of a YAML or JSON text, but for the precision of
// numbers and the type of nulls.

#include "fuzz/fuzz.h"
#include "hcl/value/value_check.h"
#include "nmgr/base/text.h"
#include "nmgr/hcl/functions/table.h"
#include "nmgr/hcl/value/json.h"
#include "nmgr/hcl/write/flat.h"

namespace nmgr::fuzz {
namespace {

hcl::FunctionResult Call(std::string_view name, const hcl::Value& argument) {
  const hcl::FunctionContext context;
  return hcl::CallFunction(*hcl::FindFunction(name), {&argument, 1}, context);
}

std::string Text(const hcl::Value& value) {
  std::string text;
  hcl::AppendLiteral(value, text);
  return text;
}

void CheckRoundTrip(const hcl::Value& value) {
  RequireNone(hcl::test::ValueCheck::Fault(value));
  if (!hcl::EncodeJson(value)) return;  // Nomad writes an infinity as the text "+Inf"
  // What is written becomes a string, in NFC: a combining mark then joins the last digit of an
  // escape.
  if (Text(value).find('\xCC') != std::string::npos) return;
  // Decoding merges under this key also where it is quoted, as Nomad's does.
  if (Text(value).find("\"<<\" = ") != std::string::npos) return;
  const hcl::FunctionResult encoded = Call("yamlencode", value);
  Require(static_cast<bool>(encoded), "a value cannot be encoded");
  const hcl::FunctionResult again = Call("yamldecode", *encoded);
  Require(static_cast<bool>(again), "the encoded text does not decode");
  Require(Text(*again) == Text(value), "yamldecode(yamlencode(v)) is not v but " + Text(*again) +
                                           " for " + Text(value) + " by way of " +
                                           std::string((*encoded).as_string()));
}

}  // namespace

void Yaml(std::string_view text) {
  if (!IsValidUtf8(text)) return;  // no value is
  const hcl::FunctionResult decoded = Call("yamldecode", hcl::Value::Of(text));
  if (decoded) CheckRoundTrip(*decoded);
  const Expected<hcl::Value> value = hcl::DecodeJson(text);
  if (value) CheckRoundTrip(*value);
}

}  // namespace nmgr::fuzz
