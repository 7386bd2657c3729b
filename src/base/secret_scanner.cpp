#include "secret_scanner.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include "nmgr/base/letters.h"
#include "nmgr/base/text.h"
#include "secret_words.h"

namespace nmgr {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

bool IsNameChar(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' || c == '-';
}
bool IsBlank(char c) { return c == ' ' || c == '\t'; }
bool IsQuote(char c) { return c == '"' || c == '\'' || c == '`'; }

std::size_t BackslashesBefore(std::string_view text, std::size_t at) {
  std::size_t count = 0;
  while (count < at && text[at - count - 1] == '\\') ++count;
  return count;
}

// Behind the brace that closes the one at `open`, or the end.
std::size_t AfterBrace(std::string_view text, std::size_t open) {
  std::size_t depth = 0;
  for (std::size_t i = open; i < text.size(); ++i) {
    if (text[i] == '{') ++depth;
    if (text[i] == '}' && --depth == 0) return i + 1;
  }
  return text.size();
}

// Where the string whose opening quote is at `open` ends: at the next such quote that is escaped as
// often. In JSON within JSON a quote of ours is \", one of the value \\\".
std::size_t ClosingQuote(std::string_view text, std::size_t open) {
  const std::size_t level = BackslashesBefore(text, open);
  for (std::size_t i = open + 1; i < text.size(); ++i) {
    if (text.substr(i).starts_with("${") && (i == 0 || text[i - 1] != '$')) {
      const std::size_t after = AfterBrace(text, i + 1);
      if (after < text.size()) i = after - 1;
      continue;
    }
    if (text[i] != text[open]) continue;
    const std::size_t escapes = BackslashesBefore(text, i);
    if (escapes % (2 * (level + 1)) == level) return i - level;
  }
  return text.size();
}

// Where the JSON object or list that opens at `open` closes.
std::size_t ClosingBracket(std::string_view text, std::size_t open) {
  std::size_t depth = 0;
  for (std::size_t i = open; i < text.size(); ++i) {
    if (text[i] == '"') {
      i = ClosingQuote(text, i);
      i = text.find('"', i);
      if (i == kNone) return text.size();
    } else if (text[i] == '{' || text[i] == '[') {
      ++depth;
    } else if ((text[i] == '}' || text[i] == ']') && --depth == 0) {
      return i;
    }
  }
  return text.size();
}

bool IsHeaderName(std::string_view name) {
  return IsSecretName(name) && (name.find('-') != kNone || name.ends_with("uthorization"));
}

// What nobody needs to read in an answer that repeats a job: whatever stands there is hidden.
bool HidesWhole(std::string_view name) {
  constexpr std::array<std::string_view, 12> kNames = {
      "Env",           "EmbeddedTmpl", "Payload", "GetterHeaders", "Header", "Source",
      "VariableFlags", "Variables",    "JobHCL",  "env",           "args",   "Args"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

bool IsTraversal(std::string_view value) {
  static const RE2 kTraversal(R"((var|local|each|item|data)\..*|[A-Za-z_][A-Za-z0-9_-]*\(.*)");
  return Matches(value, kTraversal);
}

class Scanner {
 public:
  Scanner(std::string_view text, TextKind kind) : text_(text), kind_(kind) {}

  std::vector<TextRange> Run() {
    for (std::size_t at = text_.find_first_of("=:"); at != kNone;
         at = text_.find_first_of("=:", at + 1)) {
      Separator(at);
    }
    if (kind_ != TextKind::kMessage) Words();
    Expressions();
    FindAcrossLines(text_, ranges_);
    FindUserInfo(text_, ranges_);
    return Merged(std::move(ranges_));
  }

 private:
  struct Name {
    std::string_view text;
    std::size_t begin = 0;
    bool quoted = false;
  };

  Name NameBefore(std::size_t at) const {
    Name name;
    std::size_t end = at;
    while (end > 0 && IsBlank(text_[end - 1])) --end;
    if (end > 0 && IsQuote(text_[end - 1])) {
      name.quoted = true;
      --end;
      while (end > 0 && text_[end - 1] == '\\') --end;
    } else if (end > 0 && text_[end - 1] == ']') {
      --end;
    }
    name.begin = end;
    while (name.begin > 0 && IsNameChar(text_[name.begin - 1])) --name.begin;
    name.text = text_.substr(name.begin, end - name.begin);
    return name;
  }

  // Past `=`, `==`, `=>`, `:=` and blanks.
  std::size_t ValueAfter(std::size_t& at) const {
    while (at + 1 < text_.size() && (text_[at + 1] == '=' || text_[at + 1] == '>')) ++at;
    std::size_t value = at + 1;
    while (value < text_.size() && IsBlank(text_[value])) ++value;
    return value;
  }

  void Separator(std::size_t& at) {
    const bool colon = text_[at] == ':';
    Name name = NameBefore(at);
    if (name.text.empty()) return;
    // Of a connection string; that of a shell is where one is.
    const bool connects = name.text == "PWD" && name.begin > 0 && text_[name.begin - 1] == ';';
    if (connects) name.text = "Pwd";
    const bool whole = name.quoted && colon && HidesWhole(name.text);
    if (!whole && !IsSecretName(name.text) && !MayNameUserPair(name.text)) return;
    const std::size_t blanks_from = at + 1;
    std::size_t value = ValueAfter(at);
    if (value >= text_.size()) return;
    std::size_t quote = value;
    while (quote < text_.size() && text_[quote] == '\\') ++quote;
    if (quote < text_.size() && IsQuote(text_[quote])) {
      Quoted(name, quote, whole, at);
    } else if ((text_[value] == '[' || text_[value] == '{') && (whole || name.quoted)) {
      const std::size_t end = ClosingBracket(text_, value);
      ranges_.push_back({value + 1, end});
      at = std::max(at, end == value + 1 ? end : end - 1);
    } else {
      Bare(name, colon, value, value > blanks_from, at);
    }
  }

  void Quoted(const Name& name, std::size_t quote, bool whole, std::size_t& at) {
    const std::size_t end = ClosingQuote(text_, quote);
    const std::string_view value = text_.substr(quote + 1, end - quote - 1);
    if (value.empty() || (!whole && !IsSecretValue(name.text, value))) return;
    Hide({quote + 1, end});
    at = std::max(at, end - 1);
  }

  void Bare(const Name& name, bool colon, std::size_t begin, bool blank, std::size_t& at) {
    std::size_t end = std::min(text_.find_first_of(" \t\r\n\"'`<>", begin), text_.size());
    for (std::size_t i = begin; i < end; ++i) {
      if (text_[i] == '\\' && i + 1 < end && (text_[i + 1] == 'n' || text_[i + 1] == 'r')) end = i;
      if (text_.substr(i).starts_with("${") || text_.substr(i).starts_with("{{")) {
        end = std::max(end, AfterBrace(text_, i + (text_[i] == '$' ? 1 : 0)));
        i = end;
      }
    }
    if (colon) {
      if (!TakesColon(name, end, blank)) return;
      if (IsHeaderName(name.text) || name.quoted) end = EndOfHeader(begin, end, name.quoted);
    }
    const std::string_view value = text_.substr(begin, end - begin);
    if (value.empty() || !IsSecretValue(name.text, value)) return;
    if (kind_ == TextKind::kSource && IsTraversal(value)) return;
    Hide({begin, end});
    at = std::max(at, end - 1);
  }

  // Prose has colons too ("token: not found"), and so have places ("token.hcl:3:1").
  bool TakesColon(const Name& name, std::size_t end, bool blank) const {
    if (name.quoted) return true;
    if (IsHeaderName(name.text) && name.text.find('.') == kNone) {
      const bool header = name.text.ends_with("uthorization") || name.text.starts_with("X-") ||
                          name.text.starts_with("x-");
      if (header) return true;
    }
    if (kind_ == TextKind::kMessage) return false;
    if (TakesColonInCommand(name, blank)) return true;
    if (kind_ != TextKind::kSource || !blank) return false;
    std::size_t margin = name.begin;
    while (margin > 0 && (IsBlank(text_[margin - 1]) || text_[margin - 1] == '-')) --margin;
    const bool first = margin == 0 || text_[margin - 1] == '\n';
    return first &&
           (end == text_.size() || text_[end] == '\n' || text_[end] == '\r' || IsBlank(text_[end]));
  }

  // `--auth-token:value`, `pass:value`, `-H "Private-Token: value"`; not the tag of an image.
  bool TakesColonInCommand(const Name& name, bool blank) const {
    if (name.text.starts_with("--")) return true;
    const char before = name.begin == 0 ? '"' : text_[name.begin - 1];
    if (blank) {
      return IsQuote(before) ||
             (kind_ == TextKind::kArgument && (IsBlank(before) || before == '='));
    }
    const bool slash = before == '/' && (name.begin == 1 || IsBlank(text_[name.begin - 2]));
    const bool word = IsQuote(before) || IsBlank(before) || before == '=' || slash;
    return word && (name.text.starts_with('-') || NamesPassword(name.text));
  }

  std::size_t EndOfHeader(std::size_t begin, std::size_t end, bool quoted) const {
    if (quoted) return std::min(text_.find_first_of(",}] \n", begin), text_.size());
    const std::string_view first = text_.substr(begin, end - begin);
    const bool scheme = first.size() <= 9 && end < text_.size() && text_[end] == ' ' &&
                        std::all_of(first.begin(), first.end(),
                                    [](unsigned char c) { return std::isalpha(c) != 0; });
    if (!scheme) return end;
    return std::min(text_.find_first_of("\r\n\"'", begin), text_.size());
  }

  void Hide(TextRange range) {
    if (kind_ != TextKind::kSource) {
      ranges_.push_back(range);
      return;
    }
    const std::vector<TextRange> literal = LiteralRanges(text_, range);
    ranges_.insert(ranges_.end(), literal.begin(), literal.end());
  }

  // The words of commands. A quoted text is one word where it is the value of an option.
  void Words() {
    SecretWords words;
    for (std::size_t begin = 0; begin < text_.size();) {
      while (!literals_.empty() && literals_.back().begin < begin) literals_.pop_back();
      if (EndsWord(begin)) {
        if (IsQuote(text_[begin])) Literal(begin);
        if (text_[begin] == '\n' && (begin == 0 || text_[begin - 1] != '\\')) words.EndCommand();
        ++begin;
        continue;
      }
      const bool quoted = begin > 0 && IsQuote(text_[begin - 1]);
      const std::size_t last = literals_.empty() ? text_.size() : literals_.back().end;
      const std::size_t end = std::min(
          quoted && words.ExpectsValue() ? ClosingQuote(text_, begin - 1) : EndOfWord(begin, last),
          last > begin ? last : text_.size());
      const std::string_view word = text_.substr(begin, end - begin);
      const auto found = words.Take(word);
      const bool name_of_value = kind_ == TextKind::kSource && !quoted && IsTraversal(word);
      if (found && !name_of_value) Hide({begin + found->begin, begin + found->end});
      begin = std::max(end, begin + 1);
    }
  }

  // Blanks, quotes, brackets, and the commas of a list of strings.
  bool EndsWord(std::size_t at) const {
    const char c = text_[at];
    if (c == ',') return at == 0 || IsQuote(text_[at - 1]);
    return IsBlank(c) || c == '\n' || c == '\r' || IsQuote(c) || c == '[' || c == ']';
  }

  // A quote between words opens a literal or closes the one that it ends. What stands in one is no
  // part of a word in the next.
  void Literal(std::size_t quote) {
    if (!literals_.empty() && literals_.back().begin == quote) {
      literals_.pop_back();
      return;
    }
    const std::size_t end = ClosingQuote(text_, quote);
    const std::size_t closing = text_.find(text_[quote], end);
    const bool inside = literals_.empty() || end < literals_.back().end;
    const bool one_line = text_.find('\n', quote) >= end;
    if (closing != kNone && inside && one_line) literals_.push_back({closing, end});
  }

  // `last`: where the literal around it ends.
  std::size_t EndOfWord(std::size_t begin, std::size_t last) const {
    const char around = begin > 0 ? text_[begin - 1] : ' ';  // the quote the word stands in
    std::size_t end = begin;
    while (end < text_.size()) {
      const bool opens =
          end > begin && IsQuote(text_[end]) && text_[end] != around &&
          (text_[end - 1] == '=' || text_[begin] == '-') &&
          ClosingQuote(text_, end) < std::min(text_.find_first_of("\r\n", end), last);
      if (opens) {
        end = ClosingQuote(text_, end) + 1;
        continue;
      }
      if (EndsWord(end)) break;
      ++end;
    }
    return std::min(end, text_.size());
  }

  void Expressions() {
    static const RE2 kCredentials(R"((?i)\b(basic|bearer)\s+([A-Za-z0-9+/=._~-]+))");
    static const RE2 kForms(
        R"((AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,})"
        R"(|glpat-[A-Za-z0-9_-]{20,}|xox[abp]-[A-Za-z0-9-]{10,}|hvs\.[A-Za-z0-9_-]{20,})"
        R"(|tskey-[a-z]+-[A-Za-z0-9-]{10,}|sk_live_[A-Za-z0-9]{16,}|npm_[A-Za-z0-9]{36})"
        R"(|eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+))");
    re2::StringPiece rest(text_.data(), text_.size());
    re2::StringPiece first;
    re2::StringPiece second;
    while (RE2::FindAndConsume(&rest, kCredentials, &first, &second)) {
      const std::string_view value(second.data(), second.size());
      if (IsCredential(first[1] == 'a' || first[1] == 'A', value)) Add(second);
    }
    rest = re2::StringPiece(text_.data(), text_.size());
    while (RE2::FindAndConsume(&rest, kForms, &first)) Add(first);
  }

  void Add(const re2::StringPiece& piece) {
    const auto begin = static_cast<std::size_t>(piece.data() - text_.data());
    ranges_.push_back({begin, begin + piece.size()});
  }

  // "basic authentication" is none.
  static bool IsCredential(bool basic, std::string_view value) {
    if (!basic) {
      return value.size() >= 8 && value.find_first_of("0123456789") != kNone;
    }
    static const RE2 kBase64(R"([A-Za-z0-9+/_-]+=*)");
    if (value.size() < 4 || !Matches(value, kBase64)) return false;
    std::string decoded;
    unsigned bits = 0;
    unsigned buffer = 0;
    for (const char c : value) {
      const std::size_t sextet = kBase64Alphabet.find(c == '-' ? '+' : c == '_' ? '/' : c);
      if (sextet == kNone) break;
      buffer = (buffer << 6U | static_cast<unsigned>(sextet)) & 0xFFFFU;
      bits += 6;
      if (bits >= 8) {
        bits -= 8;
        decoded += static_cast<char>(buffer >> bits & 0xFFU);
      }
    }
    return decoded.find(':') != std::string::npos && IsValidUtf8(decoded);
  }

  std::string_view text_;
  TextKind kind_;
  std::vector<TextRange> ranges_;
  std::vector<TextRange> literals_;  // open ones: the closing quote, and where the text ends
};

bool IsHostAndPort(std::string_view authority) {
  static const RE2 kHost(R"(([A-Za-z0-9_.-]*|\[[0-9A-Fa-f:.%]*\])(:[0-9]*)?)");
  return Matches(authority, kHost);
}

// Where the user info at the start of `word` ends (at an '@'), or kNone.
std::size_t UserInfoEnd(std::string_view word) {
  const std::string_view authority = word.substr(0, word.find_first_of("/?#\\"));
  const std::size_t first = authority.find('@');
  if (first == kNone && IsHostAndPort(authority)) return kNone;
  const bool password = word.substr(0, first).find(':') != kNone;
  std::size_t at = password ? word.rfind('@') : authority.rfind('@');
  while (at != kNone && at > 0 &&
         (word.substr(at).starts_with("@sha256:") || word.substr(at).starts_with("@sha512:"))) {
    at = word.rfind('@', at - 1);
  }
  return at == kNone || at == 0 || word.substr(0, at) == "git" ? kNone : at;
}

void AddUserInfo(std::string_view text, TextRange range, std::vector<TextRange>& ranges) {
  for (const TextRange& literal : LiteralRanges(text, range)) {
    if (text.substr(literal.begin, literal.end - literal.begin) == ":") continue;
    ranges.push_back(range);
    return;
  }
}

void UserInfoAfterScheme(std::string_view text, std::size_t colon, std::vector<TextRange>& ranges) {
  std::size_t scheme = colon;
  while (scheme > 0 && IsNameChar(text[scheme - 1])) --scheme;
  if (colon - scheme < 2) return;
  std::size_t begin = colon + 1;
  std::size_t slashes = 0;
  while (begin < text.size() && (text[begin] == '/' || text[begin] == '\\') && slashes < 4) {
    ++begin;
    ++slashes;
  }
  const std::string name = InSmallLetters(text.substr(scheme, colon - scheme));
  const bool known =
      name == "http" || name == "https" || name == "unix" || name.starts_with("socks");
  if (slashes < 2 && !known) return;
  const std::size_t end = std::min(text.find_first_of(" \t\r\n\"'<>`|", begin), text.size());
  const std::string_view word = text.substr(begin, end - begin);
  const std::size_t at = UserInfoEnd(word);
  if (at == kNone) return;
  if (slashes < 2 && word.substr(0, at).find(':') == kNone) return;
  AddUserInfo(text, {begin, begin + at}, ranges);
}

// `user:password@tcp(host:3306)`, `user:password@host:4646`
void UserInfoBefore(std::string_view text, std::size_t at, std::vector<TextRange>& ranges) {
  static const RE2 kHost(
      R"((tcp\(|unix\(|/[A-Za-z0-9_]|[A-Za-z0-9_.-]+:[0-9]+|[A-Za-z][A-Za-z0-9_.-]*/|\[[0-9A-Fa-f:.]+\]).*)");
  const std::string_view after = text.substr(at + 1, 300);
  if (after.starts_with("sha256:") || after.starts_with("sha512:")) return;
  const std::string_view line = after.substr(0, after.find_first_of("\r\n"));
  if (!Matches(line, kHost)) return;
  std::size_t begin = at;
  while (begin > 0 && std::string_view(" \t\r\n\"'<>`/(),;=").find(text[begin - 1]) == kNone)
    --begin;
  const std::string_view info = text.substr(begin, at - begin);
  const std::size_t colon = info.find(':');
  if (colon == kNone || colon == 0 || colon + 1 == info.size()) return;
  AddUserInfo(text, {begin, at}, ranges);
}

}  // namespace

bool Matches(std::string_view text, const RE2& expression) {
  return RE2::FullMatch(re2::StringPiece(text.data(), text.size()), expression);
}

std::vector<TextRange> Merged(std::vector<TextRange> ranges) {
  std::sort(ranges.begin(), ranges.end(), [](const TextRange& a, const TextRange& b) {
    return a.begin != b.begin ? a.begin < b.begin : a.end > b.end;
  });
  std::vector<TextRange> out;
  for (const TextRange& range : ranges) {
    if (!out.empty() && range.begin <= out.back().end) {
      out.back().end = std::max(out.back().end, range.end);
    } else {
      out.push_back(range);
    }
  }
  return out;
}

std::vector<TextRange> LiteralRanges(std::string_view text, TextRange range) {
  std::vector<TextRange> literal;
  const auto add = [&](std::size_t begin, std::size_t end) {
    if (!TrimBlanks(text.substr(begin, end - begin)).empty()) literal.push_back({begin, end});
  };
  std::size_t begin = range.begin;
  for (std::size_t i = range.begin; i < range.end; ++i) {
    const std::string_view rest = text.substr(i, range.end - i);
    const bool escaped = rest.starts_with("$${") || rest.starts_with("%%{");
    if (escaped) {
      i += 2;
      continue;
    }
    const bool inside = rest.starts_with("${") || rest.starts_with("%{") || rest.starts_with("{{");
    if (!inside) continue;
    add(begin, i);
    begin = std::min(AfterBrace(text, rest.starts_with("{{") ? i : i + 1), range.end);
    i = begin - 1;
  }
  add(begin, range.end);
  return literal;
}

void FindUserInfo(std::string_view text, std::vector<TextRange>& ranges) {
  if (text.find('@') == kNone) return;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ':') UserInfoAfterScheme(text, i, ranges);
    if (text[i] == '@') UserInfoBefore(text, i, ranges);
  }
}

std::vector<TextRange> SecretRanges(std::string_view text, TextKind kind) {
  return Scanner(text, kind).Run();
}

std::string HideUserInfo(std::string_view text) {
  std::vector<TextRange> ranges;
  FindUserInfo(text, ranges);
  return Hide(text, Merged(std::move(ranges)));
}

}  // namespace nmgr
