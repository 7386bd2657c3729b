// What a value is compared with: a glob of the whole value, or between two slashes a regular
// expression (RE2) that has to match a part of it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "nmgr/base/expected.h"

namespace re2 {
class RE2;
}

namespace nmgr::repo {

// Cheap to copy; may be used from several threads at once.
class Pattern {
 public:
  // "*/postgres:*" or "/postgres:1[56]/". kUsage for an empty pattern and a wrong expression.
  static Expected<Pattern> Parse(std::string_view text);
  // `text` as a regular expression, without slashes; ^ and $ match at lines.
  static Expected<Pattern> Expression(std::string_view text);
  // Exactly this text.
  static Pattern Literal(std::string text);

  bool Matches(std::string_view value) const;
  // Where the first match begins in a longer text. Globs are not looked for in texts.
  std::optional<std::size_t> Find(std::string_view text) const;

  const std::string& text() const { return text_; }  // as it was given
  // A glob without anything to expand: it matches this text alone.
  bool is_literal() const { return literal_; }

 private:
  std::string text_;
  std::shared_ptr<const re2::RE2> expression_;
  bool literal_ = false;
};

}  // namespace nmgr::repo
