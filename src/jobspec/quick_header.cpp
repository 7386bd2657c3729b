#include "jobspec/quick_header.h"

#include <algorithm>
#include <array>

#include "nmgr/base/text.h"

namespace nmgr::jobspec {
namespace {

constexpr int kDeepest = 32;
constexpr std::size_t kMostAttributes = 48;  // of one body, compared each with each

using ByteSet = std::array<bool, 256>;

constexpr ByteSet Letters() {
  ByteSet set{};
  for (std::size_t c = 'a'; c <= 'z'; ++c) set[c] = set[c - 'a' + 'A'] = true;
  return set;
}
constexpr ByteSet NameParts() {
  ByteSet set = Letters();
  for (std::size_t c = '0'; c <= '9'; ++c) set[c] = true;
  set['_'] = set['-'] = true;
  return set;
}
// Stand for themselves in a string.
constexpr ByteSet PlainBytes() {
  ByteSet set{};
  for (std::size_t c = ' '; c < 0x7F; ++c) set[c] = true;
  set['"'] = set['\\'] = set['$'] = set['%'] = false;
  return set;
}

// None holds the NUL byte.
constexpr ByteSet kNameStart = Letters();
constexpr ByteSet kNamePart = NameParts();
constexpr ByteSet kPlain = PlainBytes();

constexpr bool Holds(const ByteSet& set, char c) { return set[static_cast<unsigned char>(c)]; }

// A recogniser by recursive descent. Every function returns false where it is not sure. The NUL
// byte behind the text ends what goes on byte by byte.
class Recogniser {
 public:
  explicit Recogniser(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  std::optional<QuickHeader> Run() {
    for (;;) {
      if (!SkipLines()) return std::nullopt;
      if (at_ == end_) break;
      const std::string_view type = Name();
      if (type.empty() || !Block(type, 0)) return std::nullopt;
    }
    if (jobs_ != 1 || found_.header.id.empty()) return std::nullopt;
    std::vector<std::string>& names = found_.variables;
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return std::move(found_);
  }

 private:
  struct Attributes {
    std::array<std::string_view, kMostAttributes> names;
    std::size_t count = 0;

    bool Add(std::string_view name) {
      if (count == kMostAttributes) return false;
      for (std::size_t i = 0; i < count; ++i) {
        if (names[i] == name) return false;
      }
      names[count++] = name;
      return true;
    }
  };

  bool Is(char c) const { return *at_ == c; }
  bool Take(char c) {
    if (!Is(c)) return false;
    ++at_;
    return true;
  }
  void SkipBlanks() {
    while (*at_ == ' ' || *at_ == '\t') ++at_;
  }

  // The rest of the line: nothing, or a comment of ASCII. Up to the line end.
  bool SkipComment() {
    SkipBlanks();
    if (at_ == end_ || *at_ == '\n') return true;
    const bool slashes = *at_ == '/' && end_ - at_ > 1 && at_[1] == '/';
    if (*at_ != '#' && !slashes) return false;
    while (at_ != end_ && *at_ != '\n') {
      const auto c = static_cast<unsigned char>(*at_);
      if (c != '\t' && (c < ' ' || c >= 0x7F)) return false;
      ++at_;
    }
    return true;
  }
  bool EndLine() { return SkipComment() && (at_ == end_ || Take('\n')); }
  bool SkipLines() {
    for (;;) {
      SkipBlanks();
      if (*at_ != '\n' && *at_ != '#' && *at_ != '/') return true;
      if (!EndLine()) return false;
    }
  }

  std::string_view Name() {
    if (!Holds(kNameStart, *at_)) return {};
    const char* const begin = at_;
    while (Holds(kNamePart, *at_)) ++at_;
    return {begin, static_cast<std::size_t>(at_ - begin)};
  }

  // In quotes; a template in it may be a reference. `plain`, where asked for, becomes the text, or
  // nothing where it is not what stands there.
  bool String(std::optional<std::string_view>* plain = nullptr) {
    if (!Take('"')) return false;
    const char* const begin = at_;
    bool verbatim = true;
    for (;;) {
      while (Holds(kPlain, *at_)) ++at_;
      if (*at_ == '"') break;
      if (*at_ == '\\') {
        if (std::string_view("nrt\"\\").find(at_[1]) == std::string_view::npos) return false;
        at_ += 2;
        verbatim = false;
        continue;
      }
      if (*at_ != '$' || at_[1] != '{' || at_[2] == '~') return false;
      at_ += 2;
      verbatim = false;
      if (!Reference() || !Take('}')) return false;
    }
    if (plain != nullptr && verbatim) {
      *plain = std::string_view(begin, static_cast<std::size_t>(at_ - begin));
    }
    ++at_;
    return true;
  }

  // a.b-c.d, without indices.
  bool Reference() {
    const std::string_view name = Name();
    if (name.empty() || name == "for" || name == "true" || name == "false" || name == "null") {
      return false;
    }
    while (Take('.')) {
      if (Name().empty()) return false;
    }
    return true;
  }

  bool Digits() {
    const char* const begin = at_;
    while (IsAsciiDigit(*at_)) ++at_;
    return at_ != begin && at_ - begin <= 15;
  }
  bool Number() {
    if (!Digits()) return false;
    if (Take('.') && !Digits()) return false;
    // A name, an exponent or a further point right behind it is for the parser to judge.
    return !Holds(kNamePart, *at_) && !Is('.');
  }

  bool Value(int depth, std::optional<std::string_view>* plain = nullptr) {
    if (depth > kDeepest) return false;
    switch (*at_) {
      case '"':
        return String(plain);
      case '[':
        ++at_;
        return Sequence(']', depth);
      case '{':
        ++at_;
        return Object(depth);
      default:
        break;
    }
    if (Take('-') || IsAsciiDigit(*at_)) return Number();
    return Word(depth);
  }

  // true, a reference, a call.
  bool Word(int depth) {
    const std::string_view name = Name();
    if (name.empty() || name == "for") return false;
    if (name == "true" || name == "false" || name == "null") return !Is('.') && !Is('(');
    if (Take('(')) return Sequence(')', depth);
    while (Take('.')) {
      if (Name().empty()) return false;
    }
    return true;
  }

  // Values apart by commas, one of which may stand at the end.
  bool Sequence(char close, int depth) {
    for (;;) {
      if (!SkipLines()) return false;
      if (Take(close)) return true;
      if (!Value(depth + 1)) return false;
      if (!SkipLines()) return false;
      if (Take(',')) continue;
      return Take(close);
    }
  }

  // Names or strings, an equals sign, a value, and a line end or comma.
  bool Object(int depth) {
    for (;;) {
      if (!SkipLines()) return false;
      if (Take('}')) return true;
      std::optional<std::string_view> key;
      if (Is('"')) {
        if (!String(&key) || !key) return false;
      } else {
        const std::string_view name = Name();
        if (name.empty() || name == "for" || name == "true" || name == "false" || name == "null") {
          return false;
        }
      }
      SkipBlanks();
      if (!Take('=')) return false;
      SkipBlanks();
      if (!Value(depth + 1)) return false;
      SkipBlanks();
      if (Take('}')) return true;
      if (!Take(',') && !EndLine()) return false;
    }
  }

  // Behind its type.
  bool Block(std::string_view type, int depth) {
    if (depth > kDeepest) return false;
    std::string_view label;
    std::size_t label_count = 0;
    for (;;) {
      SkipBlanks();
      if (Take('{')) break;
      ++label_count;
      if (Is('"')) {
        std::optional<std::string_view> text;
        if (!String(&text) || !text) return false;
        label = *text;
      } else {
        label = Name();
        if (label.empty()) return false;
      }
    }
    if (depth == 0 && !NoteBlock(type, label, label_count)) return false;
    return Body(depth, depth == 0 && type == "job");
  }

  bool NoteBlock(std::string_view type, std::string_view label, std::size_t label_count) {
    if (type == "job") {
      ++jobs_;
      const bool foreign = label.find_first_of("{[<%$") != label.npos;
      if (label_count != 1 || label.empty() || foreign) return false;
      label_ = label;
      found_.header.id = label;
      return true;
    }
    if (type == "variable" && label_count == 1) {
      found_.variables.emplace_back(label);
      return true;
    }
    return type == "locals" && label_count == 0;
  }

  // Behind its opening brace.
  bool Body(int depth, bool job) {
    SkipBlanks();
    if (Take('}')) return EndLine();
    const char* const line = at_;
    if (!EndLine()) {
      at_ = line;
      return OneLineBody(job);
    }
    Attributes attributes;
    for (;;) {
      if (!SkipLines()) return false;
      if (Take('}')) return EndLine();
      const std::string_view name = Name();
      if (name.empty()) return false;
      SkipBlanks();
      if (!Is('=')) {
        if (!Block(name, depth + 1)) return false;
        continue;
      }
      if (!Attribute(name, attributes, job) || !EndLine()) return false;
    }
  }

  bool OneLineBody(bool job) {
    Attributes attributes;
    const char* const begin = at_;
    const std::string_view name = Name();
    if (name.empty()) return false;
    SkipBlanks();
    if (!Is('=') || !Attribute(name, attributes, job)) return false;
    SkipBlanks();
    const bool one_line = std::find(begin, at_, '\n') == at_;
    return one_line && Take('}') && EndLine();
  }

  // From <<NAME or <<-NAME to the name that closes it; a template in it may be a reference.
  bool Heredoc() {
    at_ += 2;
    if (Is('-')) ++at_;
    const std::string_view marker = Name();
    if (marker.empty() || !Take('\n')) return false;
    for (;;) {
      SkipBlanks();
      const std::string_view rest(at_, static_cast<std::size_t>(end_ - at_));
      if (rest.starts_with(marker)) {
        at_ += marker.size();
        return Is('\n');
      }
      while (at_ != end_ && *at_ != '\n') {
        const auto c = static_cast<unsigned char>(*at_);
        if (c != '\t' && (c < ' ' || c >= 0x7F)) return false;
        const bool opens = (c == '$' || c == '%') && end_ - at_ > 1 && at_[1] == '{';
        if (!opens) {
          ++at_;
          continue;
        }
        if (c == '%' || at_[-1] == '$' || at_[2] == '~') return false;
        at_ += 2;
        if (!Reference() || !Take('}')) return false;
      }
      if (!Take('\n')) return false;
    }
  }

  bool Attribute(std::string_view name, Attributes& attributes, bool job) {
    ++at_;
    if (Is('=')) return false;
    SkipBlanks();
    if (!attributes.Add(name)) return false;
    if (Is('<') && end_ - at_ > 1 && at_[1] == '<') return !job && Heredoc();
    std::optional<std::string_view> plain;
    if (!Value(0, &plain)) return false;
    if (!job) return true;
    JobHeader& header = found_.header;
    std::string* const field = name == "id"          ? &header.id
                               : name == "namespace" ? &header.name_space
                               : name == "region"    ? &header.region
                               : name == "type"      ? &header.type
                                                     : nullptr;
    if (field == nullptr) return true;
    if (!plain) return false;
    *field = *plain;
    if (field == &header.id && plain->empty()) *field = label_;
    return true;
  }

  const char* at_;
  const char* const end_;
  int jobs_ = 0;
  std::string_view label_;
  QuickHeader found_;
};

}  // namespace

std::optional<QuickHeader> ReadQuickHeader(const hcl::SourceFile& source) {
  return Recogniser(source.text()).Run();
}

}  // namespace nmgr::jobspec
