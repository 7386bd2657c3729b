#include "webhook/senders.h"

#include <algorithm>
#include <stdexcept>

#include "nmgr/base/base64.h"
#include "nmgr/base/hmac.h"
#include "nmgr/base/letters.h"

namespace nmgr::testing {
namespace {

using webhook::Kind;

// With %B, %A, %D for the commits and the digest.
std::string Filled(std::string text) {
  const std::pair<std::string_view, std::string_view> marks[] = {
      {"%B", kBefore}, {"%A", kAfter}, {"%D", kDigest}};
  for (const auto& [mark, value] : marks) {
    for (std::size_t at = 0; (at = text.find(mark, at)) != text.npos;) {
      text.replace(at, mark.size(), value);
    }
  }
  return text;
}

constexpr std::string_view kPush = R"({"ref":"refs/heads/main","before":"%B","after":"%A",
"deleted":false,"forced":false,"repository":{"full_name":"me/jobs",
"clone_url":"https://git.lan/me/jobs.git","ssh_url":"git@git.lan:me/jobs.git",
"html_url":"https://git.lan/me/jobs"}})";

constexpr std::string_view kGitLabPush = R"({"object_kind":"push","ref":"refs/heads/main",
"before":"%B","after":"%A","checkout_sha":"%A","project":{"path_with_namespace":"me/jobs",
"git_http_url":"https://git.lan/me/jobs.git","git_ssh_url":"git@git.lan:me/jobs.git"}})";

constexpr std::string_view kCloudPush = R"({"push":{"changes":[{"forced":false,
"old":{"type":"branch","name":"main","target":{"hash":"%B"}},
"new":{"type":"branch","name":"main","target":{"hash":"%A"}}}]},
"repository":{"full_name":"me/jobs","links":{"html":{"href":"https://bitbucket.org/me/jobs"}}}})";

constexpr std::string_view kServerPush = R"({"eventKey":"repo:refs_changed",
"repository":{"slug":"jobs","project":{"key":"ME"},"links":{"clone":[
{"href":"https://git.lan/scm/me/jobs.git","name":"http"},
{"href":"ssh://git@git.lan:7999/me/jobs.git","name":"ssh"}]}},
"changes":[{"ref":{"id":"refs/heads/main"},"refId":"refs/heads/main","fromHash":"%B",
"toHash":"%A","type":"UPDATE"}]})";

constexpr std::string_view kDistributionPush = R"({"events":[{"id":"e-1","action":"push",
"target":{"mediaType":"application/vnd.oci.image.index.v1+json","digest":"%D","size":1,
"repository":"team/app","tag":"1.2","url":"http://registry.lan:5000/v2/team/app/manifests/1"},
"request":{"id":"r","host":"Registry.lan:5000","method":"PUT"},"actor":{}}]})";

constexpr std::string_view kHarborPush = R"({"type":"PUSH_ARTIFACT","occur_at":1,"operator":"me",
"event_data":{"resources":[{"digest":"%D","tag":"1.2",
"resource_url":"registry.lan/team/app:1.2"}],
"repository":{"name":"app","namespace":"team","repo_full_name":"team/app"}}})";

constexpr std::string_view kZotPush =
    R"({"name":"team/app","reference":"1.2","digest":"%D","mediaType":"m","manifest":"{}"})";

constexpr std::string_view kHubPush = R"({"callback_url":"https://registry.hub.docker.com/u/x",
"push_data":{"tag":"1.2","pusher":"me"},"repository":{"repo_name":"team/app"}})";

constexpr std::string_view kGhcrPush = R"({"action":"published","package":{"name":"app",
"namespace":"team","package_type":"CONTAINER","owner":{"login":"team"},
"package_version":{"container_metadata":{"tag":{"name":"1.2","digest":"%D"}}}}})";

constexpr std::string_view kQuayPush =
    R"({"repository":"team/app","docker_url":"quay.io/team/app","updated_tags":["1.2","latest"]})";

struct Form {
  Kind kind;
  webhook::Headers headers;
  std::string_view body;
  std::string_view proof;
};

const std::vector<Form>& Forms() {
  static const std::vector<Form> forms = {
      {Kind::kGitHub,
       {{"X-GitHub-Event", "push"}, {"X-GitHub-Delivery", "d-1"}},
       kPush,
       "X-Hub-Signature-256"},
      {Kind::kGitLab,
       {{"X-Gitlab-Event", "Push Hook"}, {"Idempotency-Key", "d-1"}},
       kGitLabPush,
       "X-Gitlab-Token"},
      {Kind::kGitea,
       {{"X-Gitea-Event", "push"}, {"X-GitHub-Event", "push"}, {"X-Gitea-Delivery", "d-1"}},
       kPush,
       "X-Gitea-Signature"},
      {Kind::kForgejo,
       {{"X-Forgejo-Event", "push"}, {"X-Gitea-Event", "push"}, {"X-Forgejo-Delivery", "d-1"}},
       kPush,
       "X-Forgejo-Signature"},
      {Kind::kBitbucket,
       {{"X-Event-Key", "repo:push"}, {"X-Request-UUID", "d-1"}},
       kCloudPush,
       "X-Hub-Signature"},
      {Kind::kBitbucketServer,
       {{"X-Event-Key", "repo:refs_changed"}, {"X-Request-Id", "d-1"}},
       kServerPush,
       "X-Hub-Signature"},
      {Kind::kGeneric, {}, "it happened", "X-Signature"},
      {Kind::kDistribution,
       {{"Content-Type", "application/vnd.docker.distribution.events.v1+json"}},
       kDistributionPush,
       "Authorization"},
      {Kind::kHarbor, {}, kHarborPush, "Authorization"},
      {Kind::kZot,
       {{"ce-type", "zotregistry.image.updated"}, {"ce-id", "e-1"}, {"ce-specversion", "1.0"}},
       kZotPush,
       "Authorization"},
      {Kind::kDockerHub, {}, kHubPush, ""},
      {Kind::kGhcr,
       {{"X-GitHub-Event", "package"}, {"X-GitHub-Delivery", "d-1"}},
       kGhcrPush,
       "X-Hub-Signature-256"},
      {Kind::kQuay, {}, kQuayPush, ""},
  };
  return forms;
}

}  // namespace

std::string ProofOf(const Sent& sent) {
  const std::string hex = HexOf(HmacSha256(sent.receiver.secret, sent.body));
  switch (sent.receiver.kind) {
    case Kind::kGitea:
    case Kind::kForgejo:
      return hex;
    case Kind::kGitLab:
      return sent.receiver.secret;
    case Kind::kDistribution:
    case Kind::kZot:
      return "Bearer " + sent.receiver.secret;
    case Kind::kHarbor:
      return sent.receiver.secret;
    default:
      return "sha256=" + hex;
  }
}

webhook::Result Sent::Receive() const {
  return webhook::Receive({receiver}, {webhook::HookPath(receiver), headers, body});
}

Sent Sent::Without(std::string_view header) const {
  Sent sent = *this;
  std::erase_if(sent.headers,
                [header](const auto& entry) { return SameLetters(entry.first, header); });
  return sent;
}

Sent Sent::With(std::string_view header, std::string_view value) const {
  Sent sent = Without(header);
  sent.headers.emplace_back(header, value);
  return sent;
}

Sent Sent::WithBody(std::string body) const {
  Sent sent = *this;
  sent.body = std::move(body);
  return sent.proof.empty() ? sent : sent.With(sent.proof, ProofOf(sent));
}

Sent Sample(webhook::Kind kind) {
  for (const Form& form : Forms()) {
    if (form.kind != kind) continue;
    Sent sent;
    sent.receiver.name = webhook::KindName(kind);
    sent.receiver.kind = kind;
    sent.receiver.secret = kSecret;
    sent.headers = form.headers;
    sent.proof = form.proof;
    return sent.WithBody(Filled(std::string(form.body)));
  }
  throw std::runtime_error("no sample of this kind");
}

std::vector<Sent> AllSamples() {
  std::vector<Sent> samples;
  for (const std::string& name : webhook::KindNames()) {
    samples.push_back(Sample(*webhook::KindOf(name)));
  }
  return samples;
}

}  // namespace nmgr::testing
