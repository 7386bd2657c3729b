#include "nmgr/registry/reference.h"

#include <algorithm>

#include "nmgr/base/letters.h"
#include "nmgr/base/text.h"
#include "nmgr/net/address.h"

namespace nmgr::registry {
namespace {

constexpr std::size_t kLongestName = 255;
constexpr std::size_t kLongestTag = 128;

bool IsLowerOrDigit(char c) { return (c >= 'a' && c <= 'z') || IsAsciiDigit(c); }

Expected<net::Address> AddressOf(std::string_view host) {
  return net::ParseAddress("https://" + std::string(host));
}

// Of what can be an address the host names that an image may have: fewer.
bool IsHost(std::string_view text) {
  const auto address = AddressOf(text);
  if (!address || address->has_user || text.ends_with(':')) return false;
  const std::string& name = address->host;
  const bool is_ipv6 = name.find(':') != name.npos;
  if (is_ipv6 || text.starts_with('[')) return is_ipv6 && text.starts_with('[');
  return (IsAsciiLetter(name[0]) || IsAsciiDigit(name[0])) &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return IsAsciiLetter(c) || IsAsciiDigit(c) || c == '.' || c == '-';
         });
}

// Parts of small letters and digits, with single separators between.
bool IsRepository(std::string_view text) {
  if (text.empty() || text.size() > kLongestName) return false;
  for (const std::string_view part : Split(text, '/')) {
    if (part.empty() || !IsLowerOrDigit(part.front()) || !IsLowerOrDigit(part.back())) return false;
    const bool good = std::all_of(part.begin(), part.end(), [](char c) {
      return IsLowerOrDigit(c) || c == '.' || c == '_' || c == '-';
    });
    if (!good || part.find("..") != part.npos) return false;
  }
  return true;
}

bool IsTag(std::string_view text) {
  return !text.empty() && text.size() <= kLongestTag && text.front() != '.' &&
         text.front() != '-' && std::all_of(text.begin(), text.end(), [](char c) {
           return IsAsciiLetter(c) || IsAsciiDigit(c) || c == '.' || c == '_' || c == '-';
         });
}

}  // namespace

bool IsDigest(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == text.npos || colon == 0) return false;
  const std::string_view algorithm = text.substr(0, colon);
  const std::string_view value = text.substr(colon + 1);
  const bool named = std::all_of(algorithm.begin(), algorithm.end(), [](char c) {
    return IsLowerOrDigit(c) || c == '+' || c == '.' || c == '_' || c == '-';
  });
  const bool long_enough = algorithm == "sha256" ? value.size() == 64 : value.size() >= 32;
  return named && long_enough && value.size() <= 256 &&
         std::all_of(value.begin(), value.end(), [](char c) { return HexValue(c) >= 0; });
}

std::string HostName(std::string_view host) {
  std::string name = InSmallLetters(host);
  const bool hub = name == "index.docker.io" || name == "registry-1.docker.io";
  return hub ? std::string(kDockerHub) : name;
}

std::string Reference::Name() const {
  const std::string name = host + "/" + repository;
  return tag.empty() ? name + "@" + digest : name + ":" + tag;
}

std::string Reference::ApiHost() const {
  return host == kDockerHub ? "registry-1.docker.io" : host;
}

bool Reference::IsLoopback() const {
  const auto address = AddressOf(host);
  return address && address->IsLoopback();
}

std::optional<Reference> ParseReference(std::string_view image) {
  constexpr std::string_view kTransport = "docker://";
  if (image.starts_with(kTransport)) image.remove_prefix(kTransport.size());
  Reference reference;
  if (const std::size_t at = image.find('@'); at != image.npos) {
    reference.digest = image.substr(at + 1);
    if (!IsDigest(reference.digest)) return std::nullopt;
    image = image.substr(0, at);
  }
  const std::size_t slash = image.find('/');
  const std::string_view first = image.substr(0, slash == image.npos ? 0 : slash);
  const bool has_host = first == "localhost" || first.find_first_of(".:") != first.npos;
  if (has_host && !IsHost(first)) return std::nullopt;
  reference.host = HostName(has_host ? first : kDockerHub);
  std::string_view name = has_host ? image.substr(slash + 1) : image;
  const std::size_t last = name.rfind('/');
  const std::size_t colon = name.find(':', last == name.npos ? 0 : last);
  if (colon != name.npos) {
    reference.tag = name.substr(colon + 1);
    if (!IsTag(reference.tag)) return std::nullopt;
    name = name.substr(0, colon);
  } else if (reference.digest.empty()) {
    reference.tag = "latest";
  }
  const bool official = reference.host == kDockerHub && name.find('/') == name.npos;
  reference.repository = (official ? "library/" : "") + std::string(name);
  if (!IsRepository(reference.repository)) return std::nullopt;
  return reference;
}

}  // namespace nmgr::registry
