#include "json_reader.h"

#include <string>

#include "json_parts.h"
#include "nmgr/base/scan.h"
#include "nmgr/base/text.h"

namespace nmgr::nomad {
namespace {

using Json = nlohmann::json;

// Walks over JSON text outside of strings, without judging it.
class Structure {
 public:
  explicit Structure(std::string_view text) : text_(text) {}

  // The next of {}[], outside of strings, or 0 at the end; `at()` is its place.
  char Next() {
    for (std::size_t i = next_; i < text_.size(); ++i) {
      const char c = text_[i];
      if (c == '"') {
        i = EndOfString(i + 1);
      } else if (c == '{' || c == '}' || c == '[' || c == ']' || c == ',') {
        if (c == '{' || c == '[') ++depth_;
        if (c == '}' || c == ']') --depth_;
        at_ = i;
        next_ = i + 1;
        return c;
      }
    }
    at_ = next_ = text_.size();
    return 0;
  }
  int depth() const { return depth_; }
  std::size_t at() const { return at_; }

 private:
  std::size_t EndOfString(std::size_t i) const {
    const char* const end = text_.data() + text_.size();
    while (i < text_.size()) {
      const char* const stop = FindStopOrControl<'"', '\\'>(text_.data() + i, end);
      i = static_cast<std::size_t>(stop - text_.data());
      if (stop == end || *stop == '"') break;
      i += *stop == '\\' ? 2 : 1;
    }
    return i;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t next_ = 0;
  int depth_ = 0;
};

std::optional<Misfit> CheckBounds(std::string_view text) {
  Structure structure(text);
  std::size_t values = 1;
  for (char c = structure.Next(); c != 0; c = structure.Next()) {
    if (structure.depth() > kMaxNesting) return Misfit::kOther;
    if (c != '}' && c != ']' && ++values > kMostValues) return Misfit::kTooLarge;
  }
  return std::nullopt;
}

}  // namespace

tl::expected<Json, Misfit> ParseJson(std::string_view text, const ReadFields* fields) {
  if (fields != nullptr) return ReadParts(text, *fields);
  if (const auto wrong = CheckBounds(text)) return tl::unexpected(*wrong);
  Json value = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (value.is_discarded()) return tl::unexpected(Misfit::kOther);
  return value;
}

std::optional<Misfit> ForEachRow(
    std::string_view text, const std::function<std::optional<Misfit>(std::string_view)>& row) {
  text = TrimBlanks(text);
  if (text == "null") return std::nullopt;
  if (!text.starts_with('[')) return Misfit::kOther;
  Structure structure(text);
  structure.Next();
  std::size_t begin = 1;
  for (std::size_t rows = 0;;) {
    const char c = structure.Next();
    if (c == 0) return Misfit::kOther;
    const bool ends = c == ']' && structure.depth() == 0;
    if (!ends && (c != ',' || structure.depth() != 1)) continue;
    const std::string_view element = TrimBlanks(text.substr(begin, structure.at() - begin));
    begin = structure.at() + 1;
    if (ends && element.empty() && rows == 0) break;
    if (++rows > kMostRows) return Misfit::kTooLarge;
    if (const auto wrong = row(element)) return wrong;
    if (ends) break;
  }
  return begin == text.size() ? std::nullopt : std::optional(Misfit::kOther);
}

}  // namespace nmgr::nomad
