#include "fake_registry.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "nmgr/base/base64.h"

namespace nmgr::testing {
namespace {

constexpr const char* kRegistryToken = "t0ken-of-the-stand-in";

bool HasPart(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string NoSuch() {
  return Answer(404, R"({"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]})");
}

}  // namespace

FakeRegistry::FakeRegistry(FakeRegistryOptions options)
    : options_(std::move(options)),
      server_(
          [this](Peer& peer) {
            while (const auto request = peer.ReadRequest()) {
              if (!peer.Send(Reply(*request))) return;
            }
          },
          options_.socket) {}

void FakeRegistry::Put(const std::string& repository, const std::string& tag, char mark) {
  const std::lock_guard lock(mutex_);
  repositories_[repository][tag] = mark;
}

void FakeRegistry::Answer(const std::string& start, const std::string& answer) {
  const std::lock_guard lock(mutex_);
  answers_.emplace_back(start, answer);
}

std::string FakeRegistry::host() const { return fmt::format("127.0.0.1:{}", server_.port()); }

std::size_t FakeRegistry::Asked(const std::string& start) const {
  std::size_t count = 0;
  for (const std::string& request : requests()) count += request.starts_with(start) ? 1 : 0;
  return count;
}

std::optional<std::string> FakeRegistry::Refuse(const std::string& request) const {
  const std::string basic =
      "Authorization: Basic " + EncodeBase64(options_.user + ":" + options_.password) + "\r\n";
  const std::string body = R"({"errors":[{"code":"UNAUTHORIZED","message":"log in first"}]})";
  if (options_.auth == RegistryAuth::kBasic && !HasPart(request, basic)) {
    return testing::Answer(401, body, "application/json",
                           "WWW-Authenticate: Basic realm=\"stand-in\"\r\n");
  }
  const std::string bearer = fmt::format("Authorization: Bearer {}\r\n", kRegistryToken);
  if (options_.auth == RegistryAuth::kToken && !HasPart(request, bearer)) {
    const std::string realm = !options_.realm.empty() ? options_.realm
                              : options_.socket == Socket::kTcp
                                  ? fmt::format("http://{}/token", host())
                                  : fmt::format("https://{}/token", host());
    return testing::Answer(401, body, "application/json",
                           fmt::format("WWW-Authenticate: Bearer realm=\"{}\",service=\"stand-in\","
                                       "scope=\"repository:app:pull\"\r\n",
                                       realm));
  }
  return std::nullopt;
}

std::string FakeRegistry::Token(const std::string& request) const {
  const std::string basic =
      "Authorization: Basic " + EncodeBase64(options_.user + ":" + options_.password) + "\r\n";
  const std::string form =
      "\r\n\r\ngrant_type=refresh_token&service=stand-in&client_id=nmgr&scope="
      "repository%3Aapp%3Apull&refresh_token=" +
      options_.identity_token;
  const bool is_form = request.starts_with("POST ") && request.ends_with(form) &&
                       HasPart(request, "Content-Type: application/x-www-form-urlencoded\r\n") &&
                       !HasPart(request, "Content-Type: application/json");
  if (is_form ? HasPart(request, "Authorization:") : !HasPart(request, basic)) {
    return testing::Answer(401, R"({"details":"incorrect username or password"})");
  }
  return testing::Answer(200, fmt::format(R"({{"token":"{}","expires_in":60}})", kRegistryToken));
}

std::string FakeRegistry::Manifest(const std::string& path) const {
  const std::size_t cut = path.find("/manifests/");
  const auto repository = repositories_.find(path.substr(0, cut));
  if (repository == repositories_.end()) return NoSuch();
  const auto tag = repository->second.find(path.substr(cut + 11));
  if (tag == repository->second.end()) return NoSuch();
  // The length is that of a body which a HEAD does not get.
  return fmt::format(
      "HTTP/1.1 200 OK\r\nContent-Length: 1234\r\nContent-Type: "
      "application/vnd.oci.image.index.v1+json\r\nDocker-Content-Digest: {}\r\n\r\n",
      Digest(tag->second));
}

std::string FakeRegistry::Tags(const std::string& repository, const std::string& query) const {
  const auto found = repositories_.find(repository);
  if (found == repositories_.end()) return NoSuch();
  const std::size_t last = query.find("last=");
  const std::string after = last == std::string::npos ? std::string() : query.substr(last + 5);
  nlohmann::json tags = nlohmann::json::array();
  std::string link;
  for (auto tag = found->second.upper_bound(after); tag != found->second.end(); ++tag) {
    if (tags.size() == options_.page_size) {
      link = fmt::format("Link: </v2/{}/tags/list?n=2&last={}>; rel=\"next\"\r\n", repository,
                         tags.back().get<std::string>());
      break;
    }
    tags.push_back(tag->first);
  }
  const nlohmann::json body = {{"name", repository}, {"tags", std::move(tags)}};
  return testing::Answer(200, body.dump(), "application/json", link);
}

std::string FakeRegistry::Reply(const std::string& request) {
  const std::lock_guard lock(mutex_);
  for (const auto& [start, answer] : answers_) {
    if (request.starts_with(start)) return answer;
  }
  const std::size_t blank = request.find(' ');
  const std::string target = request.substr(blank + 1, request.find(' ', blank + 1) - blank - 1);
  const std::string path = target.substr(0, target.find('?'));
  const std::string query = target.substr(std::min(path.size(), target.size()));
  if (path == "/token") return Token(request);
  if (const auto refusal = Refuse(request)) return *refusal;
  if (path == "/v2/") return testing::Answer(200, "{}");
  if (!path.starts_with("/v2/")) return NoSuch();
  const std::string rest = path.substr(4);
  constexpr std::string_view kList = "/tags/list";
  if (rest.ends_with(kList)) return Tags(rest.substr(0, rest.size() - kList.size()), query);
  return Manifest(rest);
}

}  // namespace nmgr::testing
