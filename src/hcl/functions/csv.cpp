#include "hcl/functions/csv.h"

#include <fmt/format.h>

#include "hcl/functions/support.h"

namespace nmgr::hcl::functions {
namespace {

using Record = std::vector<std::string>;

std::string_view WithoutLineEnd(std::string_view line) {
  if (!line.empty() && line.back() == '\n') line.remove_suffix(1);
  return line;
}

FunctionError ParseFault(std::size_t line, std::string_view why) {
  return Fault(fmt::format("CSV parse error on line {}: {}", line, why));
}

}  // namespace

std::string_view CsvReader::TakeLine() {
  const std::size_t end = rest_.find('\n');
  std::string_view line = rest_.substr(0, end == std::string_view::npos ? end : end + 1);
  rest_.remove_prefix(line.size());
  if (!line.empty()) ++lines_taken_;
  const std::string_view content = WithoutLineEnd(line);
  if (content.empty() || content.back() != '\r') return line;
  if (content.size() == line.size()) return line.substr(0, line.size() - 1);
  line_buffer_.assign(content.substr(0, content.size() - 1)) += '\n';
  return line_buffer_;
}

FunctionOutcome<std::optional<Record>> CsvReader::Next() {
  std::string_view line = TakeLine();
  while (!line.empty() && WithoutLineEnd(line).empty()) line = TakeLine();
  if (line.empty() && rest_.empty()) return std::optional<Record>();
  line_ = lines_taken_;

  Record record;
  for (;;) {
    if (line.empty() || line[0] != '"') {
      const std::size_t comma = line.find(',');
      const std::string_view field =
          comma == std::string_view::npos ? WithoutLineEnd(line) : line.substr(0, comma);
      if (field.find('"') != std::string_view::npos) {
        return ParseFault(lines_taken_, "bare \" in non-quoted-field");
      }
      record.emplace_back(field);
      if (comma == std::string_view::npos) return std::optional<Record>(std::move(record));
      line.remove_prefix(comma + 1);
      continue;
    }
    line.remove_prefix(1);
    std::string field;
    for (;;) {
      const std::size_t quote = line.find('"');
      if (quote == std::string_view::npos) {
        field += line;
        line = TakeLine();
        if (line.empty())
          return ParseFault(lines_taken_, "extraneous or missing \" in quoted-field");
        continue;
      }
      field += line.substr(0, quote);
      line.remove_prefix(quote + 1);
      if (line.empty() || line[0] != '"') break;
      field += '"';
      line.remove_prefix(1);
    }
    record.push_back(std::move(field));
    if (WithoutLineEnd(line).empty()) return std::optional<Record>(std::move(record));
    if (line[0] != ',') return ParseFault(lines_taken_, "extraneous or missing \" in quoted-field");
    line.remove_prefix(1);
  }
}

}  // namespace nmgr::hcl::functions
