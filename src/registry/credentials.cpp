#include "nmgr/registry/credentials.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "nmgr/base/base64.h"
#include "nmgr/base/text.h"
#include "nmgr/registry/reference.h"

namespace nmgr::registry {
namespace {

using nlohmann::json;

constexpr std::uint64_t kLargestAuthFile = 1U << 20U;
constexpr std::uint64_t kLargestPasswordFile = 4096;

// "https://index.docker.io/v1/" and "ghcr.io/org" as "docker.io" and "ghcr.io/org".
std::string KeyOf(std::string_view name) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (name.starts_with(scheme)) name.remove_prefix(scheme.size());
  }
  while (name.ends_with('/')) name.remove_suffix(1);
  const std::size_t slash = std::min(name.find('/'), name.size());
  const std::string_view path = name.substr(slash);
  const std::string host = HostName(name.substr(0, slash));
  return path == "/v1" || path == "/v2" ? host : host + std::string(path);
}

std::string TextAt(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool HasControls(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](unsigned char c) { return c < ' ' || c == 0x7fU; });
}

// A head could not hold it, or would hold more than it.
bool IsUsable(const Credential& credential) {
  const auto fits = [](std::string_view text) { return !HasControls(text); };
  return !credential.user.empty() && credential.user.find(':') == std::string::npos &&
         fits(credential.user) && fits(credential.password);
}

std::optional<Credential> ReadEntry(const json& entry) {
  if (!entry.is_object()) return std::nullopt;
  if (std::string token = TextAt(entry, "identitytoken"); !token.empty()) {
    if (HasControls(token)) return std::nullopt;
    return Credential{"", "", std::move(token)};
  }
  Credential credential{TextAt(entry, "username"), TextAt(entry, "password")};
  if (const std::string auth = TextAt(entry, "auth"); !auth.empty()) {
    const auto text = DecodeBase64(auth);
    const std::size_t colon = text ? text->find(':') : std::string::npos;
    if (colon == std::string::npos) return std::nullopt;
    credential = {text->substr(0, colon), text->substr(colon + 1)};
    while (credential.password.ends_with('\0')) credential.password.pop_back();
  }
  if (credential.password.empty() || !IsUsable(credential)) return std::nullopt;
  return credential;
}

Error Wrong(const std::string& host, std::string what) {
  return Error{ErrorCode::kConfig, fmt::format("[registry.\"{}\"]: {}", host, what)};
}

std::string HelperWords(const std::string& host, const std::string& helper) {
  return fmt::format(
      "the credentials of {} may be in the helper program docker-credential-{}, which is not run",
      host, helper);
}

}  // namespace

std::optional<AuthFile> ReadAuthFile(std::string_view text) {
  const json document = json::parse(text, nullptr, false);
  if (!document.is_object()) return std::nullopt;
  AuthFile file;
  file.store = TextAt(document, "credsStore");
  if (const auto helpers = document.find("credHelpers");
      helpers != document.end() && helpers->is_object()) {
    for (const auto& [host, helper] : helpers->items()) {
      if (helper.is_string()) file.helpers.emplace(KeyOf(host), helper.get<std::string>());
    }
  }
  const auto auths = document.find("auths");
  if (auths == document.end() || !auths->is_object()) return file;
  for (const auto& [host, entry] : auths->items()) {
    if (auto credential = ReadEntry(entry)) {
      file.auths.emplace(KeyOf(host), *std::move(credential));
    } else if (entry.is_object() && !entry.empty()) {
      file.unusable.push_back(KeyOf(host));
    }
  }
  return file;
}

const Credential* FindAuth(const AuthFile& file, const std::string& host,
                           std::string_view repository) {
  std::string key = host + "/" + std::string(repository);
  while (true) {
    if (const auto found = file.auths.find(key); found != file.auths.end()) return &found->second;
    if (key.size() <= host.size()) return nullptr;
    key.erase(key.rfind('/'));
  }
}

bool Credentials::IsInsecure(const std::string& host) const {
  const auto found = hosts_.find(host);
  return found != hosts_.end() && found->second.insecure;
}

Expected<std::string> Credentials::Authorities(const std::string& host) const {
  const auto found = hosts_.find(host);
  if (found == hosts_.end() || found->second.ca_file.empty()) return std::string();
  auto text = files_.ReadFile(found->second.ca_file, kLargestAuthFile);
  if (!text) return Wrong(host, "ca_file: " + text.error().message);
  if (text->find("-----BEGIN CERTIFICATE-----") == std::string::npos) {
    return Wrong(host, "ca_file: " + found->second.ca_file + " holds no certificate in PEM form");
  }
  return text;
}

Expected<Found> Credentials::For(const std::string& host, std::string_view repository) {
  const auto settings = hosts_.find(host);
  if (settings != hosts_.end()) {
    const HostSettings& own = settings->second;
    if (!own.username.empty() || !own.password_file.empty() || !own.auth_file.empty()) {
      return FromSettings(host, repository, own);
    }
  }
  return FromDocker(host, repository);
}

Expected<Found> Credentials::FromSettings(const std::string& host, std::string_view repository,
                                          const HostSettings& settings) {
  if (!settings.auth_file.empty()) {
    const auto text = files_.ReadFile(settings.auth_file, kLargestAuthFile);
    if (!text) return Wrong(host, "auth_file: " + text.error().message);
    const std::optional<AuthFile> file = ReadAuthFile(*text);
    const Credential* const found = file ? FindAuth(*file, host, repository) : nullptr;
    if (found != nullptr) return Found{*found, {}};
    return Wrong(host, fmt::format("auth_file: {} holds no user and password of {}",
                                   settings.auth_file, host));
  }
  const auto text = files_.ReadFile(settings.password_file, kLargestPasswordFile);
  if (!text) return Wrong(host, "password_file: " + text.error().message);
  Credential credential{settings.username, *text};
  while (credential.password.ends_with('\n') || credential.password.ends_with('\r')) {
    credential.password.pop_back();
  }
  if (credential.password.empty()) return Wrong(host, "password_file: the file is empty");
  if (!IsUsable(credential)) {
    return Wrong(host, "the user name or the password holds something that cannot be sent");
  }
  return Found{std::move(credential), {}};
}

Found Credentials::FromDocker(const std::string& host, std::string_view repository) {
  if (docker_config_.empty()) return {};
  if (!docker_) {
    const auto text = files_.ReadFile(docker_config_, kLargestAuthFile);
    const std::optional<AuthFile> file = text ? ReadAuthFile(*text) : AuthFile{};
    if (!text && text.error().code != ErrorCode::kNotFound) {
      docker_ = Expected<AuthFile>(text.error());
    } else if (!file) {
      docker_ =
          Expected<AuthFile>(Error{ErrorCode::kConfig, docker_config_ + " is no JSON object"});
    } else {
      docker_ = Expected<AuthFile>(*file);
    }
  }
  if (!*docker_) return {std::nullopt, docker_->error().message};
  const AuthFile& file = **docker_;
  if (const Credential* const found = FindAuth(file, host, repository)) return {*found, {}};
  if (const auto helper = file.helpers.find(host); helper != file.helpers.end()) {
    return {std::nullopt, HelperWords(host, helper->second)};
  }
  if (!file.store.empty()) return {std::nullopt, HelperWords(host, file.store)};
  if (std::find(file.unusable.begin(), file.unusable.end(), host) != file.unusable.end()) {
    return {std::nullopt, fmt::format("{} has no user and password of {} that can be used",
                                      docker_config_, host)};
  }
  return {};
}

}  // namespace nmgr::registry
