#include "repo/sniff.h"

#include <array>

#include "nmgr/base/text.h"

namespace nmgr::repo {
namespace {

constexpr std::string_view kJob = "job";

// Whether `end` is where a line's first token may begin: nothing but blanks, comments that end, a
// byte order mark before it.
bool StartsLine(std::string_view text, std::size_t end) {
  while (end > 0 && (text[end - 1] == ' ' || text[end - 1] == '\t')) --end;
  if (end == 0 || text[end - 1] == '\n') return true;
  return text.substr(0, end).ends_with("*/") || text.substr(0, end) == "\xEF\xBB\xBF";
}

// A header goes on with a blank, a label, a brace or a comment.
bool EndsWord(std::string_view text, std::size_t at) {
  return at >= text.size() ||
         std::string_view(" \t\r\n\"{/#").find(text[at]) != std::string_view::npos;
}

// Marks of template tools (gomplate, Levant, Nomad Pack, ERB, Jinja, Terraform), and what to say.
struct TemplateMark {
  std::string_view mark;
  std::string_view why;
};
constexpr std::array<TemplateMark, 5> kTemplateMarks = {{
    {"{{", "a template of another tool, by its `{{`"},
    {"[[", "a template of another tool, by its `[[`"},
    {"<%", "a template of another tool, by its `<%`"},
    {"{%", "a template of another tool, by its `{%`"},
    {"${", "its label holds a template"},
}};

std::optional<std::string_view> TemplateIn(std::string_view text) {
  for (const TemplateMark& tool : kTemplateMarks) {
    if (text.find(tool.mark) != std::string_view::npos) return tool.why;
  }
  return std::nullopt;
}

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
    if (const auto why = WhyLost(TrimBlanks(line))) return LostJob{number, foreign.value_or(*why)};
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
  return text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff");
}

bool MayHoldJob(std::string_view text) {
  const std::size_t first = text.find_first_not_of(' ');
  const bool braces = first != std::string_view::npos && text[first] == '{';
  if (braces && !TemplateIn(text.substr(first, 2))) {
    return text.find("\"job\"") != std::string_view::npos;
  }
  text = text.substr(0, text.find('\0'));
  for (std::size_t at = text.find(kJob); at != std::string_view::npos;
       at = text.find(kJob, at + 1)) {
    if (EndsWord(text, at + kJob.size()) && StartsLine(text, at)) return true;
  }
  return false;
}

}  // namespace nmgr::repo
