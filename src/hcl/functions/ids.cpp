// UUIDs, random and named.
#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <string>

#include "hcl/functions/digest.h"
#include "hcl/functions/support.h"
#include "nmgr/base/text.h"

namespace nmgr::hcl::functions {
namespace {

constexpr std::size_t kUuidSize = 16;
constexpr std::string_view kUrnPrefix = "urn:uuid:";

// The bytes of hexadecimal digits, with a dash wherever a UUID has one.
std::optional<std::string> ParseDigits(std::string_view text, bool dashes) {
  std::string bytes;
  for (std::size_t i = 0; i < kUuidSize; ++i) {
    if (dashes && (i == 4 || i == 6 || i == 8 || i == 10)) {
      if (text[0] != '-') return std::nullopt;
      text.remove_prefix(1);
    }
    const int high = HexValue(text[0]);
    const int low = HexValue(text[1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes += static_cast<char>(high * 16 + low);
    text.remove_prefix(2);
  }
  return bytes;
}

bool IsUrn(std::string_view text) {
  for (std::size_t i = 0; i < kUrnPrefix.size(); ++i) {
    const char lower =
        text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] - 'A' + 'a') : text[i];
    if (lower != kUrnPrefix[i]) return false;
  }
  return true;
}

// The four notations: plain, in braces, as a URN, without dashes.
FunctionOutcome<std::string> ParseUuid(std::string_view text) {
  constexpr std::size_t kPlain = 36;
  constexpr std::size_t kBraced = kPlain + 2;
  constexpr std::size_t kUrn = kPlain + kUrnPrefix.size();
  constexpr std::size_t kBare = 32;
  std::optional<std::string> bytes;
  switch (text.size()) {
    case kPlain:
      bytes = ParseDigits(text, true);
      break;
    case kBraced:
      bytes = ParseDigits(text.substr(1), true);
      break;
    case kUrn:
      if (!IsUrn(text))
        return Fault("invalid urn prefix: " + Quote(text.substr(0, kUrnPrefix.size())));
      bytes = ParseDigits(text.substr(kUrnPrefix.size()), true);
      break;
    case kBare:
      bytes = ParseDigits(text, false);
      break;
    default:
      return Fault(fmt::format("invalid UUID length: {}", text.size()));
  }
  if (!bytes) return Fault("invalid UUID format");
  return *std::move(bytes);
}

std::string FormatUuid(std::string bytes, int version) {
  bytes[6] = static_cast<char>((static_cast<unsigned char>(bytes[6]) & 0x0F) | version << 4);
  bytes[8] = static_cast<char>((static_cast<unsigned char>(bytes[8]) & 0x3F) | 0x80);
  std::string text;
  for (std::size_t i = 0; i < kUuidSize; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += fmt::format("{:02x}", static_cast<unsigned char>(bytes[i]));
  }
  return text;
}

FunctionResult UuidV4(const FunctionCall& call) {
  // Random bytes take time, which counts as memory here.
  constexpr std::int64_t kCost = 256;
  if (!Charge(call.context, kCost)) return Fault("too many UUIDs are drawn in one evaluation");
  const auto bytes = RandomBytes(kUuidSize);
  if (!bytes) return bytes.error();
  return Value::Of(FormatUuid(*bytes, 4));
}

// The name spaces of RFC 4122, appendix C.
FunctionOutcome<std::string> FindNamespace(std::string_view name) {
  if (name == "dns") return ParseUuid("6ba7b810-9dad-11d1-80b4-00c04fd430c8");
  if (name == "url") return ParseUuid("6ba7b811-9dad-11d1-80b4-00c04fd430c8");
  if (name == "oid") return ParseUuid("6ba7b812-9dad-11d1-80b4-00c04fd430c8");
  if (name == "x500") return ParseUuid("6ba7b814-9dad-11d1-80b4-00c04fd430c8");
  return ParseUuid(name);
}

FunctionResult UuidV5(const FunctionCall& call) {
  const std::string_view name = call.arguments[0].as_string();
  const auto space = FindNamespace(name);
  if (!space) {
    return Fault(
        fmt::format("uuidv5() doesn't support namespace {} ({})", name, space.error().message));
  }
  const auto digest =
      Digest(Hash::kSha1, *space + std::string(call.arguments[1].as_string()), call.context);
  if (!digest) return digest.error();
  return Value::Of(FormatUuid((*digest).substr(0, kUuidSize), 5));
}

}  // namespace

std::vector<Function> IdFunctions() {
  return {
      Function{.name = "uuidv4",
               .family = kIdentifiersFamily,
               .summary = "A random UUID.",
               .parameters = {},
               .static_type = Type::String(),
               .call = UuidV4,
               .pure = false},
      Function{.name = "uuidv5",
               .family = kIdentifiersFamily,
               .summary = "The UUID of a name within a name space: \"dns\", \"url\", \"oid\", "
                          "\"x500\" or a UUID.",
               .parameters = {StringParameter("namespace"), StringParameter("name")},
               .static_type = Type::String(),
               .call = UuidV5},
  };
}

}  // namespace nmgr::hcl::functions
