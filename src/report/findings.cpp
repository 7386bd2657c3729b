#include "nmgr/report/findings.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "nmgr/base/text.h"

namespace nmgr::report {
namespace {

std::string_view WeightName(Weight weight) {
  constexpr std::array<std::string_view, 3> kNames = {"error", "warning", "notice"};
  return kNames.at(static_cast<std::size_t>(weight));
}

std::string OnOneLine(std::string_view text) {
  std::string line;
  for (const std::string_view part : Split(text, '\n')) {
    const std::string_view words = TrimBlanks(part);
    if (!line.empty() && !words.empty()) line += ' ';
    line += words;
  }
  return line;
}

// In the way of runners: "%" and the two digits of each of `characters`, and of '%' itself.
std::string PercentEscaped(std::string_view text, std::string_view characters) {
  std::string out;
  for (const char c : text) {
    if (c == '%' || characters.find(c) != std::string_view::npos) {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

Finding ToFinding(const hcl::Diagnostic& diagnostic) {
  Finding finding;
  const bool is_error = diagnostic.severity == hcl::Severity::kError;
  finding.weight = is_error ? Weight::kError : Weight::kWarning;
  finding.text = diagnostic.summary;
  if (!diagnostic.detail.empty()) finding.text += "; " + diagnostic.detail;
  if (diagnostic.file == nullptr) return finding;
  finding.path = diagnostic.file->name();
  if (diagnostic.subject) {
    const hcl::SourcePos place = diagnostic.file->PosAt(diagnostic.subject->begin);
    finding.line = place.line;
    finding.column = place.column;
  }
  return finding;
}

std::string FindingLine(const Finding& finding) {
  const std::string place =
      finding.path.empty()
          ? ""
          : fmt::format("{}:{}:{}: ", EscapeControls(finding.path), finding.line, finding.column);
  return fmt::format("{}{}: {}", place, WeightName(finding.weight), OnOneLine(finding.text));
}

std::string FindingAnnotation(const Finding& finding) {
  const std::string place =
      finding.path.empty()
          ? ""
          : fmt::format(" file={},line={},col={}", PercentEscaped(finding.path, "\r\n,:"),
                        finding.line, finding.column);
  return fmt::format("::{}{}::{}", WeightName(finding.weight), place,
                     PercentEscaped(finding.text, "\r\n"));
}

}  // namespace nmgr::report
