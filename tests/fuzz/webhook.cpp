// What forges and registries post, with a proof that holds: whatever the body, it is answered with
// 202, and what is read of it is what it says it is. The first byte chooses the sender (or a
// repository's address), the second the event that the headers name.
#include <algorithm>
#include <string>

#include "fuzz/fuzz.h"
#include "nmgr/base/base64.h"
#include "nmgr/base/hmac.h"
#include "nmgr/base/text.h"
#include "nmgr/webhook/concern.h"
#include "nmgr/webhook/receive.h"

namespace nmgr::fuzz {
namespace {

constexpr std::string_view kHookKey = "key";

const std::pair<std::string_view, std::string_view> kEventHeaders[] = {
    {"X-GitHub-Event", "push"},
    {"X-GitHub-Event", "package"},
    {"X-Gitea-Event", "push"},
    {"X-Gitea-Event", "delete"},
    {"X-Event-Key", "repo:push"},
    {"X-Event-Key", "repo:refs_changed"},
    {"X-Event-Key", "diagnostics:ping"},
    {"ce-type", "zotregistry.image.updated"},
    {"Content-Type", "application/cloudevents+json"},
    {"Content-Type", "application/x-www-form-urlencoded"}};

webhook::Headers ProvedHeaders(webhook::Kind kind, std::string_view body, unsigned char event) {
  const std::string hex = HexOf(HmacSha256(kHookKey, body));
  webhook::Headers headers = {{"X-Hub-Signature-256", "sha256=" + hex},
                              {"X-Hub-Signature", "sha256=" + hex},
                              {"X-Gitea-Signature", hex},
                              {"X-Signature", "sha256=" + hex},
                              {"X-Gitlab-Token", std::string(kHookKey)},
                              {"Authorization", std::string(kHookKey)}};
  const auto& [name, value] = kEventHeaders[event % std::size(kEventHeaders)];
  headers.emplace_back(name, value);
  if (kind == webhook::Kind::kBitbucket || kind == webhook::Kind::kGitHub)
    headers.emplace_back("X-Other", "1");
  return headers;
}

bool IsOneLine(std::string_view text) { return EscapeControls(text) == text; }

bool IsCommit(std::string_view text) {
  return text.empty() || ((text.size() == 40 || text.size() == 64) &&
                          text.find_first_not_of("0123456789abcdef") == text.npos);
}

void CheckPush(const webhook::Push& push) {
  Require(push.whole || push.ref.starts_with("refs/"), "a push of no ref");
  Require(push.whole || !push.urls.empty(), "a push of no repository");
  Require(IsOneLine(push.ref) && IsOneLine(push.delivery), "a push with control characters");
  Require(IsCommit(push.before) && IsCommit(push.after), "a commit that is none");
  for (const std::string& url : push.urls) Require(IsOneLine(url), "an address of several lines");
  static_cast<void>(webhook::Concerns({}, push, "a", "https://git.lan/me/jobs", "refs/heads/main"));
}

void CheckImage(const webhook::Image& image) {
  Require(!image.tag.empty() && !image.repository.empty(), "an image without a name");
  Require(IsOneLine(image.host) && IsOneLine(image.repository) && IsOneLine(image.tag) &&
              IsOneLine(image.digest) && IsOneLine(image.delivery),
          "an image with control characters");
}

void CheckHook(webhook::Kind kind, unsigned char event, std::string_view body) {
  webhook::Receiver receiver{.name = "r", .kind = kind, .secret = std::string(kHookKey)};
  const webhook::Headers headers = ProvedHeaders(kind, body, event);
  const webhook::Result result =
      webhook::Receive({receiver}, {webhook::HookPath(receiver), headers, body});
  const bool is_form = event % std::size(kEventHeaders) == 9;
  const bool over_json = kind == webhook::Kind::kGitea || kind == webhook::Kind::kForgejo;
  if (!is_form || !over_json) Require(result.status == 202, "proved, and refused");
  Require(result.pushes.size() + result.images.size() <= webhook::Result::kMostEvents,
          "too many events");
  Require(IsOneLine(result.why), "a reason of several lines");
  const bool nothing = result.pushes.empty() && result.images.empty();
  Require((result.outcome == webhook::Outcome::kAccepted) != nothing, "an outcome that is another");
  for (const webhook::Push& push : result.pushes) CheckPush(push);
  for (const webhook::Image& image : result.images) CheckImage(image);
}

void CheckRepository(std::string_view url) {
  const auto address = webhook::ParseRepository(url);
  if (!address) return;
  Require(!address->host.empty() && !address->path.empty(), "a repository nowhere");
  Require(webhook::IsSameRepository(*address, *address), "a repository that is not itself");
}

}  // namespace

void Webhook(std::string_view text) {
  if (text.size() < 2) return;
  const auto first = static_cast<unsigned char>(text[0]);
  const auto event = static_cast<unsigned char>(text[1] - '0');
  if (first == 'r') return CheckRepository(text.substr(1));
  const std::vector<std::string> kinds = webhook::KindNames();
  CheckHook(*webhook::KindOf(kinds[(first - 'a') % kinds.size()]), event, text.substr(2));
}

}  // namespace nmgr::fuzz
