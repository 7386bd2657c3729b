// The tables of keys: what each is called, which kind of value it takes, and where that goes.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "nmgr/base/text.h"
#include "nmgr/sync/source.h"

namespace nmgr::sync {
namespace {

Error Must(std::string_view what) {
  return Error{ErrorCode::kConfig, fmt::format("must be {}", what)};
}

template <class T>
using Set = std::function<Expected<void>(const RawValue&, T&)>;

Expected<std::string> TextOf(const RawValue& value, bool may_be_empty = false) {
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr) return Must("a string");
  if (text->empty() && !may_be_empty) return Must("a string with something in it");
  return *text;
}

template <class T>
Set<T> TextIn(std::string T::*member, bool may_be_empty = false) {
  return [=](const RawValue& value, T& into) -> Expected<void> {
    TRY_ASSIGN(into.*member, TextOf(value, may_be_empty));
    return {};
  };
}

template <class T>
Set<T> FlagIn(bool T::*member) {
  return [=](const RawValue& value, T& into) -> Expected<void> {
    if (const auto* flag = std::get_if<bool>(&value)) {
      into.*member = *flag;
      return {};
    }
    const auto* text = std::get_if<std::string>(&value);
    if (text == nullptr || (*text != "true" && *text != "false")) return Must("true or false");
    into.*member = *text == "true";
    return {};
  };
}

template <class T, class Member>  // std::int64_t, or an optional one
Set<T> NumberIn(Member T::*member, std::int64_t least, std::int64_t most) {
  return [=](const RawValue& value, T& into) -> Expected<void> {
    const auto* number = std::get_if<std::int64_t>(&value);
    if (number == nullptr || *number < least || *number > most) {
      return Must(fmt::format("a number from {} to {}", least, most));
    }
    into.*member = *number;
    return {};
  };
}

template <class T, class Member>  // Duration, or an optional one
Set<T> TimeIn(Member T::*member, Duration least) {
  return [=](const RawValue& value, T& into) -> Expected<void> {
    const auto* number = std::get_if<std::int64_t>(&value);
    const auto* text = std::get_if<std::string>(&value);
    if (number == nullptr && text == nullptr) return Must("a time, like \"1m\"");
    TRY_ASSIGN(const Duration time,
               ParseDuration(number != nullptr ? std::to_string(*number) : *text));
    if (time < least) return Must(fmt::format("at least {}", FormatDuration(least)));
    into.*member = time;
    return {};
  };
}

Expected<std::vector<std::string>> ListOf(const RawValue& value) {
  if (const auto* list = std::get_if<std::vector<std::string>>(&value)) return *list;
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr) return Must("a list of strings");
  return SplitList(*text);
}

template <class T>
Set<T> ListIn(std::vector<std::string> T::*member) {
  return [=](const RawValue& value, T& into) -> Expected<void> {
    TRY_ASSIGN(into.*member, ListOf(value));
    return {};
  };
}

// Rows that hold blanks: in a variable one a line.
Expected<void> SetWindows(const RawValue& value, Source& into) {
  if (const auto* text = std::get_if<std::string>(&value)) {
    into.windows = SplitList(*text, "\n");
    return {};
  }
  return ListIn(&Source::windows)(value, into);
}

template <class T, class Enum>
Set<T> ChoiceIn(Enum T::*member, std::vector<std::string> words) {
  return [=](const RawValue& value, T& into) -> Expected<void> {
    const auto* text = std::get_if<std::string>(&value);
    const auto found = std::find(words.begin(), words.end(), text == nullptr ? "" : *text);
    if (found == words.end()) {
      std::string all;
      for (std::size_t i = 0; i < words.size(); ++i) {
        all += (i == 0 ? "\"" : i + 1 == words.size() ? " or \"" : ", \"") + words[i] + "\"";
      }
      return Must(all);
    }
    into.*member = static_cast<Enum>(found - words.begin());
    return {};
  };
}

// Of branch, tag and commit one is given: Check sees two by `refs_given`.
Set<Source> RefIn(RefKind kind) {
  return [=](const RawValue& value, Source& into) -> Expected<void> {
    TRY_ASSIGN(into.ref, TextOf(value));
    into.ref_kind = kind;
    ++into.refs_given;
    return {};
  };
}

Expected<void> SetVar(const RawValue& value, Source& into) {
  const auto* text = std::get_if<std::string>(&value);
  std::vector<std::string> rows;
  if (text != nullptr) {
    rows = SplitList(*text, "\n");
  } else {
    TRY_ASSIGN(rows, ListOf(value));
  }
  for (const std::string& row : rows) {
    const std::size_t at = row.find('=');
    if (at == std::string::npos || at == 0) return Must("\"NAME=VALUE\", each");
    into.var.emplace_back(row.substr(0, at), row.substr(at + 1));
  }
  return {};
}

Expected<void> SetInfra(const RawValue& value, Source& into) {
  TRY_ASSIGN(into.infra_jobs, ListOf(value));
  return {};
}

constexpr Duration kLeastInterval{1'000};
constexpr Duration kLeastImageInterval{60'000};
constexpr Duration kNoTime{0};

}  // namespace

std::span<const KeyRow<Source>> SourceKeys() {
  static const std::vector<KeyRow<Source>> kRows = {
      {"url", "the repository: https://, ssh://, user@host:path or file:///", false,
       TextIn(&Source::url)},
      {"branch", "the branch that is followed (main)", false, RefIn(RefKind::kBranch)},
      {"tag", "instead: a tag", false, RefIn(RefKind::kTag)},
      {"commit", "instead: one commit", false, RefIn(RefKind::kCommit)},
      {"path", "a folder of the repository", false, TextIn(&Source::path, true)},
      {"include", "globs of spec files below it (all)", false, ListIn(&Source::include)},
      {"exclude", "globs of files that are no specs of this source", false,
       ListIn(&Source::exclude)},
      {"interval", "how often the remote is asked (1m)", false,
       TimeIn(&Source::interval, kLeastInterval)},
      {"namespaces", "which the specs may name (the connection's own)", false,
       ListIn(&Source::namespaces)},
      {"apply", "none, images or all differences (all)", false,
       ChoiceIn(&Source::apply, {"none", "images", "all"})},
      {"create", "absent jobs: new, always, never (new)", false,
       ChoiceIn(&Source::create, {"new", "always", "never"})},
      {"prune", "stop jobs whose file was deleted (false)", false, FlagIn(&Source::prune)},
      {"prune_grace", "how long after (10m)", false, TimeIn(&Source::prune_grace, kNoTime)},
      {"drift", "other people's changes: warn, repair, ignore (warn)", false,
       ChoiceIn(&Source::drift, {"warn", "repair", "ignore"})},
      {"drift_grace", "how long they stand before they are repaired (10m)", false,
       TimeIn(&Source::drift_grace, kNoTime)},
      {"adopt", "jobs that were there before: equal ones alone, or always (equal)", false,
       ChoiceIn(&Source::adopt, {"equal", "always"})},
      {"infra_jobs", "job IDs that go first, one by one ([general] infra_jobs)", false, SetInfra},
      {"var", "values of HCL variables, NAME=VALUE", false, SetVar},
      {"var_file", "files of such values", true, ListIn(&Source::var_file)},
      {"overlay", "a folder with what git does not hold", true, TextIn(&Source::overlay)},
      {"allow_paths", "files and folders that its specs may read besides", true,
       ListIn(&Source::allow_paths)},
      {"windows", "when it may apply", false, SetWindows},
      {"credential", "the [credential.NAME] for its host", false, TextIn(&Source::credential)},
      {"verify", "signed commits only: ssh or gpg (none)", false,
       ChoiceIn(&Source::verify, {"none", "ssh", "gpg"})},
      {"allowed_signers", "whose", true, TextIn(&Source::allowed_signers)},
      {"self", "it may register the daemon's own job (false)", false, FlagIn(&Source::self)},
      {"image_interval", "how often registries are asked (1h)", false,
       TimeIn(&Source::image_interval, kLeastImageInterval)},
  };
  return kRows;
}

std::span<const KeyRow<ImagePolicy>> ImageKeys() {
  static const std::vector<KeyRow<ImagePolicy>> kRows = {
      {"on_push", "the same tag with another image: notify, restart, off (notify)", false,
       ChoiceIn(&ImagePolicy::on_push, {"notify", "restart", "off"})},
      {"follow", "tags that become the version: a range, or /regular expression/", false,
       TextIn(&ImagePolicy::follow)},
      {"follow_key", "the key of meta that they become (VERSION)", false,
       TextIn(&ImagePolicy::follow_key)},
      {"min_age", "how old an image has to be (0s)", false, TimeIn(&ImagePolicy::min_age, kNoTime)},
  };
  return kRows;
}

std::span<const KeyRow<Credential>> CredentialKeys() {
  static const std::vector<KeyRow<Credential>> kRows = {
      {"host", "the only host that it is shown to", false, TextIn(&Credential::host)},
      {"user", "the user there (git)", false, TextIn(&Credential::user)},
      {"key_file", "an ssh key, mode 0600", true, TextIn(&Credential::key_file)},
      {"token_file", "a file with a token for https, mode 0600", true,
       TextIn(&Credential::token_file)},
      {"known_hosts", "the keys of the host, for ssh", true, TextIn(&Credential::known_hosts)},
  };
  return kRows;
}

std::span<const KeyRow<ReceiverTable>> ReceiverKeys() {
  static const std::vector<KeyRow<ReceiverTable>> kRows = {
      {"type", "who sends: github, gitlab, gitea, ...", false, TextIn(&ReceiverTable::type)},
      {"secret_file", "a file with the secret, mode 0600", true,
       TextIn(&ReceiverTable::secret_file)},
      {"sources", "which sources it may move (all)", false, ListIn(&ReceiverTable::sources)},
      {"hosts", "further names of the forge or registry behind it", false,
       ListIn(&ReceiverTable::hosts)},
      {"max_body", "how large a hook may be, in MiB (5; at most 25)", false,
       NumberIn(&ReceiverTable::max_body, 1, 25)},
  };
  return kRows;
}

std::span<const KeyRow<NotifyTable>> NotifyKeys() {
  static const std::vector<KeyRow<NotifyTable>> kRows = {
      {"type", "the form: json, slack or ntfy", false, TextIn(&NotifyTable::type)},
      {"url", "where to post; of ntfy with the topic", false, TextIn(&NotifyTable::url)},
      {"url_file", "a file with the url, mode 0600, where it is a secret", true,
       TextIn(&NotifyTable::url_file)},
      {"secret_file", "a file with the key that signs (json) or the token (ntfy), mode 0600", true,
       TextIn(&NotifyTable::secret_file)},
      {"events",
       "failed, recovered, known-bad, drift, frozen, orphan, digest-moved, lease-changed (all)",
       false, ListIn(&NotifyTable::events)},
      {"sources", "of which sources (all)", false, ListIn(&NotifyTable::sources)},
  };
  return kRows;
}

std::span<const KeyRow<VariableSources>> VariableSourceKeys() {
  static const std::vector<KeyRow<VariableSources>> kRows = {
      {"hosts", "hosts that sources in variables may fetch from", false,
       ListIn(&VariableSources::hosts)},
      {"namespaces", "namespaces that they may name", false, ListIn(&VariableSources::namespaces)},
      {"credentials", "credentials that they may use", false,
       ListIn(&VariableSources::credentials)},
  };
  return kRows;
}

std::span<const KeyRow<ServeTable>> ServeKeys() {
  static const std::vector<KeyRow<ServeTable>> kRows = {
      {"instance", "whose variables these are: nmgr/serve/INSTANCE (default)", false,
       TextIn(&ServeTable::instance)},
      {"variables_namespace", "where they are (the connection's own)", false,
       TextIn(&ServeTable::name_space)},
      {"folder", "mirrors and checkouts (below the cache folder)", true,
       TextIn(&ServeTable::folder)},
      {"protect", "globs of jobs that no source may touch", false, ListIn(&ServeTable::protect)},
      {"listen", "address:port of page and hooks (127.0.0.1:8646)", false,
       TextIn(&ServeTable::listen, true)},
      {"address", "what other copies tell people of it", false, TextIn(&ServeTable::address)},
      {"tls_cert", "a certificate", true, TextIn(&ServeTable::tls_cert)},
      {"tls_key", "its key", true, TextIn(&ServeTable::tls_key)},
      {"behind_proxy", "somebody else does TLS (false)", false, FlagIn(&ServeTable::behind_proxy)},
      {"anonymous_read", "page and API without a token (false)", false,
       FlagIn(&ServeTable::anonymous_read)},
      {"read_token_file", "the token of who may read, mode 0600", true,
       TextIn(&ServeTable::read_token_file)},
      {"operate_token_file", "the token of who may steer, mode 0600", true,
       TextIn(&ServeTable::operate_token_file)},
      {"hosts", "names that requests may give this server", false, ListIn(&ServeTable::hosts)},
      {"time_zone", "of windows that name none (UTC)", false, TextIn(&ServeTable::time_zone)},
      {"timeout", "how long a job may take to become healthy (5m)", false,
       TimeIn(&ServeTable::timeout, kLeastInterval)},
      {"parallel", "jobs of one source that are under way at once (4)", false,
       NumberIn(&ServeTable::parallel, 1, 256)},
  };
  return kRows;
}

}  // namespace nmgr::sync
