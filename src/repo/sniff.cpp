#include "repo/sniff.h"

#include <algorithm>
#include <array>

#include "nmgr/base/text.h"

namespace nmgr::repo {
namespace {

constexpr std::string_view kJob = "job";

// A header goes on with a blank, a label, a brace or a comment.
bool EndsWord(std::string_view text, std::size_t at) {
  return at >= text.size() ||
         std::string_view(" \t\r\n\"{/#").find(text[at]) != std::string_view::npos;
}

// Marks of template tools (gomplate, Levant, Nomad Pack, ERB, Jinja, Terraform), and what to say.
struct TemplateMark {
  std::string_view mark;
  std::string_view close;  // "": none that may stand before a header
  std::string_view why;
};
constexpr std::array<TemplateMark, 5> kTemplateMarks = {{
    {"{{", "}}", "a template of another tool, by its `{{`"},
    {"[[", "]]", "a template of another tool, by its `[[`"},
    {"<%", "%>", "a template of another tool, by its `<%`"},
    {"{%", "%}", "a template of another tool, by its `{%`"},
    {"${", "", "its label holds a template"},
}};

std::optional<std::string_view> TemplateIn(std::string_view text) {
  for (const TemplateMark& tool : kTemplateMarks) {
    if (text.find(tool.mark) != std::string_view::npos) return tool.why;
  }
  return std::nullopt;
}

// A line without what stands before its first word and cannot be seen, or is a mark of a template
// tool: blanks that HCL does not know, a byte order mark, `{{ if x }}`.
std::string_view WithoutMarks(std::string_view line) {
  constexpr std::array<std::string_view, 3> kUnseen = {"\xEF\xBB\xBF", "\xC2\xA0", "\xE2\x80\x8B"};
  while (true) {
    line = TrimBlanks(line);
    const auto unseen = std::find_if(kUnseen.begin(), kUnseen.end(),
                                     [&](std::string_view one) { return line.starts_with(one); });
    if (unseen != kUnseen.end()) {
      line.remove_prefix(unseen->size());
      continue;
    }
    const auto tool = std::find_if(
        kTemplateMarks.begin(), kTemplateMarks.end(),
        [&](const TemplateMark& one) { return !one.close.empty() && line.starts_with(one.mark); });
    if (tool == kTemplateMarks.end()) return line;
    const std::size_t close = line.find(tool->close);
    if (close == line.npos) return line;
    line.remove_prefix(close + tool->close.size());
  }
}

// Tells of growing places in a text whether a line's first token may begin there: nothing stands
// before it but what WithoutMarks takes away, or a comment that ends. Each line is looked at once.
class LineStarts {
 public:
  explicit LineStarts(std::string_view text) : text_(text) {}

  bool Holds(std::size_t at) {
    if (at >= end_) Enter(at);
    if (at == first_) return true;
    std::string_view before = text_.substr(begin_, at - begin_);
    while (!before.empty() && (before.back() == ' ' || before.back() == '\t')) {
      before.remove_suffix(1);
    }
    return before.empty() || before.ends_with("*/");
  }

 private:
  void Enter(std::size_t at) {
    const std::size_t before = at == 0 ? text_.npos : text_.rfind('\n', at - 1);
    begin_ = before == text_.npos ? 0 : before + 1;
    end_ = std::min(text_.find('\n', at), text_.size());
    const std::string_view rest = WithoutMarks(text_.substr(begin_, end_ - begin_));
    first_ = static_cast<std::size_t>(rest.data() - text_.data());
  }

  std::string_view text_;
  std::size_t begin_ = 0;  // of the line
  std::size_t end_ = 0;
  std::size_t first_ = 0;  // its first word
};

// Nothing if `line` is no job header at all.
std::optional<std::string_view> WhyLost(std::string_view line) {
  if (!line.starts_with(kJob)) return std::nullopt;
  const std::string_view rest = line.substr(kJob.size());
  if (rest.empty() ||
      (rest.front() != ' ' && rest.front() != '\t' && rest.front() != '"' && rest.front() != '{')) {
    return std::nullopt;
  }
  if (rest.find('{') == std::string_view::npos) return std::nullopt;
  if (const auto why = TemplateIn(rest)) return why;
  if (TrimBlanks(rest).starts_with('{')) return "its job block has no label";
  if (TrimBlanks(rest).starts_with('=')) return std::nullopt;
  return "its job header cannot be read";
}

}  // namespace

bool IsForeignName(std::string_view id) {
  return id.find("${") == id.npos && TemplateIn(id).has_value();
}

std::optional<LostJob> FindLostJob(std::string_view text) {
  std::size_t number = 0;
  const std::string_view start = TrimBlanks(text).substr(0, 2);
  const std::optional<std::string_view> foreign = TemplateIn(start);
  for (const std::string_view line : Split(text, '\n')) {
    ++number;
    if (const auto why = WhyLost(WithoutMarks(line)))
      return LostJob{number, foreign.value_or(*why)};
  }
  return std::nullopt;
}

bool IsApiJob(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || text[first] != '{') return false;
  const auto has = [text](std::string_view key) { return text.find(key) != text.npos; };
  return TrimBlanks(text.substr(first + 1)).starts_with("\"Job\"") ||
         (has("\"TaskGroups\"") && (has("\"Job\"") || has("\"ID\"")));
}

std::optional<std::size_t> FindMergeMarker(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view line = text.substr(at);
    for (const std::string_view marker : {"<<<<<<< ", "||||||| ", ">>>>>>> "}) {
      if (line.starts_with(marker)) return at;
    }
    const std::size_t end = text.find('\n', at);
    if (end == std::string_view::npos) break;
    at = end + 1;
  }
  return std::nullopt;
}

bool IsUtf16(std::string_view text) {
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) return true;
  // Two letters of it: without a mark of its order.
  const auto is_letter = [](char high, char low) { return high == '\0' && low > '\0'; };
  return text.size() > 3 && ((is_letter(text[1], text[0]) && is_letter(text[3], text[2])) ||
                             (is_letter(text[0], text[1]) && is_letter(text[2], text[3])));
}

std::optional<StandIn> FindStandIn(std::string_view text) {
  struct Row {
    std::string_view begin;
    StandIn what;
  };
  using namespace std::string_view_literals;
  static constexpr std::array<Row, 6> kRows = {{
      {"version https://git-lfs.github.com/spec/"sv,
       {"a pointer of Git LFS, whose text is not here", "`git lfs pull` brings it"}},
      {"\0GITCRYPT\0"sv, {"encrypted by git-crypt", "`git-crypt unlock` shows its text"}},
      {"$ANSIBLE_VAULT;"sv, {"encrypted by Ansible Vault", ""}},
      {"-----BEGIN PGP MESSAGE-----"sv, {"encrypted by PGP", ""}},
      {"-----BEGIN AGE ENCRYPTED FILE-----"sv, {"encrypted by age", ""}},
      {"age-encryption.org/"sv, {"encrypted by age", ""}},
  }};
  for (const Row& row : kRows) {
    if (text.starts_with(row.begin)) return row.what;
  }
  return std::nullopt;
}

bool MayHoldJob(std::string_view text) {
  // What begins with a control character is binary. A NUL further on may stand in a comment.
  const auto is_control = [](unsigned char c) {
    return c == 0x7F || (c < ' ' && (c < '\t' || c > '\r'));
  };
  if (!text.empty() && is_control(static_cast<unsigned char>(text.front()))) return false;
  const std::size_t first = text.find_first_not_of(' ');
  const bool braces = first != std::string_view::npos && text[first] == '{';
  if (braces && !TemplateIn(text.substr(first, 2))) {
    return text.find("\"job\"") != std::string_view::npos;
  }
  LineStarts starts(text);
  for (std::size_t at = text.find(kJob); at != std::string_view::npos;
       at = text.find(kJob, at + 1)) {
    if (EndsWord(text, at + kJob.size()) && starts.Holds(at)) return true;
  }
  return false;
}

}  // namespace nmgr::repo
