#include "hcl/functions/regex_syntax.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "hcl/functions/support.h"

namespace nmgr::hcl::functions {
namespace {

constexpr int kMaxRegexNesting = 1000;
constexpr int kMaxUnicodeClasses = 256;  // each takes some 30 kB while RE2 reads it

// General categories of Unicode by their folded short and long names, as RE2 spells them.
constexpr auto kCategories = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"any", "Any"},
    {"c", "C"},
    {"cc", "Cc"},
    {"cf", "Cf"},
    {"closepunctuation", "Pe"},
    {"cntrl", "Cc"},
    {"co", "Co"},
    {"combiningmark", "M"},
    {"connectorpunctuation", "Pc"},
    {"control", "Cc"},
    {"cs", "Cs"},
    {"currencysymbol", "Sc"},
    {"dashpunctuation", "Pd"},
    {"decimalnumber", "Nd"},
    {"digit", "Nd"},
    {"enclosingmark", "Me"},
    {"finalpunctuation", "Pf"},
    {"format", "Cf"},
    {"initialpunctuation", "Pi"},
    {"l", "L"},
    {"letter", "L"},
    {"letternumber", "Nl"},
    {"lineseparator", "Zl"},
    {"ll", "Ll"},
    {"lm", "Lm"},
    {"lo", "Lo"},
    {"lowercaseletter", "Ll"},
    {"lt", "Lt"},
    {"lu", "Lu"},
    {"m", "M"},
    {"mark", "M"},
    {"mathsymbol", "Sm"},
    {"mc", "Mc"},
    {"me", "Me"},
    {"mn", "Mn"},
    {"modifierletter", "Lm"},
    {"modifiersymbol", "Sk"},
    {"n", "N"},
    {"nd", "Nd"},
    {"nl", "Nl"},
    {"no", "No"},
    {"nonspacingmark", "Mn"},
    {"number", "N"},
    {"openpunctuation", "Ps"},
    {"other", "C"},
    {"otherletter", "Lo"},
    {"othernumber", "No"},
    {"otherpunctuation", "Po"},
    {"othersymbol", "So"},
    {"p", "P"},
    {"paragraphseparator", "Zp"},
    {"pc", "Pc"},
    {"pd", "Pd"},
    {"pe", "Pe"},
    {"pf", "Pf"},
    {"pi", "Pi"},
    {"po", "Po"},
    {"privateuse", "Co"},
    {"ps", "Ps"},
    {"punct", "P"},
    {"punctuation", "P"},
    {"s", "S"},
    {"sc", "Sc"},
    {"separator", "Z"},
    {"sk", "Sk"},
    {"sm", "Sm"},
    {"so", "So"},
    {"spaceseparator", "Zs"},
    {"spacingmark", "Mc"},
    {"surrogate", "Cs"},
    {"symbol", "S"},
    {"titlecaseletter", "Lt"},
    {"uppercaseletter", "Lu"},
    {"z", "Z"},
    {"zl", "Zl"},
    {"zp", "Zp"},
    {"zs", "Zs"},
});

// Scripts of Unicode, as RE2 spells them.
constexpr auto kScripts = std::to_array<std::string_view>({
    "Adlam",
    "Ahom",
    "Anatolian_Hieroglyphs",
    "Arabic",
    "Armenian",
    "Avestan",
    "Balinese",
    "Bamum",
    "Bassa_Vah",
    "Batak",
    "Bengali",
    "Bhaiksuki",
    "Bopomofo",
    "Brahmi",
    "Braille",
    "Buginese",
    "Buhid",
    "Canadian_Aboriginal",
    "Carian",
    "Caucasian_Albanian",
    "Chakma",
    "Cham",
    "Cherokee",
    "Chorasmian",
    "Common",
    "Coptic",
    "Cuneiform",
    "Cypriot",
    "Cypro_Minoan",
    "Cyrillic",
    "Deseret",
    "Devanagari",
    "Dives_Akuru",
    "Dogra",
    "Duployan",
    "Egyptian_Hieroglyphs",
    "Elbasan",
    "Elymaic",
    "Ethiopic",
    "Georgian",
    "Glagolitic",
    "Gothic",
    "Grantha",
    "Greek",
    "Gujarati",
    "Gunjala_Gondi",
    "Gurmukhi",
    "Han",
    "Hangul",
    "Hanifi_Rohingya",
    "Hanunoo",
    "Hatran",
    "Hebrew",
    "Hiragana",
    "Imperial_Aramaic",
    "Inherited",
    "Inscriptional_Pahlavi",
    "Inscriptional_Parthian",
    "Javanese",
    "Kaithi",
    "Kannada",
    "Katakana",
    "Kawi",
    "Kayah_Li",
    "Kharoshthi",
    "Khitan_Small_Script",
    "Khmer",
    "Khojki",
    "Khudawadi",
    "Lao",
    "Latin",
    "Lepcha",
    "Limbu",
    "Linear_A",
    "Linear_B",
    "Lisu",
    "Lycian",
    "Lydian",
    "Mahajani",
    "Makasar",
    "Malayalam",
    "Mandaic",
    "Manichaean",
    "Marchen",
    "Masaram_Gondi",
    "Medefaidrin",
    "Meetei_Mayek",
    "Mende_Kikakui",
    "Meroitic_Cursive",
    "Meroitic_Hieroglyphs",
    "Miao",
    "Modi",
    "Mongolian",
    "Mro",
    "Multani",
    "Myanmar",
    "Nabataean",
    "Nag_Mundari",
    "Nandinagari",
    "New_Tai_Lue",
    "Newa",
    "Nko",
    "Nushu",
    "Nyiakeng_Puachue_Hmong",
    "Ogham",
    "Ol_Chiki",
    "Old_Hungarian",
    "Old_Italic",
    "Old_North_Arabian",
    "Old_Permic",
    "Old_Persian",
    "Old_Sogdian",
    "Old_South_Arabian",
    "Old_Turkic",
    "Old_Uyghur",
    "Oriya",
    "Osage",
    "Osmanya",
    "Pahawh_Hmong",
    "Palmyrene",
    "Pau_Cin_Hau",
    "Phags_Pa",
    "Phoenician",
    "Psalter_Pahlavi",
    "Rejang",
    "Runic",
    "Samaritan",
    "Saurashtra",
    "Sharada",
    "Shavian",
    "Siddham",
    "SignWriting",
    "Sinhala",
    "Sogdian",
    "Sora_Sompeng",
    "Soyombo",
    "Sundanese",
    "Syloti_Nagri",
    "Syriac",
    "Tagalog",
    "Tagbanwa",
    "Tai_Le",
    "Tai_Tham",
    "Tai_Viet",
    "Takri",
    "Tamil",
    "Tangsa",
    "Tangut",
    "Telugu",
    "Thaana",
    "Thai",
    "Tibetan",
    "Tifinagh",
    "Tirhuta",
    "Toto",
    "Ugaritic",
    "Vai",
    "Vithkuqi",
    "Wancho",
    "Warang_Citi",
    "Yezidi",
    "Yi",
    "Zanabazar_Square",
});

// Case, blanks, '_' and '-' do not count in a name (UTS 18).
std::string FoldName(std::string_view name) {
  std::string folded;
  for (const char c : name) {
    if (c == ' ' || c == '_' || c == '-') continue;
    folded += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return folded;
}

// What stands for the class `name` in RE2, sign apart, or nothing if there is no such class.
std::optional<std::string> FindClass(std::string_view name) {
  const std::string folded = FoldName(name);
  for (const auto& [key, category] : kCategories) {
    if (folded == key) return std::string(category);
  }
  for (const std::string_view script : kScripts) {
    if (folded == FoldName(script)) return std::string(script);
  }
  return std::nullopt;
}

FunctionError BadRegex(std::string_view why, std::string_view part) {
  return Fault(fmt::format("error parsing regexp: {}: `{}`", why, part));
}

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

class Translator {
 public:
  explicit Translator(std::string_view pattern) : rest_(pattern) {}

  FunctionOutcome<std::string> Run() {
    while (!rest_.empty() && !error_) Step();
    if (error_) return *std::move(error_);
    return std::move(out_);
  }

 private:
  void Step() {
    if (rest_[0] == '\\') {
      Escape(false);
    } else if (rest_[0] == '[') {
      CharacterClass();
    } else if (rest_[0] == '(') {
      if (++depth_ > kMaxRegexNesting)
        error_ = BadRegex("expression nests too deeply", rest_.substr(0, 1));
      Group();
    } else {
      if (rest_[0] == ')') --depth_;
      Copy(1);
    }
  }

  void Copy(std::size_t length) {
    out_ += rest_.substr(0, length);
    rest_.remove_prefix(std::min(length, rest_.size()));
  }

  bool StartsWith(std::string_view text) const { return rest_.substr(0, text.size()) == text; }

  void Group() {
    const bool perl = StartsWith("(?<");
    if (!perl && !StartsWith("(?P<")) return Copy(1);
    const std::size_t start = perl ? 3 : 4;
    const std::size_t end = rest_.find('>');
    const std::string_view name =
        rest_.substr(start, end == std::string_view::npos ? end : end - start);
    if (end == std::string_view::npos || name.empty() ||
        !std::all_of(name.begin(), name.end(), IsNameCharacter)) {
      error_ =
          BadRegex("invalid named capture", rest_.substr(0, std::min(end, rest_.size() - 1) + 1));
      return;
    }
    out_ += "(?P<";
    rest_.remove_prefix(start);
    Copy(name.size() + 1);
  }

  void CharacterClass() {
    Copy(StartsWith("[^") ? 2 : 1);
    if (StartsWith("]")) Copy(1);
    while (!rest_.empty() && rest_[0] != ']' && !error_) {
      if (rest_[0] == '\\') {
        Escape(true);
      } else if (StartsWith("[:") && rest_.find(":]") != std::string_view::npos) {
        Copy(rest_.find(":]") + 2);
      } else {
        Copy(1);
      }
    }
    Copy(1);
  }

  void Escape(bool in_class) {
    if (rest_.size() < 2) return Copy(1);
    const char kind = rest_[1];
    if (kind == 'C') {
      error_ = BadRegex("invalid escape sequence", rest_.substr(0, 2));
    } else if (kind == 'Q' && !in_class) {
      const std::size_t end = rest_.find("\\E");
      Copy(end == std::string_view::npos ? rest_.size() : end + 2);
    } else if ((kind == 'p' || kind == 'P') && rest_.size() > 2) {
      UnicodeClass(in_class);
    } else {
      Copy(2);
    }
  }

  void UnicodeClass(bool in_class) {
    if (++unicode_classes_ > kMaxUnicodeClasses) {
      error_ = BadRegex("expression too large", rest_.substr(0, 2));
      return;
    }
    const bool braces = rest_[2] == '{';
    const std::size_t end = braces ? rest_.find('}') : 2;
    if (end == std::string_view::npos) return Copy(2);
    std::string_view name = braces ? rest_.substr(3, end - 3) : rest_.substr(2, 1);
    bool negative = rest_[1] == 'P';
    if (!name.empty() && name[0] == '^') {
      negative = !negative;
      name.remove_prefix(1);
    }
    const std::string folded = FoldName(name);
    if (folded == "ascii") {
      out_ += Ranges(negative ? "\\x{80}-\\x{10FFFF}" : "\\x00-\\x7F", in_class);
    } else if (!negative && (folded == "lc" || folded == "casedletter")) {
      out_ += Ranges("\\p{Lu}\\p{Ll}\\p{Lt}", in_class);
    } else if (const auto found = FindClass(name)) {
      out_ += fmt::format("\\{}{{{}}}", negative ? 'P' : 'p', *found);
    } else {
      error_ = BadRegex("invalid character class range", rest_.substr(0, end + 1));
    }
    rest_.remove_prefix(end + 1);
  }

  static std::string Ranges(std::string_view ranges, bool in_class) {
    return in_class ? std::string(ranges) : fmt::format("[{}]", ranges);
  }

  std::string_view rest_;
  std::string out_;
  int depth_ = 0;
  int unicode_classes_ = 0;
  std::optional<FunctionError> error_;
};

}  // namespace

FunctionOutcome<std::string> TranslateRegex(std::string_view pattern) {
  return Translator(pattern).Run();
}

}  // namespace nmgr::hcl::functions
