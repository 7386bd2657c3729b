#include "jobspec/header.h"

#include "jobspec/images.h"
#include "nmgr/base/text.h"

namespace nmgr::jobspec {
namespace {

bool IsNameByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

// `job "x" {` or `job x {` at the start of `line`.
std::optional<std::string> LabelOfLine(std::string_view line) {
  line = TrimBlanks(line);
  if (!line.starts_with("job")) return std::nullopt;
  line.remove_prefix(3);
  const std::string_view rest = TrimBlanks(line);
  if (rest.empty()) return std::nullopt;
  std::string_view label;
  std::size_t end = 0;
  if (rest.front() == '"') {
    end = rest.find('"', 1);
    if (end == std::string_view::npos) return std::nullopt;
    label = rest.substr(1, end - 1);
    ++end;
  } else {
    if (rest.size() == line.size()) return std::nullopt;
    while (end < rest.size() && IsNameByte(rest[end])) ++end;
    label = rest.substr(0, end);
  }
  if (label.empty() || !TrimBlanks(rest.substr(end)).starts_with('{')) return std::nullopt;
  return std::string(label);
}

// The string after `"job": {` in a text that is no valid JSON.
std::optional<std::string> FindJsonJobLabel(std::string_view text) {
  constexpr std::string_view kKey = "\"job\"";
  const std::size_t key = text.find(kKey);
  if (key == std::string_view::npos) return std::nullopt;
  std::string_view rest = text.substr(key + kKey.size());
  for (const char wanted : {':', '{', '"'}) {
    const std::size_t at = rest.find_first_not_of(" \t\r\n");
    if (at == std::string_view::npos || rest[at] != wanted) return std::nullopt;
    rest.remove_prefix(at + 1);
  }
  const std::size_t end = rest.find_first_of("\"\\\n");
  if (end == std::string_view::npos || end == 0 || rest[end] != '"') return std::nullopt;
  return std::string(rest.substr(0, end));
}

}  // namespace

JobHeader HeaderOf(const EvaluatedBlock& job) {
  const auto text = [&](std::string_view name) {
    const EvaluatedAttribute* attribute = job.body.FindAttribute(name);
    return attribute == nullptr ? std::string() : TextOf(attribute->value);
  };
  JobHeader header{text("id"), text("namespace"), text("region"), text("type")};
  if (header.id.empty() && !job.labels.empty()) header.id = job.labels.front();
  return header;
}

std::optional<std::string> FindJobLabel(std::string_view text) {
  if (hcl::LooksLikeJson(text)) return FindJsonJobLabel(text);
  for (const std::string_view line : Split(text, '\n')) {
    if (std::optional<std::string> label = LabelOfLine(line)) return label;
  }
  return std::nullopt;
}

}  // namespace nmgr::jobspec
