#include "nmgr/registry/client.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <set>
#include <utility>

#include "nmgr/base/base64.h"
#include "nmgr/base/log.h"
#include "nmgr/base/text.h"
#include "nmgr/net/curl_library.h"
#include "nmgr/net/escape.h"
#include "nmgr/net/http_transport.h"
#include "nmgr/registry/answers.h"

namespace nmgr::registry {
namespace {

using net::Fault;
using net::HttpAnswer;
using net::HttpRequest;
using net::Method;
using net::TransportError;
using Outcome = tl::expected<HttpAnswer, TransportError>;

constexpr Duration kConnectTimeout{5'000};
constexpr Duration kTimeLimit{15'000};
constexpr std::size_t kLargestAnswer = 4U << 20U;
constexpr std::size_t kLargestToken = 128U << 10U;
constexpr std::size_t kMostTags = 200'000;
constexpr std::size_t kLongestScope = 512;

constexpr std::string_view kManifests =
    "Accept: application/vnd.oci.image.index.v1+json, "
    "application/vnd.docker.distribution.manifest.list.v2+json, "
    "application/vnd.oci.image.manifest.v1+json, "
    "application/vnd.docker.distribution.manifest.v2+json";

std::string Sha256Digest(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
  unsigned int length = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), hash.data(), &length, EVP_sha256(), nullptr) != 1) {
    return {};
  }
  std::string digest = "sha256:";
  for (unsigned int i = 0; i < length; ++i) digest += fmt::format("{:02x}", hash[i]);
  return digest;
}

std::string DigestOf(const HttpAnswer& answer) {
  std::string_view text = answer.Header("docker-content-digest").value_or("");
  if (IsDigest(text)) return std::string(text);
  text = answer.Header("etag").value_or("");
  if (text.starts_with("W/")) text.remove_prefix(2);
  if (text.size() >= 2 && text.starts_with('"') && text.ends_with('"')) {
    text = text.substr(1, text.size() - 2);
  }
  return IsDigest(text) ? std::string(text) : std::string();
}

// Of "76;w=21600".
std::optional<int> PullsLeft(const HttpAnswer& answer) {
  const auto text = answer.Header("ratelimit-remaining");
  int left = 0;
  if (!text || std::from_chars(text->data(), text->data() + text->size(), left).ec != std::errc()) {
    return std::nullopt;
  }
  return left;
}

std::string BasicHeader(const Credential& credential) {
  return "Authorization: Basic " + EncodeBase64(credential.user + ":" + credential.password);
}

}  // namespace

// One host and all that is known of it.
class HostClient::Host {
 public:
  Host(Credentials& credentials, ClientOptions options)
      : credentials_(credentials), options_(std::move(options)) {}

  // `elsewhere`: where the registry points at another place, that is asked.
  Expected<HttpAnswer> Ask(const Reference& reference, Method method, const std::string& target,
                           std::string_view accept, bool elsewhere = false) {
    if (gone_) return *gone_;
    TRY(Prepare(reference));
    Outcome outcome = Send(reference, method, target, accept);
    if (outcome && outcome->status == 401) {
      TRY_ASSIGN(const bool helps, Answer(reference, *outcome));
      if (helps) outcome = Send(reference, method, target, accept);
    }
    if (!outcome) return Unreached(reference.host, outcome.error());
    if (elsewhere && outcome->status >= 300 && outcome->status < 400) {
      TRY_ASSIGN(outcome, AskElsewhere(reference, outcome->Header("location").value_or("")));
    }
    if (const auto left = PullsLeft(*outcome); left && *left < kLeastPulls) {
      gone_ =
          Error{ErrorCode::kRejected,
                fmt::format(
                    "{} is asked nothing more: {} left for this address or account", reference.host,
                    Count(static_cast<std::size_t>(std::max(*left, 0)), "pull is", "pulls are")),
                "with credentials of an account there are more"};
    }
    return Judge(reference, *std::move(outcome));
  }

  const net::Address& address() const { return address_; }

 private:
  // Finds out how the host is reached, and who one is there.
  Expected<void> Prepare(const Reference& reference) {
    if (!transport_) TRY(Connect(reference));
    const auto known = by_repository_.find(reference.repository);
    if (known == by_repository_.end()) {
      TRY_ASSIGN(Found found, credentials_.For(reference.host, reference.repository));
      Hide(found.credential);
      found_ = &by_repository_.emplace(reference.repository, std::move(found)).first->second;
    } else {
      found_ = &known->second;
    }
    return {};
  }

  void Hide(const std::optional<Credential>& credential) {
    if (!credential || options_.secrets == nullptr) return;
    options_.secrets->Add(credential->password);
    options_.secrets->Add(credential->identity_token);
    options_.secrets->AddUser(credential->user, credential->password);
  }

  Expected<void> Connect(const Reference& reference) {
    TRY(net::LoadCurl());
    TRY_ASSIGN(authorities_, credentials_.Authorities(reference.host));
    lenient_ =
        credentials_.IsInsecure(reference.host) || (reference.IsLoopback() && authorities_.empty());
    TRY(Open("https", reference));
    if (!lenient_) return {};
    HttpRequest probe;
    probe.target = "/v2/";
    probe.time_limit = kTimeLimit;
    probe.largest_answer = kLargestToken;
    probe.stop = options_.stop;
    probe.deadline = options_.deadline;
    const Outcome outcome = transport_->Send(probe);
    if (outcome || outcome.error().fault == Fault::kStopped) return {};
    return Open("http", reference);
  }

  Expected<void> Open(const std::string& scheme, const Reference& reference) {
    auto address = net::ParseAddress(scheme + "://" + reference.ApiHost());
    if (!address) return Error{ErrorCode::kUsage, reference.host + " is no host"};
    address_ = *std::move(address);
    TRY_ASSIGN(transport_, MakeTransport(address_, lenient_));
    return {};
  }

  Expected<std::unique_ptr<net::HttpTransport>> MakeTransport(const net::Address& address,
                                                              bool lenient) const {
    net::Endpoint endpoint;
    endpoint.address = address;
    endpoint.tls_skip_verify = lenient;
    if (address.host == address_.host) endpoint.ca_bundle = authorities_;
    endpoint.connect_timeout = kConnectTimeout;
    TRY_ASSIGN(endpoint.proxy, net::ProxyFor(address, options_.environment));
    return std::make_unique<net::HttpTransport>(std::move(endpoint), 1);
  }

  Outcome Send(const Reference& reference, Method method, const std::string& target,
               std::string_view accept) {
    HttpRequest request;
    request.method = method;
    request.target = target;
    request.headers.emplace_back(accept);
    request.time_limit = kTimeLimit;
    request.largest_answer = kLargestAnswer;
    request.stop = options_.stop;
    request.deadline = options_.deadline;
    const auto token = tokens_.find(reference.repository);
    if (token != tokens_.end()) {
      request.headers.push_back("Authorization: Bearer " + token->second);
    } else if (basic_ && HasPassword()) {
      request.headers.push_back(BasicHeader(*found_->credential));
    }
    Outcome outcome = transport_->Send(request);
    Note(reference.host, address_, request, outcome);
    return outcome;
  }

  // Whoever holds the registry's bytes for it is told of no credentials, and his faults are not the
  // registry's.
  Expected<Outcome> AskElsewhere(const Reference& reference, std::string_view url) {
    const std::string own = fmt::format("{}://{}{}", address_.scheme, address_.HostAndPort(), url);
    const std::optional<Location> place = ReadLocation(url.starts_with('/') ? own : url);
    if (!place || (place->address.scheme != "https" && address_.scheme == "https")) {
      return Error{ErrorCode::kRejected, "the registry points at no place that can be asked"};
    }
    const bool same = IsSameServer(place->address, address_);
    TRY_ASSIGN(const auto transport,
               MakeTransport(place->address, (lenient_ && same) || place->address.IsLoopback()));
    HttpRequest request;
    request.target = place->target;
    request.time_limit = kTimeLimit;
    request.largest_answer = kLargestAnswer;
    request.stop = options_.stop;
    request.deadline = options_.deadline;
    Outcome outcome = transport->Send(request);
    Note(reference.host, place->address, request, outcome);
    if (outcome) return outcome;
    return Error{ErrorCode::kUnreachable,
                 place->address.HostAndPort() + " cannot be asked: " + outcome.error().reason};
  }

  void Note(const std::string& host, const net::Address& address, const HttpRequest& request,
            const Outcome& outcome) const {
    if (options_.heard) {
      Heard heard{host, outcome ? outcome->status : 0};
      if (outcome) heard.retry_after = outcome->retry_after;
      if (outcome) heard.pulls_left = PullsLeft(*outcome);
      options_.heard(heard);
    }
    if (!LogEnabled(LogLevel::kDebug)) return;
    LogDebug("{} {}://{}{} {}", net::MethodName(request.method), address.scheme,
             address.HostAndPort(), request.target.substr(0, request.target.find('?')),
             outcome ? std::to_string(outcome->status) : outcome.error().reason);
  }

  // Answers the challenge of a 401. Whether asking again may help.
  Expected<bool> Answer(const Reference& reference, const HttpAnswer& refusal) {
    std::optional<Challenge> basic;
    for (const auto& [name, value] : refusal.head) {
      if (name != "www-authenticate") continue;
      for (Challenge& challenge : ReadChallenges(value)) {
        if (challenge.scheme == "bearer") {
          TRY_ASSIGN(tokens_[reference.repository], FetchToken(reference, challenge));
          return true;
        }
        if (challenge.scheme == "basic") basic = std::move(challenge);
      }
    }
    const bool helps = basic && HasPassword() && !basic_;
    if (helps) basic_ = true;
    return helps;
  }

  bool HasPassword() const { return found_->credential && !found_->credential->password.empty(); }

  static std::string ScopeOf(const Reference& reference, const Challenge& challenge) {
    std::string scope = challenge.Parameter("scope");
    const bool usable = !scope.empty() && scope.size() <= kLongestScope;
    return usable ? scope : fmt::format("repository:{}:pull", reference.repository);
  }

  // The distribution protocol's ways to a token: a question with a user and password or without;
  // with an identity token a form, which is OAuth2's.
  HttpRequest TokenRequest(const Reference& reference, const Challenge& challenge,
                           const Location& realm) const {
    HttpRequest request;
    request.target = realm.target;
    request.headers = {"Accept: application/json"};
    const auto add = [](std::string& to, std::string_view name, std::string_view value, char by) {
      if (value.empty()) return;
      if (by != '\0') to += by;
      to += fmt::format("{}={}", name, net::PercentEncode(value));
    };
    const std::string service = challenge.Parameter("service");
    const std::string scope = ScopeOf(reference, challenge);
    if (found_->credential && !found_->credential->identity_token.empty()) {
      request.method = Method::kPost;
      request.headers.emplace_back("Content-Type: application/x-www-form-urlencoded");
      add(request.body, "grant_type", "refresh_token", '\0');
      add(request.body, "service", service, '&');
      add(request.body, "client_id", "nmgr", '&');
      add(request.body, "scope", scope, '&');
      add(request.body, "refresh_token", found_->credential->identity_token, '&');
      return request;
    }
    const auto by = [&request] {
      return request.target.find('?') == std::string::npos ? '?' : '&';
    };
    add(request.target, "service", service, by());
    for (const std::string& one : SplitList(scope, " ")) add(request.target, "scope", one, by());
    if (HasPassword()) request.headers.push_back(BasicHeader(*found_->credential));
    return request;
  }

  Expected<std::string> FetchToken(const Reference& reference, const Challenge& challenge) {
    const std::optional<Location> realm = ReadLocation(challenge.Parameter("realm"));
    const std::string& host = reference.host;
    if (!realm) {
      return Error{ErrorCode::kRejected,
                   fmt::format("{} names no place where a token could be had", host)};
    }
    if (realm->address.scheme != "https" && address_.scheme == "https") {
      return Error{ErrorCode::kRejected,
                   fmt::format("{} sends for a token to {}, which is not asked without TLS", host,
                               realm->address.HostAndPort()),
                   fmt::format("insecure = true in [registry.\"{}\"] allows it", host)};
    }
    // What is said of this host holds for no other.
    const bool own = realm->address.host == address_.host;
    TRY_ASSIGN(const auto transport,
               MakeTransport(realm->address, (lenient_ && own) || realm->address.IsLoopback()));
    HttpRequest request = TokenRequest(reference, challenge, *realm);
    request.time_limit = kTimeLimit;
    request.largest_answer = kLargestToken;
    request.stop = options_.stop;
    request.deadline = options_.deadline;
    const Outcome outcome = transport->Send(request);
    Note(host, realm->address, request, outcome);
    if (!outcome) return Unreached(realm->address.HostAndPort(), outcome.error());
    if (outcome->status != 200) return Judge(reference, *outcome).error();
    const std::optional<std::string> token = ReadToken(outcome->body);
    if (!token) {
      return Error{ErrorCode::kRejected,
                   fmt::format("{} gives no token for {}", realm->address.HostAndPort(), host)};
    }
    if (options_.secrets != nullptr) options_.secrets->Add(*token);
    return *token;
  }

  Error Unreached(const std::string& host, const TransportError& fault) {
    if (fault.fault == Fault::kStopped) return Error{ErrorCode::kInterrupted, "interrupted"};
    const Error error{ErrorCode::kUnreachable,
                      fmt::format("the registry {} cannot be asked: {}", host, fault.reason),
                      fault.fault == Fault::kTls
                          ? fmt::format("ca_file in [registry.\"{}\"] names who vouches for it, "
                                        "insecure = true does without",
                                        host)
                          : std::string()};
    if (fault.fault != Fault::kTooLarge) gone_ = error;
    return error;
  }

  // Everything but a good answer as the error that it is.
  Expected<HttpAnswer> Judge(const Reference& reference, HttpAnswer answer) {
    if (answer.status >= 200 && answer.status < 300) return answer;
    const std::string words = ReadRefusal(answer.body);
    const std::string told = words.empty() ? std::string() : ": " + words;
    const std::string what = fmt::format("{}/{}", reference.host, reference.repository);
    if (answer.status == 401 || answer.status == 403) return Forbidden(reference, answer, told);
    if (answer.status == 404) {
      return Error{
          ErrorCode::kNotFound,
          fmt::format("{}: no such repository or tag, or none that is shown to {} (404{})",
                      reference.Name(),
                      found_ != nullptr && found_->credential ? "this user" : "all", told)};
    }
    if (answer.status == 429) {
      const std::string when =
          answer.retry_after.count() == 0
              ? std::string()
              : fmt::format("; it is to be asked again in {}", FormatDuration(answer.retry_after));
      gone_ = Error{
          ErrorCode::kRejected,
          fmt::format("{} has had enough questions for now (429{}){}", reference.host, told, when)};
      return *gone_;
    }
    if (answer.status >= 300 && answer.status < 400) {
      return Error{ErrorCode::kRejected,
                   fmt::format("{}: the registry points somewhere else ({}), which is not followed",
                               what, answer.status)};
    }
    return Error{ErrorCode::kRejected,
                 fmt::format("{}: the registry answers {}{}", what, answer.status, told)};
  }

  Error Forbidden(const Reference& reference, const HttpAnswer& answer,
                  const std::string& told) const {
    const std::string what = fmt::format("{}/{}", reference.host, reference.repository);
    if (found_ != nullptr && found_->credential) {
      const std::string& user = found_->credential->user;
      const std::string who =
          user.empty() ? "the identity token that is there" : "the user " + user;
      return {ErrorCode::kForbidden,
              fmt::format("{}: the registry refuses {} ({}{})", what, who, answer.status, told)};
    }
    std::string hint = found_ != nullptr ? found_->not_used : std::string();
    if (!hint.empty()) hint += "; ";
    hint += fmt::format("see [registry.\"{}\"] in the README, or `docker login`", reference.host);
    return {ErrorCode::kForbidden,
            fmt::format("{}: the registry wants credentials ({}{})", what, answer.status, told),
            std::move(hint)};
  }

  Credentials& credentials_;
  ClientOptions options_;
  bool lenient_ = false;  // plain HTTP, or TLS that nobody vouches for, will do
  net::Address address_;
  std::string authorities_;  // PEM; "": the system's
  std::unique_ptr<net::HttpTransport> transport_;
  std::map<std::string, Found> by_repository_;
  const Found* found_ = nullptr;               // of the repository that is asked about
  bool basic_ = false;                         // credentials go with every request
  std::map<std::string, std::string> tokens_;  // by repository
  std::optional<Error> gone_;                  // why it is asked nothing more
};

HostClient::HostClient(Credentials& credentials, ClientOptions options)
    : host_(std::make_unique<Host>(credentials, std::move(options))) {}

HostClient::~HostClient() = default;

Expected<std::string> HostClient::Digest(const Reference& reference) {
  const std::string target =
      fmt::format("/v2/{}/manifests/{}", reference.repository, reference.tag);
  TRY_ASSIGN(const HttpAnswer answer, host_->Ask(reference, Method::kHead, target, kManifests));
  std::string digest = DigestOf(answer);
  if (!digest.empty()) return digest;
  TRY_ASSIGN(const HttpAnswer whole, host_->Ask(reference, Method::kGet, target, kManifests));
  digest = DigestOf(whole);
  if (!digest.empty()) return digest;
  if (IsManifest(whole.body)) return Sha256Digest(whole.body);
  return Error{ErrorCode::kRejected,
               fmt::format("{}/{}: what answers there sends no manifest of {}", reference.host,
                           reference.repository, reference.tag),
               "a login page or a proxy may stand before the registry"};
}

Expected<std::int64_t> HostClient::Created(const Reference& reference, const std::string& digest) {
  std::string config;
  std::string wanted = digest;
  for (int step = 0; step < 2 && config.empty(); ++step) {
    const std::string target = fmt::format("/v2/{}/manifests/{}", reference.repository, wanted);
    TRY_ASSIGN(const HttpAnswer answer, host_->Ask(reference, Method::kGet, target, kManifests));
    const std::optional<ManifestAge> age = ReadManifestAge(answer.body);
    if (!age) return 0;
    if (age->created_ns != 0) return age->created_ns;
    config = age->config;
    wanted = age->image;
  }
  if (config.empty()) return 0;
  const std::string target = fmt::format("/v2/{}/blobs/{}", reference.repository, config);
  TRY_ASSIGN(const HttpAnswer answer, host_->Ask(reference, Method::kGet, target,
                                                 "Accept: application/json", /*elsewhere=*/true));
  return ReadCreated(answer.body);
}

Expected<TagList> HostClient::Tags(const Reference& reference) {
  TagList list;
  std::string target = fmt::format("/v2/{}/tags/list?n=1000", reference.repository);
  std::set<std::string> seen;
  for (int page = 0; page < kMostPages; ++page) {
    TRY_ASSIGN(const HttpAnswer answer,
               host_->Ask(reference, Method::kGet, target, "Accept: application/json"));
    auto tags = ReadTags(answer.body);
    if (!tags) {
      return Error{ErrorCode::kRejected,
                   fmt::format("{}/{}: what the registry sends is no list of tags", reference.host,
                               reference.repository)};
    }
    std::move(tags->begin(), tags->end(), std::back_inserter(list.tags));
    bool foreign = false;
    const auto next = NextPage(answer.Header("link").value_or(""), host_->address(), foreign);
    if (foreign) list.incomplete = "its list of tags goes on at another host";
    if (!next) return list;
    if (!seen.insert(*next).second || list.tags.size() > kMostTags) break;
    target = *next;
  }
  list.incomplete = "its list of tags is too long to be read whole";
  return list;
}

}  // namespace nmgr::registry
