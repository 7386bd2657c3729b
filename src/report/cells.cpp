#include "nmgr/report/cells.h"

#include <utf8proc.h>

#include <algorithm>

#include "nmgr/base/text.h"
#include "nmgr/hcl/value/unicode.h"

namespace nmgr::report {
namespace {

constexpr char32_t kEmojiPresentation = 0xFE0F;

int GlyphWidth(std::string_view grapheme) {
  int width = 0;
  while (!grapheme.empty()) {
    std::size_t length = 0;
    const char32_t c = hcl::DecodeCodePoint(grapheme, length);
    const int own =
        c == kEmojiPresentation ? 2 : utf8proc_charwidth(static_cast<utf8proc_int32_t>(c));
    width = std::max(width, own);
    grapheme.remove_prefix(length);
  }
  return width;
}

// Length of the run of valid UTF-8 at the start, at most `limit` bytes' worth of one grapheme.
std::size_t ValidGrapheme(std::string_view text) {
  const std::size_t length = hcl::FirstGrapheme(text);
  return length != 0 && IsValidUtf8(text.substr(0, length)) ? length : 1;
}

void WrapLine(std::string_view line, int width, std::vector<std::string>& out) {
  const std::size_t indent = std::min(line.find_first_not_of(' '), line.size());
  const std::string margin(line.substr(0, indent));
  std::string current = margin;
  int used = static_cast<int>(indent);
  bool empty = true;
  for (const std::string_view word : Split(line.substr(indent), ' ')) {
    if (word.empty()) continue;
    const int needed = DisplayWidth(word);
    if (!empty && used + 1 + needed > width) {
      out.push_back(std::move(current));
      current = margin;
      used = static_cast<int>(indent);
      empty = true;
    }
    if (!empty) {
      current += ' ';
      ++used;
    }
    current += word;
    used += needed;
    empty = false;
  }
  out.push_back(empty ? std::string() : std::move(current));
}

constexpr std::string_view kOmission = "...";
constexpr int kOmissionWidth = 3;

// `head`: how many of the cells are its beginning; the rest are its end.
std::string CropAround(std::string_view text, int width, int head) {
  if (DisplayWidth(text) <= width) return std::string(text);
  const std::vector<Glyph> glyphs = Glyphs(text);
  const int room = std::max(0, width - kOmissionWidth);
  std::string out;
  int used = 0;
  std::size_t first = 0;
  for (; used + glyphs[first].width <= std::min(head, room); ++first) {
    out += glyphs[first].text;
    used += glyphs[first].width;
  }
  out += kOmission.substr(0, static_cast<std::size_t>(std::clamp(width, 0, kOmissionWidth)));
  if (head >= room) return out;
  std::size_t from = glyphs.size();
  for (; from > first && used + glyphs[from - 1].width <= room; --from) {
    used += glyphs[from - 1].width;
  }
  for (std::size_t i = from; i < glyphs.size(); ++i) out += glyphs[i].text;
  return out;
}

}  // namespace

int DisplayWidth(std::string_view text) {
  if (hcl::IsAscii(text)) return static_cast<int>(text.size());
  int width = 0;
  while (!text.empty()) {
    const std::size_t length = ValidGrapheme(text);
    width += GlyphWidth(text.substr(0, length));
    text.remove_prefix(length);
  }
  return width;
}

std::vector<Glyph> Glyphs(std::string_view line, int tab) {
  std::vector<Glyph> glyphs;
  int column = 0;
  for (std::size_t at = 0; at < line.size();) {
    const std::size_t length = ValidGrapheme(line.substr(at));
    Glyph glyph;
    glyph.begin = at;
    if (line[at] == '\t') {
      glyph.width = tab - column % tab;
      glyph.text.assign(static_cast<std::size_t>(glyph.width), ' ');
    } else {
      glyph.text = EscapeControls(line.substr(at, length));
      glyph.width = DisplayWidth(glyph.text);
    }
    column += glyph.width;
    glyphs.push_back(std::move(glyph));
    at += length;
  }
  return glyphs;
}

std::string CropMiddle(std::string_view text, int width) {
  return CropAround(text, width, std::max(0, width - kOmissionWidth) / 3);
}

std::string CropEnd(std::string_view text, int width) { return CropAround(text, width, width); }

std::vector<std::string> Wrap(std::string_view text, int width) {
  std::vector<std::string> lines;
  if (text.empty()) return lines;
  if (text.ends_with('\n')) text.remove_suffix(1);
  for (const std::string_view line : Split(text, '\n')) {
    WrapLine(EscapeControls(line), width, lines);
  }
  return lines;
}

}  // namespace nmgr::report
