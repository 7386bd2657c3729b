// A value in the place of a literal that an author wrote: only the bytes of the literal change, and
// how it is written (quotes, heredoc, JSON) stays.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace nmgr::hcl {

// `${` and `%{` doubled, so that a template gives them back as they are. Nothing else is escaped:
// for heredocs and for the strings of a JSON-syntax text.
std::string EscapeTemplate(std::string_view text);

// `text` as it stands between the quotes of a string: AppendQuoted without its quotes.
std::string QuotedContent(std::string_view text);

// The same for a JSON string, with its quotes; whether it is read as a template decides its reader.
enum class JsonReading { kTemplate, kVerbatim };
std::string JsonString(std::string_view text, JsonReading reading);

bool IsHeredoc(std::string_view literal);

// The heredoc `literal` with the one line `line` for its content: markers, indentation and line
// ends stay. Nothing where the line would be the closing marker. The value of the result is the
// line and a line break, which every heredoc ends with.
std::optional<std::string> HeredocWith(std::string_view literal, std::string_view line);

// Whether `text` may stand as it is where a number (`-1.5`), true, false or null stands.
bool IsNumberOrKeyword(std::string_view text);

}  // namespace nmgr::hcl
