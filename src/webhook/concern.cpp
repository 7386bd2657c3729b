#include "nmgr/webhook/concern.h"

#include <algorithm>

#include "nmgr/base/letters.h"
#include "nmgr/base/text.h"
#include "nmgr/net/escape.h"

namespace nmgr::webhook {
namespace {

struct Scheme {
  std::string_view name;
  RepositoryAddress::Way way;
  std::string_view usual_port;
};

constexpr Scheme kSchemes[] = {
    {"https", RepositoryAddress::Way::kHttp, "443"},
    {"http", RepositoryAddress::Way::kHttp, "80"},
    {"ssh", RepositoryAddress::Way::kSsh, "22"},
    {"git+ssh", RepositoryAddress::Way::kSsh, "22"},
    {"ssh+git", RepositoryAddress::Way::kSsh, "22"},
    {"git", RepositoryAddress::Way::kGit, "9418"},
};

std::string PathOf(std::string_view text) {
  std::string path;
  for (const std::string_view part : Split(text.substr(0, text.find_first_of("?#")), '/')) {
    if (part.empty()) continue;
    if (!path.empty()) path += '/';
    path += part;
  }
  path = InSmallLetters(net::PercentDecode(path));
  constexpr std::string_view kSuffix = ".git";
  if (path.ends_with(kSuffix)) path.erase(path.size() - kSuffix.size());
  return path;
}

std::string HostIn(std::string_view text) {
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  if (text.ends_with('.')) text.remove_suffix(1);
  return InSmallLetters(text);
}

// "host", "host:22", "[::1]:22".
bool TakeAuthority(std::string_view text, std::string_view usual_port, RepositoryAddress& into) {
  if (const std::size_t at = text.rfind('@'); at != text.npos) text.remove_prefix(at + 1);
  const std::size_t colon = text.rfind(':');
  const bool has_port = colon != text.npos && text.find(']', colon) == text.npos;
  into.host = HostIn(has_port ? text.substr(0, colon) : text);
  if (has_port) into.port = text.substr(colon + 1);
  if (into.port == usual_port) into.port.clear();
  return !into.host.empty() && std::all_of(into.port.begin(), into.port.end(), IsAsciiDigit);
}

// [user@]host:path, which is neither a path nor has a scheme.
std::optional<RepositoryAddress> ParseShort(std::string_view url) {
  const std::size_t at = url.find('@');
  const std::size_t start = at != url.npos && at < url.find('/') ? at + 1 : 0;
  const std::size_t bracket = url.substr(start).starts_with('[') ? url.find(']', start) : start;
  const std::size_t colon = url.find(':', bracket == url.npos ? start : bracket);
  if (colon == url.npos || url.substr(0, colon).find('/') != url.npos) return std::nullopt;
  RepositoryAddress address;
  address.way = RepositoryAddress::Way::kSsh;
  address.host = HostIn(url.substr(start, colon - start));
  address.path = PathOf(url.substr(colon + 1));
  if (address.host.empty() || address.path.empty()) return std::nullopt;
  return address;
}

bool IsOneOf(const std::vector<std::string>& hosts, std::string_view host) {
  return std::any_of(hosts.begin(), hosts.end(),
                     [host](const std::string& name) { return SameLetters(name, host); });
}

}  // namespace

std::optional<RepositoryAddress> ParseRepository(std::string_view url) {
  const std::size_t mark = url.find("://");
  if (mark == url.npos) return ParseShort(url);
  const auto scheme = std::find_if(std::begin(kSchemes), std::end(kSchemes), [&](const Scheme& s) {
    return SameLetters(s.name, url.substr(0, mark));
  });
  if (scheme == std::end(kSchemes)) return std::nullopt;
  url.remove_prefix(mark + 3);
  const std::size_t slash = url.find('/');
  if (slash == url.npos) return std::nullopt;
  RepositoryAddress address;
  address.way = scheme->way;
  address.path = PathOf(url.substr(slash));
  if (!TakeAuthority(url.substr(0, slash), scheme->usual_port, address)) return std::nullopt;
  return address.path.empty() ? std::nullopt : std::optional(std::move(address));
}

bool IsSameRepository(const RepositoryAddress& a, const RepositoryAddress& b) {
  return a.host == b.host && a.path == b.path && (a.way != b.way || a.port == b.port);
}

bool SpeaksFor(const Receiver& receiver, std::string_view source) {
  const auto& sources = receiver.sources;
  return sources.empty() || std::find(sources.begin(), sources.end(), source) != sources.end();
}

bool IsOf(const Receiver& receiver, const Push& push, std::string_view url) {
  if (push.whole) return true;
  const std::optional<RepositoryAddress> ours = ParseRepository(url);
  if (!ours) return false;
  return std::any_of(push.urls.begin(), push.urls.end(), [&](const std::string& text) {
    const std::optional<RepositoryAddress> theirs = ParseRepository(text);
    if (!theirs) return false;
    if (IsSameRepository(*theirs, *ours)) return true;
    return theirs->path == ours->path && IsOneOf(receiver.hosts, ours->host);
  });
}

bool Concerns(const Receiver& receiver, const Push& push, std::string_view source,
              std::string_view url, std::string_view ref) {
  return SpeaksFor(receiver, source) && (push.whole || push.ref == ref) &&
         IsOf(receiver, push, url);
}

std::vector<Announced> AnnouncedBy(const Receiver& receiver, const std::vector<Push>& pushes,
                                   const std::vector<FollowedSource>& sources) {
  std::vector<Announced> announced;
  for (const FollowedSource& source : sources) {
    const auto last = std::find_if(pushes.rbegin(), pushes.rend(), [&](const Push& push) {
      return Concerns(receiver, push, source.name, source.url, source.ref);
    });
    if (last != pushes.rend()) announced.push_back({source.name, last->after});
  }
  return announced;
}

bool Concerns(const Receiver& receiver, const Image& image, std::string_view host,
              std::string_view repository, std::string_view tag) {
  if (image.tag != tag) return false;
  const bool is_host = image.host.empty() ? receiver.hosts.empty() : SameLetters(image.host, host);
  if (!is_host && !IsOneOf(receiver.hosts, host)) return false;
  if (image.repository == repository) return true;
  return SameLetters(host, "docker.io") && "library/" + image.repository == repository;
}

}  // namespace nmgr::webhook
