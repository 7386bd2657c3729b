#include <algorithm>

#include "nmgr/base/text.h"
#include "webhook/headers.h"
#include "webhook/readers.h"

namespace nmgr::webhook {
namespace {

constexpr std::string_view kBranches = "refs/heads/";
constexpr std::string_view kTags = "refs/tags/";

std::vector<std::string> Urls(const Json& repository, std::initializer_list<const char*> keys) {
  std::vector<std::string> urls;
  for (const char* const key : keys) {
    std::string url = TextAt(repository, {key});
    if (!url.empty()) urls.push_back(std::move(url));
  }
  return urls;
}

// The push of GitHub, which Gitea and Forgejo send as well.
Push PushOf(const Json& body, std::string_view delivery) {
  Push push;
  push.urls = Urls(At(body, {"repository"}), {"clone_url", "ssh_url", "html_url", "git_url"});
  push.ref = TextAt(body, {"ref"});
  push.before = CommitOf(TextAt(body, {"before"}));
  push.after = CommitOf(TextAt(body, {"after"}));
  push.deleted = IsTrueAt(body, {"deleted"}) || (push.after.empty() && !push.before.empty());
  push.forced = IsTrueAt(body, {"forced"});
  push.delivery = delivery;
  return push;
}

std::string FullRef(std::string_view type, const std::string& name) {
  if (name.empty()) return {};
  if (type == "tag") return std::string(kTags) + name;
  const bool is_branch = type == "branch" || type == "named_branch";
  return is_branch ? std::string(kBranches) + name : std::string();
}

// "https://host/projects/KEY/repos/SLUG/browse", where the clone links are not sent: what Bitbucket
// Server would clone from.
std::string CloneUrl(const std::string& link) {
  constexpr std::string_view kProjects = "/projects/";
  const std::size_t projects = link.find(kProjects);
  if (projects == link.npos) return {};
  const auto parts = Split(std::string_view(link).substr(projects + kProjects.size()), '/');
  if (parts.size() < 3 || parts[1] != "repos") return {};
  return link.substr(0, projects) + "/scm/" + std::string(parts[0]) + "/" + std::string(parts[2]);
}

}  // namespace

void ReadGitHub(const Headers& headers, const Json& body, Result& result) {
  const std::string_view event = Header(headers, "X-GitHub-Event");
  if (event == "push") {
    AddPush(PushOf(body, Header(headers, "X-GitHub-Delivery")), result);
  } else {
    ReadGhcr(headers, body, result);
  }
}

void ReadGitea(const Headers& headers, const Json& body, Result& result) {
  const std::string_view event = FirstHeader(headers, {"X-Forgejo-Event", "X-Gitea-Event"});
  Push push = PushOf(body, FirstHeader(headers, {"X-Forgejo-Delivery", "X-Gitea-Delivery"}));
  if (event == "delete" || event == "create") {
    push.ref = FullRef(TextAt(body, {"ref_type"}), push.ref);
    push.after = CommitOf(TextAt(body, {"sha"}));
    push.deleted = event == "delete";
  } else if (event != "push") {
    return Ignore(result, event);
  }
  AddPush(std::move(push), result);
}

void ReadGitLab(const Headers& headers, const Json& body, Result& result) {
  const std::string kind = TextAt(body, {"object_kind"});
  if (kind != "push" && kind != "tag_push") return Ignore(result, kind);
  Push push;
  const Json& project = At(body, {"project"});
  push.urls = Urls(project, {"git_http_url", "git_ssh_url", "web_url", "http_url", "ssh_url"});
  push.ref = TextAt(body, {"ref"});
  push.before = CommitOf(TextAt(body, {"before"}));
  const std::string after = CommitOf(TextAt(body, {"after"}));
  push.deleted = after.empty();
  push.after = CommitOf(TextAt(body, {"checkout_sha"}));  // of an annotated tag its commit
  if (push.after.empty() || push.deleted) push.after = after;
  push.delivery = FirstHeader(headers, {"webhook-id", "Idempotency-Key", "X-Gitlab-Event-UUID"});
  AddPush(std::move(push), result);
}

void ReadBitbucket(const Headers& headers, const Json& body, Result& result) {
  const std::string_view event = Header(headers, "X-Event-Key");
  if (event != "repo:push") return Ignore(result, event);
  const Json& repository = At(body, {"repository"});
  std::string url = TextAt(repository, {"links", "html", "href"});
  const std::string name = TextAt(repository, {"full_name"});
  if (url.empty() && !name.empty()) url = "https://bitbucket.org/" + name;
  for (const Json& change : ListAt(body, {"push", "changes"})) {
    const Json& now = At(change, {"new"});
    const Json& old = At(change, {"old"});
    const Json& either = now.is_object() ? now : old;
    Push push;
    if (!url.empty()) push.urls = {url};
    push.ref = FullRef(TextAt(either, {"type"}), TextAt(either, {"name"}));
    push.before = CommitOf(TextAt(old, {"target", "hash"}));
    push.after = CommitOf(TextAt(now, {"target", "hash"}));
    push.deleted = !now.is_object();
    push.forced = IsTrueAt(change, {"forced"});
    push.delivery = Header(headers, "X-Request-UUID");
    AddPush(std::move(push), result);
  }
}

void ReadBitbucketServer(const Headers& headers, const Json& body, Result& result) {
  const std::string_view event = Header(headers, "X-Event-Key");
  if (event == "diagnostics:ping") {
    result.outcome = Outcome::kPing;
    return;
  }
  if (event != "repo:refs_changed") return Ignore(result, event);
  const Json& repository = At(body, {"repository"});
  std::vector<std::string> urls;
  for (const Json& link : ListAt(repository, {"links", "clone"})) {
    urls.push_back(TextAt(link, {"href"}));
  }
  for (const Json& link : ListAt(repository, {"links", "self"})) {
    urls.push_back(CloneUrl(TextAt(link, {"href"})));
  }
  std::erase(urls, "");
  for (const Json& change : ListAt(body, {"changes"})) {
    Push push;
    push.urls = urls;
    push.ref = TextAt(change, {"refId"});
    if (push.ref.empty()) push.ref = TextAt(change, {"ref", "id"});
    push.before = CommitOf(TextAt(change, {"fromHash"}));
    push.after = CommitOf(TextAt(change, {"toHash"}));
    push.deleted = TextAt(change, {"type"}) == "DELETE";
    if (push.deleted) push.after.clear();
    push.delivery = Header(headers, "X-Request-Id");
    AddPush(std::move(push), result);
  }
}

}  // namespace nmgr::webhook
