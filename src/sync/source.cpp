#include "nmgr/sync/source.h"

#include <fmt/format.h>

#include <algorithm>

#include "nmgr/base/letters.h"
#include "nmgr/base/secrets.h"
#include "nmgr/base/text.h"
#include "nmgr/git/url.h"
#include "nmgr/sync/follow.h"

namespace nmgr::sync {
namespace {

constexpr std::size_t kLongestName = 64;
constexpr std::size_t kCommitDigits = 40;

bool IsInside(std::string_view path) {
  const Path clean = CleanPath(path);
  return !IsAbsolutePath(path) && clean != ".." && !clean.starts_with("../");
}

Expected<void> CheckUrl(const Source& source) {
  const auto wrong = [&](std::string_view what) {
    return Error{ErrorCode::kConfig,
                 fmt::format("{}: source \"{}\": {}", source.place, source.name, what)};
  };
  if (source.url.empty()) return wrong("it has no url");
  const auto url = git::ParseUrl(source.url);
  if (!url) {
    Error error = wrong("url " + url.error().message);
    error.hint = url.error().hint;
    return error;
  }
  const bool is_path = url->transport == git::Transport::kFile;
  if (is_path && source.from_variable) return wrong("a file:// URL is a path");
  return {};
}

Expected<void> CheckRef(const Source& source) {
  const auto wrong = [&](std::string_view what) {
    return Error{ErrorCode::kConfig,
                 fmt::format("{}: source \"{}\": {}", source.place, source.name, what)};
  };
  if (source.refs_given > 1) return wrong("one of branch, tag and commit, not several");
  const std::string& ref = source.ref;
  if (source.ref_kind == RefKind::kCommit) {
    const bool hash = ref.size() == kCommitDigits &&
                      std::all_of(ref.begin(), ref.end(), [](char c) { return HexValue(c) >= 0; });
    if (!hash) return wrong("commit must be a whole commit ID, 40 hexadecimal digits");
    return {};
  }
  const bool odd =
      ref.front() == '-' || ref.front() == '/' || ref.back() == '/' || ref.back() == '.' ||
      ref.ends_with(".lock") || ref.find("..") != std::string::npos ||
      ref.find("//") != std::string::npos || ref.find("@{") != std::string::npos ||
      ref.find_first_of("~^:?*[\\") != std::string::npos ||
      std::any_of(ref.begin(), ref.end(),
                  [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == 0x7f; });
  if (odd) return wrong(fmt::format("\"{}\" is no name of a branch or tag", EscapeControls(ref)));
  return {};
}

Expected<void> CheckCredential(const Source& source, const ServeConfig& config) {
  if (source.credential.empty()) return {};
  const auto found = config.credentials.find(source.credential);
  if (found == config.credentials.end()) {
    std::vector<std::string> names;
    for (const auto& [name, credential] : config.credentials) names.push_back(name);
    return Error{ErrorCode::kConfig,
                 fmt::format("{}: source \"{}\": there is no [credential.{}]{}", source.place,
                             source.name, source.credential, DidYouMean(source.credential, names))};
  }
  const std::string host = HostOf(source.url);
  if (SameLetters(found->second.host, host)) return {};
  return Error{
      ErrorCode::kConfig,
      fmt::format("{}: source \"{}\": credential \"{}\" is for {} alone, and the url is at "
                  "{}",
                  source.place, source.name, source.credential, found->second.host,
                  host.empty() ? "no host" : host)};
}

bool Holds(const std::vector<std::string>& list, const std::string& text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

// What the daemon's owner allows to whoever may write variables.
Expected<void> CheckAllowed(const Source& source, const ServeConfig& config) {
  const VariableSources& allowed = config.serve.variable_sources;
  const auto wrong = [&](std::string what) {
    return Error{ErrorCode::kConfig,
                 fmt::format("{}: source \"{}\": {}", source.place, source.name, what),
                 "[serve.variable_sources] of the daemon's config file says what is"};
  };
  const std::string host = HostOf(source.url);
  if (!Holds(allowed.hosts, host)) {
    return wrong(fmt::format("sources in variables may not fetch from {}", host));
  }
  if (!source.credential.empty() && !Holds(allowed.credentials, source.credential)) {
    return wrong(
        fmt::format("sources in variables may not use credential \"{}\"", source.credential));
  }
  if (source.namespaces.empty()) return wrong("sources in variables must name their namespaces");
  for (const std::string& name : source.namespaces) {
    if (!Holds(allowed.namespaces, name)) {
      return wrong(fmt::format("sources in variables may not name namespace \"{}\"", name));
    }
  }
  if (source.self) return wrong("self is not for sources in variables");
  return {};
}

}  // namespace

std::string Source::FullRef() const {
  if (ref_kind == RefKind::kCommit) return ref;
  return (ref_kind == RefKind::kTag ? "refs/tags/" : "refs/heads/") + ref;
}

bool IsName(std::string_view name) {
  const auto plain = [](char c) { return IsAsciiLetter(c) || IsAsciiDigit(c); };
  return !name.empty() && name.size() <= kLongestName && plain(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return plain(c) || c == '.' || c == '_' || c == '-'; });
}

Expected<void> Check(const Source& source, const ServeConfig& config) {
  const auto wrong = [&](std::string_view what) {
    return Error{ErrorCode::kConfig,
                 fmt::format("{}: source \"{}\": {}", source.place, source.name, what)};
  };
  if (!IsName(source.name)) {
    return wrong("its name must be letters, digits, '.', '_' and '-', at most 64");
  }
  TRY(CheckUrl(source));
  TRY(CheckRef(source));
  TRY(CheckCredential(source, config));
  if (!source.path.empty() && !IsInside(source.path)) {
    return wrong("path must be a folder of the repository");
  }
  if (source.verify != Verify::kNone && source.allowed_signers.empty()) {
    return wrong("verify needs allowed_signers");
  }
  if (Holds(source.namespaces, "*")) {
    return wrong("\"*\" is no namespace that a job can be in; name those that its specs may name");
  }
  for (const ImagePolicy& policy : source.images) {
    if (policy.follow.empty()) continue;
    const auto pattern = TagPattern::Parse(policy.follow);
    if (!pattern) {
      return wrong(fmt::format("image \"{}\": follow: {}", policy.images, pattern.error().message));
    }
  }
  return {};
}

Expected<void> Check(const Credential& credential) {
  const auto wrong = [&](std::string_view what) {
    return Error{ErrorCode::kConfig,
                 fmt::format("{}: credential \"{}\": {}", credential.place, credential.name, what)};
  };
  if (!IsName(credential.name)) {
    return wrong("its name must be letters, digits, '.', '_' and '-', at most 64");
  }
  if (credential.host.empty()) {
    return wrong(
        "it has no host; a credential is shown to the host that it names, and to no other");
  }
  if (credential.host.find_first_of("/@ ") != std::string::npos) {
    return wrong("host is a name with or without a port, no URL");
  }
  if (credential.key_file.empty() == credential.token_file.empty()) {
    return wrong("either key_file (ssh) or token_file (https)");
  }
  if (!credential.key_file.empty() && credential.known_hosts.empty()) {
    return wrong("key_file needs known_hosts: without it no host key can be trusted");
  }
  return {};
}

Expected<Source> SourceFromItems(std::string name, const std::map<std::string, std::string>& items,
                                 const ServeConfig& config) {
  Source source;
  source.name = std::move(name);
  source.place =
      fmt::format("variable nmgr/serve/{}/sources/{}", config.serve.instance, source.name);
  source.from_variable = true;
  std::vector<std::string> keys;
  for (const KeyRow<Source>& row : SourceKeys()) keys.emplace_back(row.name);
  for (const auto& item : items) {
    const std::string& key = item.first;
    const std::string& text = item.second;
    const auto rows = SourceKeys();
    const auto row = std::find_if(rows.begin(), rows.end(),
                                  [&](const KeyRow<Source>& known) { return known.name == key; });
    if (row == rows.end()) {
      return Error{ErrorCode::kConfig, fmt::format("{}: unknown key \"{}\"{}", source.place,
                                                   EscapeControls(key), DidYouMean(key, keys))};
    }
    if (row->path) {
      return Error{
          ErrorCode::kConfig,
          fmt::format("{}: {} is a path, and sources in variables name none", source.place, key)};
    }
    if (const auto set = row->set(RawValue(text), source); !set) {
      return Error{ErrorCode::kConfig,
                   fmt::format("{}: {} {}", source.place, key, set.error().message)};
    }
  }
  TRY(Check(source, config));
  TRY(CheckAllowed(source, config));
  return source;
}

std::string HostOf(std::string_view text) {
  const auto url = git::ParseUrl(text);
  return url ? url->Authority() : "";
}

}  // namespace nmgr::sync
