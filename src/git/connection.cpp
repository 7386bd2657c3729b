#include "git/connection.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "nmgr/base/base64.h"
#include "nmgr/base/text.h"

namespace nmgr::git {
namespace {

constexpr std::uint64_t kMostToken = 16U << 10U;

Error BadAccess(std::string message, std::string hint = {}) {
  return {ErrorCode::kConfig, std::move(message), std::move(hint)};
}

std::string WithoutDefaultPort(std::string_view authority, Transport transport) {
  const std::string_view port = transport == Transport::kSsh    ? ":22"
                                : transport == Transport::kHttp ? ":80"
                                                                : ":443";
  std::string name(authority);
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (name.ends_with(port)) name.resize(name.size() - port.size());
  return name;
}

Expected<void> CheckTransport(const Access& access, const Url& url) {
  if (url.transport == Transport::kFile && !access.allow_file) {
    return BadAccess(ShownUrl(access.url) + ": repositories of this machine are not allowed here");
  }
  if (url.transport == Transport::kHttp && !access.allow_http) {
    return BadAccess(ShownUrl(access.url) +
                         ": over http anybody in between could send other specs and read the token",
                     "use https or ssh");
  }
  return {};
}

Expected<void> CheckHost(const Access& access, const Url& url) {
  const bool has_key = !access.key_file.empty();
  const bool has_token = !access.token_file.empty();
  if (!has_key && !has_token) return {};
  const bool ssh = url.transport == Transport::kSsh;
  if (url.transport == Transport::kFile) {
    return BadAccess(ShownUrl(access.url) + ": a repository of this machine takes no credential");
  }
  if (ssh != has_key || ssh == has_token) {
    return BadAccess(fmt::format("{}: {} goes with {}", ShownUrl(access.url),
                                 has_key ? "a key file" : "a token file",
                                 has_key ? "ssh" : "https"));
  }
  if (access.host.empty()) {
    return BadAccess(ShownUrl(access.url) + ": the credential does not say which host it is for");
  }
  if (WithoutDefaultPort(access.host, url.transport) !=
      WithoutDefaultPort(url.Authority(), url.transport)) {
    return BadAccess(fmt::format("{}: the credential is for {} and is not sent to {}",
                                 ShownUrl(access.url), EscapeControls(access.host),
                                 EscapeControls(url.Authority())));
  }
  return {};
}

// ssh reads a path with its own rules (~, %h, ${X}, blanks), and git hands the command to a shell.
Expected<std::string> SshPath(const Path& path) {
  const bool plain = std::all_of(path.begin(), path.end(), [](char c) {
    return IsAsciiLetter(c) || IsAsciiDigit(c) || static_cast<unsigned char>(c) >= 0x80 ||
           std::string_view("/._-+@,:= ").find(c) != std::string_view::npos;
  });
  if (plain && IsAbsolutePath(path)) return path;
  return BadAccess(EscapeControls(path) +
                   ": ssh is given absolute paths without quotes and other marks only");
}

Expected<void> CheckKeyFile(const Path& path, FileSystem& files) {
  const Expected<FileInfo> info = files.Stat(path);
  if (!info) return BadAccess("key file " + info.error().message);
  if (info->kind != FileKind::kFile) return BadAccess("key file " + path + ": not a regular file");
  const bool open = (info->mode & 077U) != 0;
  if (open && (info->owner == ::getuid() || (info->mode & 007U) != 0)) {
    return BadAccess(
        fmt::format("key file {}: others may read it (mode {:04o}), so ssh does not use it", path,
                    info->mode & 07777U),
        "chmod 600 it; in a Nomad template block: perms = \"600\"");
  }
  if (const auto content = files.ReadFile(path, kMostToken); !content) {
    return BadAccess("key file " + content.error().message);
  }
  return {};
}

Expected<void> UseSsh(const Access& access, FileSystem& files, Connection& connection) {
  const std::string host = connection.url.Authority();
  if (access.known_hosts.empty()) {
    return BadAccess(
        fmt::format("{}: ssh needs the keys of {}: known_hosts", ShownUrl(access.url), host),
        "ssh-keyscan writes them; compare them with what the host's owner says");
  }
  if (access.key_file.empty()) {
    return BadAccess(ShownUrl(access.url) + ": ssh needs a key file");
  }
  TRY_ASSIGN(const std::string key, SshPath(access.key_file));
  TRY_ASSIGN(const std::string hosts, SshPath(access.known_hosts));
  TRY(CheckKeyFile(access.key_file, files));
  if (const auto known = files.ReadFile(access.known_hosts, kMaxFileSize); !known) {
    return BadAccess("known_hosts " + known.error().message);
  }
  std::string command = fmt::format(
      "ssh -F /dev/null -i '{}' -o IdentitiesOnly=yes -o IdentityAgent=none -o BatchMode=yes "
      "-o StrictHostKeyChecking=yes -o 'UserKnownHostsFile=\"{}\"' -o "
      "GlobalKnownHostsFile=/dev/null "
      "-o UpdateHostKeys=no -o ConnectTimeout=10 -o ServerAliveInterval=15 -o "
      "ServerAliveCountMax=3",
      key, hosts);
  if (connection.url.user.empty()) {
    const std::string user = access.user.empty() ? "git" : access.user;
    if (!IsUserName(user)) {
      return BadAccess(EscapeControls(user) +
                       ": a user of ssh has letters, digits and . _ - + only");
    }
    command += fmt::format(" -l '{}'", user);
  }
  connection.variables.push_back("GIT_SSH_COMMAND=" + command);
  connection.variables.emplace_back("GIT_SSH_VARIANT=ssh");
  return {};
}

Expected<std::string> Token(const Path& path, FileSystem& files) {
  const Expected<std::string> content = files.ReadFile(path, kMostToken);
  if (!content) return BadAccess("token file " + content.error().message);
  const std::string token(TrimBlanks(*content));
  if (token.empty()) return BadAccess("token file " + path + ": it is empty");
  const bool plain = std::all_of(token.begin(), token.end(), [](char c) {
    return static_cast<unsigned char>(c) > ' ' && c != '\x7f';
  });
  if (!plain) return BadAccess("token file " + path + ": it holds more than one word");
  return token;
}

Expected<void> UseHttp(const Access& access, FileSystem& files, Connection& connection) {
  if (!access.ca_file.empty()) {
    if (const auto info = files.Stat(access.ca_file); !info) {
      return BadAccess("CA file " + info.error().message);
    }
    connection.settings.push_back("http.sslCAInfo=" + access.ca_file);
  }
  if (access.token_file.empty()) return {};
  TRY_ASSIGN(const std::string token, Token(access.token_file, files));
  const std::string user = access.user.empty() ? "x-access-token" : access.user;
  connection.secrets->Add(token);
  connection.secrets->AddUser(user, token);
  const bool https = connection.url.transport == Transport::kHttps;
  const std::string base = (https ? "https://" : "http://") + connection.url.Authority() + "/";
  connection.variables.emplace_back("GIT_CONFIG_COUNT=1");
  connection.variables.push_back(fmt::format("GIT_CONFIG_KEY_0=http.{}.extraHeader", base));
  connection.variables.push_back("GIT_CONFIG_VALUE_0=Authorization: Basic " +
                                 EncodeBase64(user + ":" + token));
  return {};
}

}  // namespace

Expected<Connection> Connect(const Access& access, FileSystem& files) {
  Connection connection;
  TRY_ASSIGN(connection.url, ParseUrl(access.url));
  TRY(CheckTransport(access, connection.url));
  TRY(CheckHost(access, connection.url));
  switch (connection.url.transport) {
    case Transport::kFile:
      connection.transports = "file";
      break;
    case Transport::kSsh:
      connection.transports = "ssh";
      TRY(UseSsh(access, files, connection));
      break;
    case Transport::kHttp:
    case Transport::kHttps:
      connection.transports = connection.url.transport == Transport::kHttp ? "http" : "https";
      TRY(UseHttp(access, files, connection));
      break;
  }
  return connection;
}

}  // namespace nmgr::git
