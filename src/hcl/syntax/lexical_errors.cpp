#include "hcl/syntax/lexical_errors.h"

#include <string>

namespace nmgr::hcl {
namespace {

struct Message {
  const char* summary;
  const char* detail;
  std::uint32_t most;  // how many of the kind are reported
};

// In the order of LexicalError.
constexpr Message kMessages[kLexicalErrorKinds] = {
    {"Invalid character encoding",
     "This byte is not part of valid UTF-8. Set your editor to write files as UTF-8.", 1},
    {"Invalid character", "This character has no meaning here.", 20},
    {"Invalid character",
     "\"Curly quotes\" are not quotes in HCL; word processors and chat programs put them in. Use a "
     "\"straight quote\" instead.",
     20},
    {"Invalid character", "Single quotes are not valid. Write strings in double quotes (\").", 2},
    {"Invalid character",
     "The \"`\" character is not valid. For text of several lines use a heredoc, which starts with "
     "\"<<EOT\".",
     2},
    {"Invalid character",
     "The \";\" character is not valid. Put each argument or block on a line of its own, and "
     "commas "
     "between the items of a list or object.",
     1},
    {"Unsupported operator",
     "There are no bitwise operators. Did you mean the boolean AND (\"&&\")?", 4},
    {"Unsupported operator",
     "There are no bitwise operators. Did you mean the boolean OR (\"||\")?", 4},
    {"Unsupported operator", "There are no bitwise operators.", 4},
    {"Unsupported operator",
     "There are no bitwise operators. Did you mean the boolean NOT (\"!\")?", 4},
    {"Invalid multi-line string",
     "A quoted string must end on the line where it starts. Is a closing quote missing? For text "
     "of "
     "several lines write \\n, or use a heredoc, which starts with \"<<EOT\".",
     20},
    {"Invalid character", "A backslash must be followed by the character it escapes.", 20},
    {"Invalid character",
     "A carriage return must be followed by a line feed. Lines end with LF or CRLF.", 1},
};

}  // namespace

void LexicalErrors::Report(LexicalError error, Span span) {
  const auto kind = static_cast<std::size_t>(error);
  const Message& message = kMessages[kind];
  std::uint32_t& seen = seen_[kind];
  // Both ends of 'text' or `text` are one mistake.
  const bool paired = error == LexicalError::kSingleQuote || error == LexicalError::kBacktick;
  const std::uint32_t count = seen++;
  if (paired ? count % 2 != 0 || count / 2 >= message.most : count >= message.most) return;
  diagnostics_.Error(source_, span, message.summary, message.detail);
}

}  // namespace nmgr::hcl
