// decode(encode(v)) == v, and our reader takes what another reader takes.

#include "nmgr/hcl/value/json.h"

#include "fuzz/fuzz.h"
#include "hcl/value/value_check.h"
#include "nmgr/base/text.h"

namespace nmgr::fuzz {

void Json(std::string_view text) {
  if (!IsValidUtf8(text)) return;  // no value is
  const Expected<hcl::Value> value = hcl::DecodeJson(text);
  if (!value) return;
  RequireNone(hcl::test::ValueCheck::Fault(*value));
  const Expected<std::string> encoded = hcl::EncodeJson(*value);
  if (!encoded) {
    Require(encoded.error().message.find("infinity") != std::string::npos,
            "a decoded value does not encode: " + encoded.error().message);
    return;
  }
  Require(IsJson(*encoded), "the encoded text is not JSON");
  const Expected<hcl::Value> again = hcl::DecodeJson(*encoded);
  Require(again.has_value(), "the encoded text does not decode");
  Require(*again == *value, "decode(encode(v)) is not v");
  Require(*hcl::EncodeJson(*again) == *encoded, "encode(decode(text)) is not text");
}

}  // namespace nmgr::fuzz
