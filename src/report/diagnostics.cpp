#include "nmgr/report/diagnostics.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "nmgr/base/secrets.h"
#include "nmgr/base/shown_values.h"
#include "nmgr/base/text.h"
#include "nmgr/report/cells.h"

namespace nmgr::report {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr int kLeastSourceWidth = 40;

// A source line and the half-open range of bytes in it that carets mark.
struct MarkedLine {
  std::uint32_t number = 1;
  std::string_view text;
  std::size_t begin = 0;
  std::size_t end = 0;
  bool cut_before = false;  // what is far from the carets is left out
  bool cut_after = false;
  std::vector<TextRange> hidden = {};  // in `text`, by what stands in other lines
};

// Bytes of a line on either side of where carets begin: more than any terminal shows.
constexpr std::size_t kMostOfLine = 4096;

// A file may be one line of many megabytes.
void CutLongLine(MarkedLine& line) {
  if (line.text.size() - std::min(line.begin, line.text.size()) > kMostOfLine) {
    std::size_t size = line.begin + kMostOfLine;
    while (size > line.begin + 1 && IsContinuationByte(line.text[size])) --size;
    line.text = line.text.substr(0, size);
    line.end = std::min(line.end, size);
    line.cut_after = true;
  }
  if (line.begin > kMostOfLine) {
    std::size_t cut = line.begin - kMostOfLine;
    while (cut < line.begin && IsContinuationByte(line.text[cut])) ++cut;
    line.text.remove_prefix(cut);
    line.begin -= cut;
    line.end -= std::min(line.end, cut);
    line.cut_before = true;
  }
}

struct Crop {
  std::string text;
  int caret = 0;   // cells before the first caret
  int carets = 1;  // at least one
};

// The glyphs that `width` cells can show around [first, last), with "..." where some are left out.
Crop CropAround(const MarkedLine& line, const std::vector<Glyph>& glyphs, std::size_t first,
                std::size_t last, int width) {
  constexpr std::string_view kDots = "...";
  const auto cells = [&glyphs](std::size_t begin, std::size_t end) {
    int sum = 0;
    for (std::size_t i = begin; i < end; ++i) sum += glyphs[i].width;
    return sum;
  };
  std::size_t from = 0;
  std::size_t to = glyphs.size();
  const bool crops = line.cut_before || line.cut_after || cells(0, to) > width;
  if (crops) {
    const int room = width - 2 * static_cast<int>(kDots.size());
    const int before = std::max(room / 4, room - cells(first, glyphs.size()));
    from = first;
    for (int used = 0; from > 0 && used + glyphs[from - 1].width <= before; --from) {
      used += glyphs[from - 1].width;
    }
    to = from;
    for (int used = 0; to < glyphs.size() && used + glyphs[to].width <= room; ++to) {
      used += glyphs[to].width;
    }
  }
  Crop crop;
  if (from > 0 || line.cut_before) crop.text = kDots;
  crop.caret = DisplayWidth(crop.text) + cells(from, std::min(first, to));
  for (std::size_t i = from; i < to; ++i) crop.text += glyphs[i].text;
  if (to < glyphs.size() || line.cut_after) crop.text += kDots;
  crop.carets = std::max(1, cells(std::min(first, to), std::min(last, to)));
  return crop;
}

// Takes what is a secret out of the line; carets stay under what they mark, or under what stands
// for it.
std::string HideInLine(MarkedLine& line) {
  std::vector<TextRange> all = SecretRanges(line.text, TextKind::kSource);
  all.insert(all.end(), line.hidden.begin(), line.hidden.end());
  const std::vector<TextRange> ranges = Merged(std::move(all));
  const auto moved = [&ranges](std::size_t at, bool end) {
    std::size_t out = at;
    for (const TextRange& range : ranges) {
      if (at <= range.begin) break;
      const std::size_t inside = end ? kHidden.size() : 0;
      out = at >= range.end ? out - (range.end - range.begin) + kHidden.size()
                            : out - (at - range.begin) + inside;
    }
    return out;
  };
  std::string text = Hide(line.text, ranges);
  line.begin = moved(line.begin, false);
  line.end = moved(line.end, true);
  return text;
}

std::string RenderLine(MarkedLine line, int gutter, const Painter& paint, int width) {
  const std::string shown = HideInLine(line);
  line.text = shown;
  std::vector<Glyph> glyphs = Glyphs(line.text);
  const auto glyph_at = [&glyphs](std::size_t byte) {
    const auto after =
        std::upper_bound(glyphs.begin(), glyphs.end(), byte,
                         [](std::size_t at, const Glyph& glyph) { return at < glyph.begin; });
    return static_cast<std::size_t>(after - glyphs.begin());
  };
  const std::size_t first =
      line.begin >= line.text.size() ? glyphs.size() : glyph_at(line.begin) - 1;
  const std::size_t last =
      line.end == 0 ? first : glyph_at(std::min(line.end, line.text.size()) - 1);
  Crop crop = CropAround(line, glyphs, first, std::max(first, last), width - gutter - 7);
  while (crop.text.ends_with(' ')) crop.text.pop_back();
  const std::string carets(static_cast<std::size_t>(crop.carets), '^');
  const std::string bar = paint(Style::kDim, "|");
  std::string out = fmt::format("    {:>{}} {}", line.number, gutter, bar);
  if (!crop.text.empty()) out += " " + crop.text;
  out += fmt::format("\n    {:>{}} {} {:{}}{}\n", "", gutter, bar, "", crop.caret,
                     paint(Style::kRed, carets));
  return out;
}

// Where a span lies, cut to the file.
hcl::Span Clip(hcl::Span span, std::string_view text) {
  const auto size = static_cast<std::uint32_t>(text.size());
  span.begin = std::min(span.begin, size);
  span.end = std::clamp(span.end, span.begin, size);
  return span;
}

// What stands far away says nothing of a line: a file may be very long.
void HideByOtherLines(std::string_view text, MarkedLine& line) {
  constexpr std::size_t kNear = 64U << 10U;
  const auto start = static_cast<std::size_t>(line.text.data() - text.data());
  const std::size_t first = start - std::min(start, kNear);
  const std::string_view near = text.substr(first, start - first + line.text.size() + kNear);
  for (const TextRange& range : RangesAcrossLines(near)) {
    const std::size_t from = std::max(first + range.begin, start);
    const std::size_t to = std::min(first + range.end, start + line.text.size());
    if (from < to) line.hidden.push_back({from - start, to - start});
  }
}

MarkedLine LineOf(const hcl::SourceFile& file, hcl::Span subject, std::uint32_t number,
                  std::uint32_t byte) {
  MarkedLine line;
  line.number = number;
  const hcl::Span whole = file.LineAt(byte);
  line.text = file.TextOf(whole);
  line.begin = subject.begin > whole.begin ? subject.begin - whole.begin : 0;
  line.end = subject.end > whole.begin ? subject.end - whole.begin : 0;
  line.end = std::min(line.end, line.text.size());
  if (number == 1 && line.text.starts_with(kByteOrderMark)) {
    line.text.remove_prefix(kByteOrderMark.size());
    line.begin -= std::min(line.begin, kByteOrderMark.size());
    line.end -= std::min(line.end, kByteOrderMark.size());
  }
  if (line.begin == 0 && number != file.PosAt(subject.begin).line) {
    line.begin = std::min(line.text.find_first_not_of(" \t"), line.end);
  }
  CutLongLine(line);
  HideByOtherLines(file.text(), line);
  return line;
}

std::string RenderPlace(const hcl::Diagnostic& diagnostic, const Painter& paint, int width) {
  const hcl::SourceFile& file = *diagnostic.file;
  const std::string name = EscapeControls(file.name());
  if (!diagnostic.subject) return fmt::format("  in {}\n", name);
  const hcl::Span subject = Clip(*diagnostic.subject, file.text());
  const hcl::SourcePos start = file.PosAt(subject.begin);
  // A subject that ends with a line's ending does not reach into the next line.
  std::uint32_t end_byte = subject.end;
  if (end_byte > subject.begin && file.text()[end_byte - 1] == '\n') --end_byte;
  const hcl::SourcePos end = file.PosAt(end_byte);
  if (file.hidden()) {
    return fmt::format("  on {} line {}, column {} (not shown)\n", paint(Style::kBold, name),
                       start.line, start.column);
  }
  const int gutter = static_cast<int>(std::to_string(end.line).size());
  std::string out = fmt::format("  on {} line {}, column {}:\n", paint(Style::kBold, name),
                                start.line, start.column);
  out += RenderLine(LineOf(file, subject, start.line, subject.begin), gutter, paint, width);
  if (end.line == start.line) return out;
  if (end.line > start.line + 1)
    out += fmt::format("    {:>{}} {} ...\n", "", gutter, paint(Style::kDim, "|"));
  return out + RenderLine(LineOf(file, subject, end.line, end_byte), gutter, paint, width);
}

// A detail may quote a value of any size.
std::string Shorten(std::string_view detail) {
  constexpr std::size_t kMost = 4096;
  if (detail.size() <= kMost) return std::string(detail);
  std::size_t size = kMost;
  while (IsContinuationByte(detail[size])) --size;
  return std::string(detail.substr(0, size)) + "...";
}

nlohmann::json PlaceToJson(const hcl::SourcePos& pos) {
  return {{"line", pos.line}, {"column", pos.column}, {"byte", pos.byte}};
}

nlohmann::json OneToJson(const hcl::Diagnostic& diagnostic) {
  nlohmann::json out = {
      {"severity", diagnostic.severity == hcl::Severity::kError ? "error" : "warning"},
      {"summary", diagnostic.summary},
      {"detail", diagnostic.detail}};
  if (diagnostic.file == nullptr) return out;
  out["file"] = diagnostic.file->name();
  if (diagnostic.subject) {
    const hcl::Span subject = Clip(*diagnostic.subject, diagnostic.file->text());
    out["range"] = {{"start", PlaceToJson(diagnostic.file->PosAt(subject.begin))},
                    {"end", PlaceToJson(diagnostic.file->PosAt(subject.end))}};
  }
  return out;
}

}  // namespace

std::string RenderDiagnostic(const hcl::Diagnostic& diagnostic, const Painter& paint, int width) {
  width = std::max(width, kLeastSourceWidth);
  const bool is_error = diagnostic.severity == hcl::Severity::kError;
  std::string out = is_error ? paint(Style::kRed, "Error:") : paint(Style::kYellow, "Warning:");
  out += fmt::format(" {}\n", paint(Style::kBold, EscapeControls(diagnostic.summary)));
  if (diagnostic.file != nullptr) out += RenderPlace(diagnostic, paint, width);
  for (const std::string& line : Wrap(Shorten(diagnostic.detail), width - 2)) {
    out += line.empty() ? "\n" : "  " + line + "\n";
  }
  return out;
}

nlohmann::json ToJson(const Error& error) {
  constexpr std::array<std::string_view, 12> kCodes = {
      "usage",    "invalid",   "not_found", "unreachable", "forbidden",   "conflict",
      "rejected", "timed_out", "config",    "io",          "interrupted", "internal"};
  return {{"code", kCodes.at(static_cast<std::size_t>(error.code))},
          {"message", error.message},
          {"hint", error.hint}};
}

nlohmann::json ToJson(const hcl::Diagnostics& diagnostics) {
  nlohmann::json list = nlohmann::json::array();
  for (const hcl::Diagnostic& diagnostic : diagnostics.items())
    list.push_back(OneToJson(diagnostic));
  return list;
}

}  // namespace nmgr::report
