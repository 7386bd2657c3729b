#include "secret_words.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "secret_scanner.h"

namespace nmgr {

// A family of programs: by the whole name, or by how it begins where that ends in '*'.
struct SecretWords::Row {
  std::string_view program;
  char secret = 0;     // the letter of the option that takes a secret
  char pair = 0;       // the letter of the one that takes user:password
  bool apart = false;  // the secret may also be the next word
};

namespace {

constexpr std::size_t kNoWordPlace = std::string_view::npos;

bool IsDigitsOnly(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == kNoWordPlace;
}

// `www-data:www-data`, `1000:1000`, `me:users`: whom to run as.
bool IsAccount(std::string_view user, std::string_view group) {
  constexpr std::array<std::string_view, 10> kGroups = {"root",   "nogroup", "nobody", "users",
                                                        "staff",  "wheel",   "daemon", "adm",
                                                        "docker", "www-data"};
  return user == group || (IsDigitsOnly(group) && group.size() <= 5) ||
         std::find(kGroups.begin(), kGroups.end(), group) != kGroups.end();
}

std::string_view WithoutDashes(std::string_view option) {
  return option.substr(std::min(option.find_first_not_of('-'), option.size()));
}

// Options of whatever program that take user:password.
bool NamesPair(std::string_view option) {
  constexpr std::array<std::string_view, 14> kNames = {
      "u",         "user",     "proxy-user", "auth",  "basic-auth", "basicauth", "http-auth",
      "user-pass", "userpass", "userpwd",    "login", "creds",      "cred",      "http-user"};
  const std::string_view name = WithoutDashes(option);
  return MayNameUserPair(name) || std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

// What nobody writes behind a `-p` but a password: neither a word (-parallel) nor a port, a path or
// an assignment.
bool IsGluedPassword(std::string_view value) {
  if (value.size() < 4 || value.find_first_of("=/:.,{}<>|") != kNoWordPlace || OnlyRefers(value))
    return false;
  const bool digit =
      std::any_of(value.begin(), value.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
  const bool letter =
      std::any_of(value.begin(), value.end(), [](unsigned char c) { return std::isalpha(c) != 0; });
  const bool mark = value.find_first_of("!@#$%^&*+?~") != kNoWordPlace;
  return letter && (digit || mark) && !value.starts_with('-');
}

TextRange WithoutWordQuotes(std::string_view word, TextRange range) {
  const char first = word[range.begin];
  if (range.end - range.begin >= 2 && (first == '\'' || first == '"') &&
      word[range.end - 1] == first) {
    return {range.begin + 1, range.end - 1};
  }
  return range;
}

std::string_view ProgramName(std::string_view name) {
  name.remove_prefix(std::min(name.rfind('/') + 1, name.size()));
  return name.substr(0, name.find_first_of(":@"));
}

// "login" is what docker, helm, oc and az call it.
constexpr std::array<SecretWords::Row, 22> kPrograms = {
    {{"curl", 0, 'u', false},         {"mysql*", 'p', 0, false},
     {"mariadb*", 'p', 0, false},     {"sshpass", 'p', 0, true},
     {"7z*", 'p', 0, false},          {"unrar", 'p', 0, false},
     {"rar", 'p', 0, false},          {"redis-cli", 'a', 0, true},
     {"keydb-cli", 'a', 0, true},     {"valkey-cli", 'a', 0, true},
     {"mongo*", 'p', 0, true},        {"cqlsh", 'p', 0, true},
     {"rabbitmqadmin", 'p', 0, true}, {"login", 'p', 0, true},
     {"hash-password", 'p', 0, true}, {"mosquitto_*", 'P', 0, true},
     {"ipmitool", 'P', 0, true},      {"sqlcmd", 'P', 0, true},
     {"zip", 'P', 0, true},           {"unzip", 'P', 0, true},
     {"ldap*", 'w', 0, true},         {"ab", 0, 'A', false}}};

const SecretWords::Row* RowOfProgram(std::string_view name) {
  const auto* const found = std::find_if(kPrograms.begin(), kPrograms.end(), [&](const auto& row) {
    std::string_view program = row.program;
    if (!program.ends_with('*')) return program == name;
    program.remove_suffix(1);
    return name.starts_with(program);
  });
  return found == kPrograms.end() ? nullptr : found;
}

}  // namespace

bool OnlyRefers(std::string_view value) {
  static const RE2 kShell(R"((\$[A-Za-z_][A-Za-z0-9_]*|\$\([^)]*\)|\$\{[^}]*\}|[:%/'"])+)");
  return value.empty() || value.starts_with("{{") || Matches(value, kShell) ||
         LiteralRanges(value, {0, value.size()}).empty();
}

bool IsUserPair(std::string_view value, bool sure) {
  const std::size_t colon = value.find(':');
  if (colon == kNoWordPlace || OnlyRefers(value)) return false;
  const std::string_view before = value.substr(0, colon);
  const std::string_view after = value.substr(colon + 1);
  if (after.starts_with("//")) return false;
  if (sure) return !after.empty() || before.size() >= 8;
  return !before.empty() && !after.empty() && !after.starts_with('/') &&
         !IsAccount(before, after) && !OnlyRefers(after);
}

void SecretWords::Program(std::string_view name) {
  if (const Row* const row = RowOfProgram(ProgramName(name))) row_ = row;
}

void SecretWords::EndCommand() {
  row_ = nullptr;
  expects_ = Expects::kNothing;
}

std::optional<TextRange> SecretWords::Value(std::string_view word) const {
  const bool secret = expects_ == Expects::kSecret ? !OnlyRefers(word)
                      : expects_ == Expects::kNamed
                          ? IsSecretValue(name_, word) && !OnlyRefers(word)
                          : IsUserPair(word, row_ != nullptr && row_->pair != 0);
  if (!secret) return std::nullopt;
  return TextRange{0, word.size()};
}

// The value stands in the same word as its option.
std::optional<TextRange> SecretWords::Glued(std::string_view word) const {
  const std::size_t equals = word.find('=');
  if (equals != kNoWordPlace && equals + 1 < word.size() && NamesPair(word.substr(0, equals))) {
    const TextRange value = WithoutWordQuotes(word, {equals + 1, word.size()});
    const std::string_view text = word.substr(value.begin, value.end - value.begin);
    if (IsUserPair(text, false)) return value;
  }
  if (word.size() < 3 || word.starts_with("--")) return std::nullopt;
  const TextRange rest = WithoutWordQuotes(word, {2, word.size()});
  const std::string_view value = word.substr(rest.begin, rest.end - rest.begin);
  const bool takes_secret = row_ != nullptr && row_->secret == word[1];
  const bool takes_pair = row_ != nullptr && row_->pair == word[1];
  const bool hidden = takes_secret                        ? !OnlyRefers(value)
                      : takes_pair                        ? IsUserPair(value, true)
                      : row_ == nullptr && word[1] == 'p' ? IsGluedPassword(value)
                                                          : false;
  if (!hidden) return std::nullopt;
  return rest;
}

std::optional<TextRange> SecretWords::Option(std::string_view word) {
  if (auto range = Glued(word)) return range;
  if (word.find('=') != kNoWordPlace) return std::nullopt;
  const bool letter = word.size() == 2;
  if (letter && row_ != nullptr && row_->apart && row_->secret == word[1]) {
    expects_ = Expects::kSecret;
  } else if ((letter && row_ != nullptr && row_->pair == word[1]) || NamesPair(word) ||
             (word == "-U" && row_ != nullptr && row_->pair == 'u')) {
    expects_ = Expects::kPair;
  } else if (IsSecretName(word)) {
    expects_ = Expects::kNamed;
    name_ = word;
  }
  return std::nullopt;
}

std::optional<TextRange> SecretWords::Take(std::string_view word) {
  if (ExpectsValue() && !word.starts_with('-')) {
    const auto range = Value(word);
    expects_ = Expects::kNothing;
    if (range) return range;
  }
  expects_ = Expects::kNothing;
  if (word.starts_with('-')) return Option(word);
  const bool ends =
      word.ends_with(';') || word == "|" || word == "||" || word == "&&" || word == "&";
  if (ends) {
    EndCommand();
  } else {
    Program(word);
  }
  return std::nullopt;
}

}  // namespace nmgr
