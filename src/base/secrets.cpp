#include "nmgr/base/secrets.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

#include "nmgr/base/text.h"
#include "secret_scanner.h"
#include "secret_words.h"

namespace nmgr {
namespace {

bool IsUpper(char c) { return std::isupper(static_cast<unsigned char>(c)) != 0; }
bool IsLower(char c) { return std::islower(static_cast<unsigned char>(c)) != 0; }
bool IsLetter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }

// "awsSecret_ACCESSKey2" as "aws", "secret", "access", "key".
std::vector<std::string> WordsOf(std::string_view name) {
  std::vector<std::string> words;
  bool open = false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if (!IsLetter(c)) {
      open = false;
      continue;
    }
    const bool after_lower = i > 0 && IsLower(name[i - 1]) && IsUpper(c);
    const bool last_of_capitals =
        i > 0 && i + 1 < name.size() && IsUpper(name[i - 1]) && IsUpper(c) && IsLower(name[i + 1]);
    if (!open || after_lower || last_of_capitals) words.emplace_back();
    words.back() += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    open = true;
  }
  return words;
}

template <class Table>
bool Contains(const Table& table, std::string_view word) {
  return std::find(table.begin(), table.end(), word) != table.end();
}

std::string_view Singular(std::string_view word) {
  if (word.size() > 4 && word.ends_with('s') && !word.ends_with("ss")) word.remove_suffix(1);
  return word;
}

// Also as the end of a word.
constexpr std::array<std::string_view, 14> kEndings = {
    "password", "passwd",     "passphrase", "passcode",     "secret",
    "token",    "credential", "accesskey",  "privatekey",   "apikey",
    "sshkey",   "secretkey",  "accountkey", "authorization"};
// At the end of a name only: JWT_ISSUER is none.
constexpr std::array<std::string_view, 3> kLast = {"pw", "psk", "jwt"};

constexpr std::array<std::string_view, 2> kWhole = {"pass", "pwd"};
// Words of the language that end as "dbpass" and "requirepass" do.
constexpr std::array<std::string_view, 10> kNoPass = {
    "bypass",  "compass",  "encompass", "trespass", "surpass",
    "lowpass", "highpass", "bandpass",  "overpass", "underpass"};
constexpr std::array<std::string_view, 7> kBeforeKey = {"api",    "access",  "private", "ssh",
                                                        "secret", "account", "storage"};
constexpr std::array<std::string_view, 10> kElsewhere = {
    "file", "files", "path", "paths", "dir", "ttl", "folder", "directory", "stdin", "prompt"};

bool IsSecretWord(std::string_view word) {
  word = Singular(word);
  if (word.ends_with("pass") && !Contains(kNoPass, word)) return true;
  if (Contains(kWhole, word) || (word.size() <= 8 && word.ends_with("pwd") && word != "oldpwd"))
    return true;
  return std::any_of(kEndings.begin(), kEndings.end(),
                     [word](std::string_view ending) { return word.ends_with(ending); });
}

// basic_auth, http-digest-auth: of a user with a password, where the value is one.
bool NamesUserPair(const std::vector<std::string>& words) {
  if (words.empty()) return false;
  const std::string& last = words.back();
  const bool split = words.size() > 1 && last == "auth" &&
                     (words[words.size() - 2] == "basic" || words[words.size() - 2] == "digest");
  return split || last == "basicauth" || last == "digestauth";
}

// The users and password hashes of HTTP authentication, as labels and tags of proxies have them:
// `traefik.http.middlewares.x.basicauth.users`, `caddy.basic_auth.bob`.
bool NamesUsers(const std::vector<std::string>& words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool split = i + 1 < words.size() && words[i + 1] == "auth" &&
                       (words[i] == "basic" || words[i] == "digest");
    const bool glued = words[i] == "basicauth" || words[i] == "digestauth";
    if (!split && !glued) continue;
    const std::string& last = words.back();
    return words.size() > i + (split ? 2 : 1) && last != "realm" && last != "enabled" &&
           last != "header" && last != "field" && !last.ends_with("file") &&
           !Contains(kElsewhere, last);
  }
  return false;
}

bool EndsInPassword(const std::vector<std::string>& words) {
  if (words.empty()) return false;
  const std::string_view last = words.back();
  return last.ends_with("pass") || last == "pwd" || last == "pw" || last == "psk" ||
         last.ends_with("password") || last.ends_with("passwd") || last.ends_with("passphrase");
}

bool IsNumberOrDuration(std::string_view value) {
  static const RE2 kNumber(R"([-+]?[0-9]([0-9_.,:xXeE-]*[0-9])?%?)");
  static const RE2 kDuration(R"(([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h|d|w|y))+)");
  return Matches(value, kNumber) || Matches(value, kDuration);
}

bool IsPath(std::string_view value, bool whole_name) {
  static const RE2 kPath(R"((\.{0,2}|~)(/[A-Za-z0-9._@ -]+)+/?)");
  static const RE2 kDeep(R"((\.{0,2}|~)(/[A-Za-z0-9._@-]+){2,}/?)");
  static const RE2 kRelative(R"([A-Za-z0-9._-]*secrets/[A-Za-z0-9._/-]+)");
  return Matches(value, whole_name ? kDeep : kPath) || Matches(value, kRelative);
}

// Every byte of it belongs to `${...}`, `%{...}` or stands between `{{` and `}}` pairs.
bool IsReference(std::string_view value) {
  const bool action = value.starts_with("{{") && value.ends_with("}}");
  return action || LiteralRanges(value, {0, value.size()}).empty();
}

}  // namespace

bool MayNameUserPair(std::string_view name) { return NamesUserPair(WordsOf(name)); }

bool IsSecretName(std::string_view name) {
  const std::vector<std::string> words = WordsOf(name);
  if (NamesUsers(words)) return true;
  if (words.empty() || Contains(kElsewhere, words.back())) return false;
  if (words.size() == 1 && (words[0] == "pwd" || words[0] == "oldpwd") &&
      name.find("PWD") != std::string_view::npos)
    return false;
  // The headers Cookie and X-Auth, and options of that name.
  if (words.back() == "cookie" || (words.size() == 2 && words[0] == "x" && words[1] == "auth"))
    return true;
  if (Contains(kLast, words.back())) return true;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (IsSecretWord(words[i])) return true;
    const bool key = Singular(words[i]) == "key" || words[i] == "keys";
    if (i > 0 && key && Contains(kBeforeKey, words[i - 1])) return true;
  }
  return false;
}

bool IsSecretValue(std::string_view name, std::string_view value) {
  if (!IsSecretName(name)) return MayNameUserPair(name) && IsUserPair(TrimBlanks(value), false);
  value = TrimBlanks(value);
  for (const std::string_view word : {"", "true", "false", "null", "nil", "***"}) {
    if (value == word) return false;
  }
  const std::vector<std::string> words = WordsOf(name);
  if (NamesUsers(words)) return !IsReference(value);
  if (IsNumberOrDuration(value) && !EndsInPassword(words)) return false;
  return !IsPath(value, IsSecretWord(words.back())) && !IsReference(value);
}

std::string Hide(std::string_view text, const std::vector<TextRange>& ranges) {
  std::string out;
  std::size_t shown = 0;
  for (const TextRange& range : ranges) {
    out += text.substr(shown, range.begin - shown);
    out += kHidden;
    shown = range.end;
  }
  out += text.substr(shown);
  return out;
}

std::string HideNamed(std::string_view text, TextKind kind) {
  return Hide(text, SecretRanges(text, kind));
}

bool NamesPassword(std::string_view name) { return EndsInPassword(WordsOf(name)); }

std::vector<std::string> HideArguments(const std::vector<std::string>& arguments,
                                       const std::vector<std::string>& programs) {
  SecretWords words;
  for (const std::string& program : programs) words.Program(program);
  std::vector<std::string> out;
  for (const std::string& argument : arguments) {
    const std::size_t equals = argument.find('=');
    const std::string_view before = std::string_view(argument).substr(0, equals);
    const bool plain = before.find_first_of(" \t\n'\"") == std::string_view::npos;
    const auto word = words.Take(argument);
    std::vector<TextRange> ranges = SecretRanges(argument, TextKind::kArgument);
    if (equals != std::string::npos && plain &&
        IsSecretValue(before, std::string_view(argument).substr(equals + 1))) {
      ranges = {{equals + 1, argument.size()}};
    }
    if (word) ranges.push_back(*word);
    out.push_back(Hide(argument, Merged(std::move(ranges))));
  }
  return out;
}

}  // namespace nmgr
