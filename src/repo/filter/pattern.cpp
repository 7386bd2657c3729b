#include "nmgr/repo/filter/pattern.h"

#include <re2/re2.h>

#include "nmgr/base/line_matcher.h"
#include "nmgr/base/text.h"

namespace nmgr::repo {

Expected<Pattern> Pattern::Parse(std::string_view text) {
  if (text.empty()) return Error{ErrorCode::kUsage, "the pattern is empty"};
  if (text.size() > 2 && text.starts_with('/') && text.ends_with('/')) {
    TRY_ASSIGN(Pattern pattern, Expression(text.substr(1, text.size() - 2)));
    pattern.text_ = text;
    return pattern;
  }
  Pattern pattern = Literal(std::string(text));
  pattern.literal_ = !HasGlobCharacters(text);
  return pattern;
}

Expected<Pattern> Pattern::Expression(std::string_view text) {
  if (text.empty()) return Error{ErrorCode::kUsage, "the pattern is empty"};
  Pattern pattern;
  TRY_ASSIGN(pattern.expression_, CompileExpression("(?m:" + std::string(text) + ")", text));
  pattern.text_ = text;
  return pattern;
}

Pattern Pattern::Literal(std::string text) {
  Pattern pattern;
  pattern.text_ = std::move(text);
  pattern.literal_ = true;
  return pattern;
}

bool Pattern::Matches(std::string_view value) const {
  if (expression_) return Find(value).has_value();
  return literal_ ? value == text_ : GlobMatch(text_, value);
}

std::optional<std::size_t> Pattern::Find(std::string_view text) const {
  if (!expression_) {
    const std::size_t at = text.find(text_);
    return at == text.npos ? std::nullopt : std::optional(at);
  }
  re2::StringPiece match;
  const bool found =
      expression_->Match({text.data(), text.size()}, 0, text.size(), RE2::UNANCHORED, &match, 1);
  if (!found) return std::nullopt;
  return static_cast<std::size_t>(match.data() - text.data());
}

}  // namespace nmgr::repo
