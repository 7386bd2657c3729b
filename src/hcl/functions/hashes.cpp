// Digests, bcrypt and RSA.
#include <fmt/format.h>

#include "hcl/functions/bcrypt.h"
#include "hcl/functions/digest.h"
#include "hcl/functions/support.h"
#include "nmgr/base/base64.h"
#include "nmgr/base/text.h"

namespace nmgr::hcl::functions {
namespace {

constexpr std::int64_t kLeastCost = 4;
constexpr std::int64_t kDefaultCost = 10;
constexpr std::int64_t kMostCost = 31;
// Each step doubles the time: 13 takes half a second, 31 more than a day.
constexpr std::int64_t kAffordableCost = 13;
constexpr std::size_t kMaxPassword = 72;

template <Hash kHash>
FunctionResult HexDigest(const FunctionCall& call) {
  const auto digest = Digest(kHash, call.arguments[0].as_string(), call.context);
  if (!digest) return digest.error();
  std::string hex;
  for (const char byte : *digest) hex += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return Value::Of(std::move(hex));
}

FunctionOutcome<int> BcryptCost(std::span<const Value> arguments) {
  if (arguments.size() > 2) return Fault("bcrypt() takes no more than two arguments");
  if (arguments.size() < 2) return static_cast<int>(kDefaultCost);
  const auto cost = arguments[1].as_number().ToInt64();
  if (!cost) return Fault(std::string(kNotAnInteger));
  if (*cost > kMostCost) {
    return Fault(fmt::format("cost {} is outside allowed inclusive range 4..31", *cost));
  }
  if (*cost > kAffordableCost) {
    return Fault(fmt::format("cost {} would take too long: at most {} is allowed here", *cost,
                             kAffordableCost));
  }
  return static_cast<int>(*cost < kLeastCost ? kDefaultCost : *cost);
}

FunctionResult Bcrypt(const FunctionCall& call) {
  const std::string_view password = call.arguments[0].as_string();
  const auto cost = BcryptCost(call.arguments);
  if (!cost) return cost.error();
  if (password.size() > kMaxPassword) return Fault("password length exceeds 72 bytes");
  if (password.find('\0') != std::string_view::npos) {
    return Fault("a password must not hold a NUL character");
  }
  // Time counts as memory here, so that a loop cannot hash for minutes.
  constexpr std::int64_t kBytesPerRound = 8192;
  if (!Charge(call.context, kBytesPerRound << static_cast<unsigned>(*cost))) {
    return Fault("too many passwords are hashed in one evaluation");
  }
  auto hash = HashPassword(password, *cost);
  if (!hash) return hash.error();
  return Value::Of(std::move(*hash));
}

FunctionResult RsaDecrypt(const FunctionCall& call) {
  const std::string_view text = call.arguments[0].as_string();
  const auto ciphertext = DecodeBase64(text);
  if (!ciphertext) {
    return Fault(
        fmt::format("failed to decode input {}: cipher text must be base64-encoded", Quote(text)));
  }
  auto plaintext = DecryptRsa(*ciphertext, call.arguments[1].as_string());
  if (!plaintext) return plaintext.error();
  if (!IsValidUtf8(*plaintext)) return Fault("the decrypted text is not valid UTF-8");
  return Value::Of(std::move(*plaintext));
}

Function HexHash(std::string_view name, std::string_view summary,
                 FunctionResult (*call)(const FunctionCall&)) {
  return TextFunction(kHashesFamily, name, summary, {StringParameter("str")}, call);
}

}  // namespace

std::vector<Function> HashFunctions() {
  return {
      Function{.name = "bcrypt",
               .family = kHashesFamily,
               .summary = "A bcrypt hash of a password with fresh salt; the cost is 4 to 13, by "
                          "default 10.",
               .parameters = {StringParameter("str")},
               .variadic = NumberParameter("cost"),
               .static_type = Type::String(),
               .call = Bcrypt,
               .pure = false},
      HexHash("md5", "The MD5 hash of a text in hexadecimal digits.", HexDigest<Hash::kMd5>),
      Function{.name = "rsadecrypt",
               .family = kHashesFamily,
               .summary = "A text in base 64 decrypted with an RSA private key (PKCS #1, PEM).",
               .parameters = {StringParameter("ciphertext"), StringParameter("privatekey")},
               .static_type = Type::String(),
               .call = RsaDecrypt},
      HexHash("sha1", "The SHA-1 hash of a text in hexadecimal digits.", HexDigest<Hash::kSha1>),
      HexHash("sha256", "The SHA-256 hash of a text in hexadecimal digits.",
              HexDigest<Hash::kSha256>),
      HexHash("sha512", "The SHA-512 hash of a text in hexadecimal digits.",
              HexDigest<Hash::kSha512>),
  };
}

}  // namespace nmgr::hcl::functions
