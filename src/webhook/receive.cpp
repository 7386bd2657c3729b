#include "nmgr/webhook/receive.h"

#include <algorithm>
#include <array>
#include <map>

#include "nmgr/base/hmac.h"
#include "nmgr/base/letters.h"
#include "nmgr/base/text.h"
#include "webhook/body.h"
#include "webhook/headers.h"
#include "webhook/proof.h"
#include "webhook/readers.h"

namespace nmgr::webhook {
namespace {

constexpr int kUnauthorized = 401;
constexpr int kNotFound = 404;
constexpr int kTooLarge = 413;
constexpr std::size_t kLongestRepository = 255;
constexpr std::size_t kLongestTag = 128;
constexpr std::size_t kLongestHost = 255;
constexpr std::size_t kMostUrls = 16;

struct Row {
  Kind kind;
  std::string_view name;
  // Null: nothing is read of the body.
  void (*read)(const Headers& headers, const Json& body, Result& result);
  bool proved_by_path = false;
};

constexpr auto kRows = std::to_array<Row>({
    {Kind::kGitHub, "github", ReadGitHub},
    {Kind::kGitLab, "gitlab", ReadGitLab},
    {Kind::kGitea, "gitea", ReadGitea},
    {Kind::kForgejo, "forgejo", ReadGitea},
    {Kind::kBitbucket, "bitbucket", ReadBitbucket},
    {Kind::kBitbucketServer, "bitbucket-server", ReadBitbucketServer},
    {Kind::kGeneric, "generic", nullptr},
    {Kind::kDistribution, "distribution", ReadDistribution},
    {Kind::kHarbor, "harbor", ReadHarbor},
    {Kind::kZot, "zot", ReadZot},
    {Kind::kDockerHub, "dockerhub", ReadDockerHub, true},
    {Kind::kGhcr, "ghcr", ReadGhcr},
    {Kind::kQuay, "quay", ReadQuay, true},
});

const Row& RowOf(Kind kind) {
  return *std::find_if(kRows.begin(), kRows.end(),
                       [kind](const Row& row) { return row.kind == kind; });
}

Result Refused(int status, std::string why) {
  Result result;
  result.outcome = Outcome::kRefused;
  result.status = status;
  result.why = std::move(why);
  return result;
}

bool IsForm(const Headers& headers) {
  return IsContentType(headers, "application/x-www-form-urlencoded");
}

// Gitea makes its proof over the JSON, also where it sends that as a field of a form; GitHub over
// what it sends.
bool IsProofOverJson(Kind kind) { return kind == Kind::kGitea || kind == Kind::kForgejo; }

template <class Events>
void NumberDeliveries(Events& events) {
  std::map<std::string, int> seen;
  for (auto& event : events) {
    if (event.delivery.empty()) continue;
    const int number = ++seen[event.delivery];
    if (number > 1) event.delivery += "/" + std::to_string(number);
  }
}

void Read(const Row& row, const Headers& headers, std::string_view json, Result& result) {
  if (row.read == nullptr) {
    Push push;
    push.whole = true;
    result.pushes.push_back(std::move(push));
  } else if (const std::optional<Json> body = ReadBody(json, result.why)) {
    row.read(headers, *body, result);
  }
  NumberDeliveries(result.pushes);
  NumberDeliveries(result.images);
  const bool happened = !result.pushes.empty() || !result.images.empty();
  if (happened) {
    result.outcome = Outcome::kAccepted;
  } else if (result.outcome == Outcome::kIgnored && result.why.empty()) {
    result.why = "it names no repository with a branch, and no image with a tag";
  }
}

Result ReceiveProved(const Receiver& receiver, const Headers& headers, std::string_view json) {
  Result result;
  result.receiver = receiver.name;
  Read(RowOf(receiver.kind), headers, json, result);
  return result;
}

std::string TooLarge(const Receiver& receiver) {
  return "its body has more than " + std::to_string(receiver.most_body) + " bytes";
}

bool HasRoom(Result& result) {
  if (result.pushes.size() + result.images.size() < Result::kMostEvents) return true;
  result.why = "more events than are read of one body";
  return false;
}

bool AllOf(std::string_view text, std::string_view others) {
  return std::all_of(text.begin(), text.end(), [others](char c) {
    return IsAsciiLetter(c) || IsAsciiDigit(c) || others.find(c) != others.npos;
  });
}

}  // namespace

std::string_view KindName(Kind kind) { return RowOf(kind).name; }

std::optional<Kind> KindOf(std::string_view name) {
  const auto found =
      std::find_if(kRows.begin(), kRows.end(), [name](const Row& row) { return row.name == name; });
  return found == kRows.end() ? std::nullopt : std::optional(found->kind);
}

std::vector<std::string> KindNames() {
  std::vector<std::string> names;
  for (const Row& row : kRows) names.emplace_back(row.name);
  return names;
}

bool IsProvedByPath(Kind kind) { return RowOf(kind).proved_by_path; }

std::string_view OutcomeName(Outcome outcome) {
  switch (outcome) {
    case Outcome::kRefused:
      return "refused";
    case Outcome::kPing:
      return "ping";
    case Outcome::kIgnored:
      return "ignored";
    case Outcome::kAccepted:
      return "accepted";
  }
  return "ignored";
}

std::string CommitOf(std::string text) {
  const bool long_enough = text.size() == 40 || text.size() == 64;
  const bool hex = std::all_of(text.begin(), text.end(), [](char c) { return HexValue(c) >= 0; });
  if (!long_enough || !hex || text.find_first_not_of('0') == text.npos) return {};
  return InSmallLetters(text);
}

void Ignore(Result& result, std::string_view what) {
  constexpr std::size_t kMostShown = 64;
  const std::string shown = EscapeControls(what.substr(0, kMostShown));
  result.why =
      shown.empty() ? "it does not say what happened" : "nothing here depends on \"" + shown + "\"";
}

void AddPush(Push push, Result& result) {
  if (push.urls.empty() || !push.ref.starts_with("refs/") || !HasRoom(result)) return;
  push.delivery = EscapeControls(push.delivery.substr(0, kLongestText));
  if (push.urls.size() > kMostUrls) push.urls.resize(kMostUrls);
  result.pushes.push_back(std::move(push));
}

void AddImage(Image image, Result& result) {
  const bool good = !image.repository.empty() && image.repository.size() <= kLongestRepository &&
                    AllOf(image.repository, "./_-") && !image.repository.starts_with('/') &&
                    !image.repository.ends_with('/') && !image.tag.empty() &&
                    image.tag.size() <= kLongestTag && AllOf(image.tag, "._-");
  if (!good || !HasRoom(result)) return;
  if (image.host.size() > kLongestHost || !AllOf(image.host, ".-_:[]")) image.host.clear();
  image.host = InSmallLetters(image.host);
  const std::size_t colon = image.digest.find(':');
  const bool is_digest = colon != image.digest.npos && colon > 0 && image.digest.size() <= 256 &&
                         CommitOf(image.digest.substr(colon + 1)) == image.digest.substr(colon + 1);
  if (!is_digest) image.digest.clear();
  image.delivery = EscapeControls(image.delivery.substr(0, kLongestText));
  result.images.push_back(std::move(image));
}

std::string HookPath(const Receiver& receiver) {
  std::string path = "/hooks/" + receiver.name;
  if (IsProvedByPath(receiver.kind)) path += "/" + PathProof(receiver);
  return path;
}

Result Receive(const Receiver& receiver, const Headers& headers, std::string_view body) {
  Result result;
  std::optional<std::string> field = IsForm(headers) ? FormField(body, "payload") : std::nullopt;
  const std::string_view json = field ? std::string_view(*field) : body;
  const std::string_view proved = IsProofOverJson(receiver.kind) ? json : body;
  if (body.size() > receiver.most_body) {
    result = Refused(kTooLarge, TooLarge(receiver));
  } else if (receiver.secret.empty()) {
    result = Refused(kUnauthorized, "the receiver has no secret");
  } else if (!IsProved(receiver, headers, proved)) {
    result = Refused(kUnauthorized, "its proof is absent or wrong");
  } else {
    result = ReceiveProved(receiver, headers, json);
  }
  result.receiver = receiver.name;
  return result;
}

Result Receive(const std::vector<Receiver>& receivers, const Post& post) {
  for (const Receiver& receiver : receivers) {
    const bool by_path = IsProvedByPath(receiver.kind);
    if (!by_path && post.path == HookPath(receiver)) {
      return Receive(receiver, post.headers, post.body);
    }
    const bool has_proof = by_path && !receiver.secret.empty();
    if (!has_proof || !SameSecret(HookPath(receiver), post.path)) continue;
    if (post.body.size() <= receiver.most_body) {
      return ReceiveProved(receiver, post.headers, post.body);
    }
    Result result = Refused(kTooLarge, TooLarge(receiver));
    result.receiver = receiver.name;
    return result;
  }
  return Refused(kNotFound, "no receiver has this path");
}

}  // namespace nmgr::webhook
