#include "nmgr/git/url.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "nmgr/base/letters.h"
#include "nmgr/base/text.h"

namespace nmgr::git {
namespace {

struct Scheme {
  std::string_view start;
  Transport transport;
};
constexpr Scheme kSchemes[] = {{"https://", Transport::kHttps},
                               {"http://", Transport::kHttp},
                               {"ssh://", Transport::kSsh},
                               {"file://", Transport::kFile}};

Error BadUrl(std::string_view text, std::string_view why) {
  return {ErrorCode::kConfig, fmt::format("{}: {}", ShownUrl(text), why),
          "https://HOST/PATH, ssh://USER@HOST/PATH, USER@HOST:PATH or file:///PATH"};
}

bool IsHost(std::string_view host) {
  return !host.empty() && host.front() != '-' && std::all_of(host.begin(), host.end(), [](char c) {
    return IsAsciiLetter(c) || IsAsciiDigit(c) || c == '.' || c == '-' || c == '_' || c == ':';
  });
}

bool IsPort(std::string_view port) {
  return !port.empty() && port.size() <= 5 && std::all_of(port.begin(), port.end(), IsAsciiDigit);
}

// "[::1]:22", "host:22", "host". False for another form.
bool TakeHost(std::string_view authority, Url& url) {
  std::string_view host = authority;
  std::string_view rest;
  if (host.starts_with('[')) {
    const std::size_t end = host.find(']');
    if (end == host.npos) return false;
    rest = host.substr(end + 1);
    host = host.substr(1, end - 1);
  } else if (const std::size_t colon = host.find(':'); colon != host.npos) {
    rest = host.substr(colon);
    host = host.substr(0, colon);
  }
  if (!IsHost(host)) return false;
  url.host = InSmallLetters(host);
  if (rest.empty()) return true;
  if (rest.front() != ':' || !IsPort(rest.substr(1))) return false;
  url.port = std::string(rest.substr(1));
  return true;
}

// The parts behind "scheme://", or of "user@host:path".
Expected<Url> Take(std::string_view text, Url url, std::string_view authority) {
  if (const std::size_t at = authority.rfind('@'); at != authority.npos) {
    const std::string_view user = authority.substr(0, at);
    if (user.find(':') != user.npos) return BadUrl(text, "a url holds no password");
    if (url.transport != Transport::kSsh) {
      return BadUrl(text, "a url of this kind holds no user: that may be a token");
    }
    if (!IsUserName(user)) return BadUrl(text, "this user is none");
    url.user = std::string(user);
    authority.remove_prefix(at + 1);
  }
  if (!TakeHost(authority, url)) return BadUrl(text, "this host is none");
  if (url.path.size() < 2 && url.transport != Transport::kSsh)
    return BadUrl(text, "it has no path");
  if (url.path.empty() || url.path == "/") return BadUrl(text, "it has no path");
  return url;
}

}  // namespace

bool IsUserName(std::string_view user) {
  return !user.empty() && user.front() != '-' && std::all_of(user.begin(), user.end(), [](char c) {
    return IsAsciiLetter(c) || IsAsciiDigit(c) ||
           std::string_view("._-+").find(c) != std::string_view::npos;
  });
}

std::string Url::Authority() const {
  const std::string name = host.find(':') == host.npos ? host : "[" + host + "]";
  return port.empty() ? name : name + ":" + port;
}

Expected<Url> ParseUrl(std::string_view text) {
  Url url;
  url.text = std::string(text);
  if (text.empty()) return BadUrl(text, "there is no url");
  for (const char c : text) {
    if (static_cast<unsigned char>(c) <= ' ' || c == '\x7f' || c == '\\') {
      return BadUrl(text, "a url holds no blanks, controls and backslashes");
    }
  }
  if (text.front() == '-') return BadUrl(text, "git would take it for an option");
  for (const Scheme& scheme : kSchemes) {
    if (!text.starts_with(scheme.start)) continue;
    std::string_view rest = text.substr(scheme.start.size());
    url.transport = scheme.transport;
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    url.path = std::string(rest.substr(slash));
    const std::string_view authority = rest.substr(0, slash);
    if (url.transport != Transport::kFile) return Take(text, std::move(url), authority);
    if (!authority.empty()) return BadUrl(text, "the path of a file begins with a slash");
    if (url.path.size() < 2) return BadUrl(text, "it has no path");
    return url;
  }
  if (text.find("://") != text.npos || text.find("::") < text.find('/')) {
    if (!text.starts_with('[') && text.find("@[") == text.npos) {
      return BadUrl(text, "git is not asked for addresses of this kind");
    }
  }
  // "user@host:path" and "user@[::1]:path".
  const std::size_t bracket = text.find(']');
  const std::size_t colon = text.find(':', bracket == text.npos ? 0 : bracket);
  if (colon == text.npos || text.find('/') < colon) {
    return BadUrl(text, "this is no address of a repository");
  }
  constexpr std::string_view kNoHosts[] = {"http", "https", "ssh", "file", "git", "ftp"};
  if (std::find(std::begin(kNoHosts), std::end(kNoHosts), text.substr(0, colon)) !=
      std::end(kNoHosts)) {
    return BadUrl(text, "two slashes follow the kind of an address");
  }
  url.transport = Transport::kSsh;
  url.path = std::string(text.substr(colon + 1));
  if (url.path.find('@') < url.path.find('/')) return BadUrl(text, "a url holds no password");
  if (url.path.starts_with('-')) return BadUrl(text, "git would take it for an option");
  return Take(text, std::move(url), text.substr(0, colon));
}

std::string ShownUrl(std::string_view text) {
  const std::size_t scheme = text.find("://");
  const std::size_t start = scheme == text.npos ? 0 : scheme + 3;
  const std::size_t slash = std::min(text.find('/', start), text.size());
  const std::size_t at = text.substr(0, slash).rfind('@');
  std::string shown(text.substr(0, start));
  const std::size_t from = at == text.npos || at < start ? start : at + 1;
  const std::string_view rest = text.substr(from);
  shown += rest.substr(0, std::min(rest.find_first_of("?#"), rest.size()));
  return EscapeControls(shown);
}

}  // namespace nmgr::git
