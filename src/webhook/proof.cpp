#include "webhook/proof.h"

#include <optional>

#include "nmgr/base/base64.h"
#include "nmgr/base/hmac.h"
#include "nmgr/base/text.h"
#include "webhook/headers.h"

namespace nmgr::webhook {
namespace {

constexpr std::string_view kSigningToken = "whsec_";

// The digits are compared as they stand: of one proof there is one form.
bool HoldsHex(std::string_view key, std::string_view text, std::string_view prefix,
              std::string_view given) {
  const std::string proof = HmacSha256(key, text);
  return !proof.empty() && SameSecret(std::string(prefix) + HexOf(proof), given);
}

// Standard Webhooks: "v1,BASE64", several with blanks between while a key is being changed; over
// the id, the time and the body. That the time is long ago is no fault: what comes again causes
// another look, and the same id none (deliveries.h).
bool HoldsStandard(std::string_view token, const Headers& headers, std::string_view body) {
  const std::optional<std::string> key = DecodeBase64(token.substr(kSigningToken.size()));
  const std::string_view id = Header(headers, "webhook-id");
  const std::string_view time = Header(headers, "webhook-timestamp");
  if (!key || key->empty() || id.empty() || time.empty()) return false;
  std::string text;
  text.append(id).append(".").append(time).append(".").append(body);
  const std::string proof = HmacSha256(*key, text);
  if (proof.empty()) return false;
  const std::string expected = "v1," + EncodeBase64(proof);
  bool holds = false;
  for (const std::string_view given : Split(Header(headers, "webhook-signature"), ' ')) {
    holds = SameSecret(expected, given) || holds;
  }
  return holds;
}

bool HoldsGitLab(const Receiver& receiver, const Headers& headers, std::string_view body) {
  if (receiver.secret.starts_with(kSigningToken)) {
    return HoldsStandard(receiver.secret, headers, body);
  }
  return SameSecret(receiver.secret, Header(headers, "X-Gitlab-Token"));
}

bool HoldsAuthorization(const std::string& secret, const Headers& headers) {
  const std::string_view given = Header(headers, "Authorization");
  const bool whole = SameSecret(secret, given);
  const bool bearer = SameSecret("Bearer " + secret, given);
  const bool basic = SameSecret("Basic " + EncodeBase64(secret), given);
  return whole || bearer || basic;
}

}  // namespace

bool IsProved(const Receiver& receiver, const Headers& headers, std::string_view text) {
  constexpr std::string_view kNamed = "sha256=";
  const std::string& key = receiver.secret;
  if (key.empty()) return false;
  switch (receiver.kind) {
    case Kind::kGitHub:
    case Kind::kGhcr:
      return HoldsHex(key, text, kNamed, Header(headers, "X-Hub-Signature-256"));
    case Kind::kGitLab:
      return HoldsGitLab(receiver, headers, text);
    case Kind::kGitea:
      return HoldsHex(key, text, "", Header(headers, "X-Gitea-Signature"));
    case Kind::kForgejo:
      return HoldsHex(key, text, "",
                      FirstHeader(headers, {"X-Forgejo-Signature", "X-Gitea-Signature"}));
    case Kind::kBitbucket:
    case Kind::kBitbucketServer:
      return HoldsHex(key, text, kNamed, Header(headers, "X-Hub-Signature"));
    case Kind::kGeneric:
      return HoldsHex(key, text, kNamed, Header(headers, "X-Signature"));
    case Kind::kDistribution:
    case Kind::kHarbor:
    case Kind::kZot:
      return HoldsAuthorization(key, headers);
    case Kind::kDockerHub:
    case Kind::kQuay:
      return false;
  }
  return false;
}

std::string PathProof(const Receiver& receiver) {
  if (receiver.secret.empty()) return {};
  return HexOf(HmacSha256(receiver.secret, "hook path of " + receiver.name));
}

}  // namespace nmgr::webhook
