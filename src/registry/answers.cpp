#include "nmgr/registry/answers.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "nmgr/base/letters.h"
#include "nmgr/base/text.h"
#include "nmgr/base/utc.h"
#include "nmgr/registry/reference.h"

namespace nmgr::registry {
namespace {

using nlohmann::json;

constexpr std::size_t kMostChallenges = 8;
constexpr std::size_t kMostParameters = 16;
constexpr std::size_t kLongestToken = 64U << 10U;
constexpr std::size_t kLongestRefusal = 200;
constexpr std::size_t kLongestTagName = 128;

bool IsTokenByte(char c) {
  return IsAsciiLetter(c) || IsAsciiDigit(c) ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

// Takes from the front of a header, as RFC 9110 has it.
class HeaderReader {
 public:
  explicit HeaderReader(std::string_view text) : text_(text) {}

  bool AtEnd() const { return text_.empty(); }
  void SkipBlanks() {
    while (!text_.empty() && (text_.front() == ' ' || text_.front() == '\t')) Drop(1);
  }
  bool Take(char c) {
    if (text_.empty() || text_.front() != c) return false;
    Drop(1);
    return true;
  }
  void SkipCommas() {
    SkipBlanks();
    while (Take(',')) SkipBlanks();
  }
  std::string_view Word() {
    std::size_t end = 0;
    while (end < text_.size() && IsTokenByte(text_[end])) ++end;
    const std::string_view word = text_.substr(0, end);
    Drop(end);
    return word;
  }
  // A word or a quoted text; nothing where neither stands there or a quote is not closed.
  std::optional<std::string> Value() {
    if (!Take('"')) {
      const std::string_view word = Word();
      return word.empty() ? std::nullopt : std::optional<std::string>(word);
    }
    std::string value;
    while (!text_.empty()) {
      const char c = text_.front();
      Drop(1);
      if (c == '"') return value;
      if (c == '\\' && !text_.empty()) {
        value += text_.front();
        Drop(1);
      } else {
        value += c;
      }
    }
    return std::nullopt;
  }
  std::string_view rest() const { return text_; }
  void Drop(std::size_t count) { text_.remove_prefix(std::min(count, text_.size())); }

 private:
  std::string_view text_;
};

// `name = value` at the front; false, and nothing taken, where a new challenge begins.
bool TakeParameter(HeaderReader& reader, Challenge& challenge, bool& broken) {
  HeaderReader ahead = reader;
  const std::string name = InSmallLetters(ahead.Word());
  ahead.SkipBlanks();
  if (name.empty() || !ahead.Take('=')) return false;
  ahead.SkipBlanks();
  std::optional<std::string> value = ahead.Value();
  broken = !value || challenge.parameters.size() == kMostParameters;
  if (broken) return false;
  challenge.parameters.emplace(name, *std::move(value));
  reader = ahead;
  reader.SkipCommas();
  return true;
}

// Where the text between '<' and '>' points, if that is the server itself.
std::optional<std::string> OwnTarget(std::string_view url, const net::Address& address) {
  if (url.starts_with('/') && !url.starts_with("//")) return std::string(url);
  std::optional<Location> location = ReadLocation(url);
  if (!location || !IsSameServer(location->address, address)) return std::nullopt;
  return std::move(location->target);
}

bool IsPlain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

// Nothing of ours is deep; what is deeper is left out, so that brackets alone take no memory.
json ParseShallow(std::string_view body) {
  constexpr int kDeepest = 8;
  const auto keep = [](int depth, json::parse_event_t, const json&) { return depth <= kDeepest; };
  return json::parse(body, keep, false);
}

std::string StringAt(const json& object, const char* name) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  if (!object.is_object() || found == object.end() || !found->is_string()) return {};
  return found->get<std::string>();
}

// By the annotation that the OCI image specification has for it.
std::int64_t CreatedOf(const json& described) {
  const auto annotations = described.is_object() ? described.find("annotations") : described.end();
  if (!described.is_object() || annotations == described.end()) return 0;
  return ParseUtcNs(StringAt(*annotations, "org.opencontainers.image.created"));
}

}  // namespace

std::string Challenge::Parameter(const std::string& name) const {
  const auto found = parameters.find(name);
  return found == parameters.end() ? std::string() : found->second;
}

std::vector<Challenge> ReadChallenges(std::string_view header) {
  std::vector<Challenge> challenges;
  HeaderReader reader(header);
  for (bool broken = false; !broken && challenges.size() < kMostChallenges;) {
    reader.SkipCommas();
    Challenge challenge;
    challenge.scheme = InSmallLetters(reader.Word());
    if (challenge.scheme.empty()) break;
    reader.SkipBlanks();
    while (TakeParameter(reader, challenge, broken)) {
    }
    if (!broken) challenges.push_back(std::move(challenge));
  }
  return challenges;
}

std::optional<std::string> NextPage(std::string_view header, const net::Address& address,
                                    bool& foreign) {
  HeaderReader reader(header);
  while (true) {
    reader.SkipCommas();
    const std::size_t end = reader.rest().find('>');
    if (!reader.Take('<') || end == std::string_view::npos) return std::nullopt;
    const std::string_view url = reader.rest().substr(0, end - 1);
    reader.Drop(end);
    bool is_next = false;
    for (reader.SkipBlanks(); reader.Take(';'); reader.SkipBlanks()) {
      reader.SkipBlanks();
      const std::string name = InSmallLetters(reader.Word());
      reader.SkipBlanks();
      if (!reader.Take('=')) continue;
      reader.SkipBlanks();
      const std::optional<std::string> value = reader.Value();
      if (!value) return std::nullopt;
      is_next = is_next || (name == "rel" && InSmallLetters(*value) == "next");
    }
    if (!is_next) continue;
    std::optional<std::string> target = IsPlain(url) ? OwnTarget(url, address) : std::nullopt;
    foreign = !target;
    return target;
  }
}

std::optional<std::vector<std::string>> ReadTags(std::string_view body) {
  const json document = ParseShallow(body);
  if (!document.is_object()) return std::nullopt;
  const auto tags = document.find("tags");
  if (tags == document.end() || (!tags->is_null() && !tags->is_array())) return std::nullopt;
  std::vector<std::string> names;
  for (const json& tag : *tags) {
    if (!tag.is_string()) return std::nullopt;
    const auto& name = tag.get_ref<const std::string&>();
    if (!name.empty() && name.size() <= kLongestTagName && IsPlain(name)) names.push_back(name);
  }
  return names;
}

std::optional<std::string> ReadToken(std::string_view body) {
  const json document = ParseShallow(body);
  for (const char* name : {"token", "access_token"}) {
    std::string token = StringAt(document, name);
    if (!token.empty() && token.size() <= kLongestToken && IsPlain(token)) return token;
  }
  return std::nullopt;
}

bool IsManifest(std::string_view body) {
  const json document = ParseShallow(body);
  return document.is_object() && document.contains("schemaVersion");
}

std::optional<ManifestAge> ReadManifestAge(std::string_view body) {
  const json document = ParseShallow(body);
  if (!document.is_object()) return std::nullopt;
  ManifestAge age;
  age.created_ns = CreatedOf(document);
  if (const auto config = document.find("config"); config != document.end()) {
    age.config = StringAt(*config, "digest");
    return IsDigest(age.config) ? std::optional(age) : std::nullopt;
  }
  const auto images = document.find("manifests");
  if (images == document.end() || !images->is_array()) return std::nullopt;
  int best = -1;
  for (const json& image : *images) {
    const std::string digest = StringAt(image, "digest");
    const json& platform = image.is_object() ? image.value("platform", json()) : json();
    const std::string os = StringAt(platform, "os");
    const int rank = os != "linux" ? (os == "unknown" ? -1 : 0)
                                   : (StringAt(platform, "architecture") == "amd64" ? 2 : 1);
    if (!IsDigest(digest) || rank <= best) continue;
    best = rank;
    age.image = digest;
    if (age.created_ns == 0) age.created_ns = CreatedOf(image);
  }
  return best < 0 ? std::nullopt : std::optional(age);
}

std::int64_t ReadCreated(std::string_view body) {
  return ParseUtcNs(StringAt(ParseShallow(body), "created"));
}

std::string ReadRefusal(std::string_view body) {
  const json document = ParseShallow(body);
  if (!document.is_object()) return {};
  const auto errors = document.find("errors");
  const bool listed = errors != document.end() && errors->is_array() && !errors->empty();
  const json& first = listed ? errors->front() : document;
  std::string text = StringAt(first, "code");
  const std::string message = StringAt(first, listed ? "message" : "details");
  if (!text.empty() && !message.empty()) text += ": ";
  text = EscapeControls(text + message);
  if (text.size() <= kLongestRefusal) return text;
  std::size_t end = kLongestRefusal;
  while (end > 0 && IsContinuationByte(text[end])) --end;
  return text.substr(0, end) + "...";
}

std::optional<Location> ReadLocation(std::string_view url) {
  if (!IsPlain(url) || url.find('\\') != url.npos) return std::nullopt;
  url = url.substr(0, url.find('#'));
  const std::size_t scheme = url.find("://");
  if (scheme == url.npos) return std::nullopt;
  const std::size_t slash = std::min(url.find_first_of("/?", scheme + 3), url.size());
  Expected<net::Address> address = net::ParseAddress(url.substr(0, slash));
  if (!address || address->has_user || address->scheme == "unix") return std::nullopt;
  Location location{*std::move(address), std::string(url.substr(slash))};
  if (!location.target.starts_with('/')) location.target.insert(0, "/");
  return location;
}

bool IsSameServer(const net::Address& a, const net::Address& b) {
  const auto port = [](const net::Address& address) {
    if (!address.port.empty()) return address.port;
    return std::string(address.scheme == "https" ? "443" : "80");
  };
  return a.scheme == b.scheme && InSmallLetters(a.host) == InSmallLetters(b.host) &&
         port(a) == port(b);
}

}  // namespace nmgr::registry
