#include "repo/sniff.h"

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

}  // namespace

bool MayHoldJob(std::string_view text) {
  const std::size_t first = text.find_first_not_of(' ');
  if (first != std::string_view::npos && text[first] == '{') {
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
