#include <algorithm>

#include "nmgr/base/base64.h"
#include "nmgr/base/letters.h"
#include "nmgr/base/text.h"
#include "webhook/headers.h"
#include "webhook/readers.h"

namespace nmgr::webhook {
namespace {

constexpr std::string_view kCloudEvents = "application/cloudevents+json";

// "registry.lan:5000" of "registry.lan:5000/team/app:1" or "https://registry.lan:5000/v2/".
std::string HostOf(std::string_view url) {
  if (const std::size_t scheme = url.find("://"); scheme != url.npos) url.remove_prefix(scheme + 3);
  return std::string(url.substr(0, url.find('/')));
}

// A digest where a tag is meant: the image was pushed without one.
std::string TagOf(std::string reference) {
  return reference.find(':') == reference.npos ? reference : std::string();
}

void AddHarborResources(const Json& data, const std::string& delivery, Result& result) {
  const std::string repository = TextAt(data, {"repository", "repo_full_name"});
  for (const Json& resource : ListAt(data, {"resources"})) {
    AddImage({.host = HostOf(TextAt(resource, {"resource_url"})),
              .repository = repository,
              .tag = TagOf(TextAt(resource, {"tag"})),
              .digest = TextAt(resource, {"digest"}),
              .delivery = delivery},
             result);
  }
}

}  // namespace

void ReadGhcr(const Headers& headers, const Json& body, Result& result) {
  const std::string event(Header(headers, "X-GitHub-Event"));
  if (event == "ping") {
    result.outcome = Outcome::kPing;
    return;
  }
  if (event != "package" && event != "registry_package") return Ignore(result, event);
  const std::string action = TextAt(body, {"action"});
  if (action != "published" && action != "updated") return Ignore(result, event + " " + action);
  const Json& package = At(body, {event.c_str()});
  const std::string type = TextAt(package, {"package_type"});
  if (!SameLetters(type, "container")) return Ignore(result, "a package of type " + type);
  std::string owner = TextAt(package, {"namespace"});
  if (owner.empty()) owner = TextAt(package, {"owner", "login"});
  const Json& tag = At(package, {"package_version", "container_metadata", "tag"});
  AddImage({.host = "ghcr.io",
            .repository = InSmallLetters(owner + "/" + TextAt(package, {"name"})),
            .tag = TextAt(tag, {"name"}),
            .digest = TextAt(tag, {"digest"}),
            .delivery = std::string(Header(headers, "X-GitHub-Delivery"))},
           result);
}

void ReadDistribution(const Headers&, const Json& body, Result& result) {
  for (const Json& event : ListAt(body, {"events"})) {
    const std::string action = TextAt(event, {"action"});
    if (action != "push") {
      Ignore(result, action);
      continue;
    }
    const Json& target = At(event, {"target"});
    std::string host = TextAt(event, {"request", "host"});
    if (host.empty()) host = HostOf(TextAt(target, {"url"}));
    AddImage({.host = std::move(host),
              .repository = TextAt(target, {"repository"}),
              .tag = TextAt(target, {"tag"}),
              .digest = TextAt(target, {"digest"}),
              .delivery = TextAt(event, {"id"})},
             result);
  }
}

void ReadHarbor(const Headers&, const Json& body, Result& result) {
  const std::string type = TextAt(body, {"type"});
  if (type == "PUSH_ARTIFACT") {
    AddHarborResources(At(body, {"event_data"}), {}, result);
  } else if (type == "harbor.artifact.pushed") {
    AddHarborResources(At(body, {"data"}), TextAt(body, {"id"}), result);
  } else {
    Ignore(result, type);
  }
}

void ReadZot(const Headers& headers, const Json& body, Result& result) {
  const bool whole = IsContentType(headers, kCloudEvents);
  const std::string type = whole ? TextAt(body, {"type"}) : std::string(Header(headers, "ce-type"));
  if (type != "zotregistry.image.updated") return Ignore(result, type);
  const Json* data = whole ? &At(body, {"data"}) : &body;
  std::optional<Json> decoded;
  const Json& coded = At(body, {"data_base64"});
  if (whole && coded.is_string()) {
    const auto bytes = DecodeBase64(coded.get_ref<const std::string&>());
    decoded = ReadBody(bytes.value_or(""), result.why);
    if (!decoded) return;
    data = &*decoded;
  }
  AddImage({.host = {},
            .repository = TextAt(*data, {"name"}),
            .tag = TagOf(TextAt(*data, {"reference"})),
            .digest = TextAt(*data, {"digest"}),
            .delivery = whole ? TextAt(body, {"id"}) : std::string(Header(headers, "ce-id"))},
           result);
}

void ReadDockerHub(const Headers&, const Json& body, Result& result) {
  AddImage({.host = "docker.io",
            .repository = TextAt(body, {"repository", "repo_name"}),
            .tag = TextAt(body, {"push_data", "tag"}),
            .digest = {},
            .proved = false,
            .delivery = {}},
           result);
}

void ReadQuay(const Headers&, const Json& body, Result& result) {
  const std::string url = TextAt(body, {"docker_url"});
  const std::size_t slash = url.find('/');
  if (slash == url.npos) return;
  for (const Json& tag : ListAt(body, {"updated_tags"})) {
    AddImage({.host = url.substr(0, slash),
              .repository = url.substr(slash + 1),
              .tag = TextOf(tag),
              .digest = {},
              .proved = false,
              .delivery = {}},
             result);
  }
}

}  // namespace nmgr::webhook
