// Text measured in the cells of a terminal: wide characters take two, combining ones none.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace nmgr::report {

// Cells of valid UTF-8 without control characters (EscapeControls first), by grapheme cluster.
int DisplayWidth(std::string_view text);

// One grapheme cluster of a source line as a terminal shows it.
struct Glyph {
  std::string text;       // a tab as blanks, a control character escaped
  int width = 0;          // cells
  std::size_t begin = 0;  // byte in the line
};

// `line` without its line ending. Tab stops are every `tab` cells.
std::vector<Glyph> Glyphs(std::string_view line, int tab = 4);

// `text` (escaped) in at most `width` cells, "..." for what is left out: in its middle, where more
// is kept of the end, since the ends of paths, images and IDs tell them apart; or at its end, for
// sentences.
std::string CropMiddle(std::string_view text, int width);
std::string CropEnd(std::string_view text, int width);

// Lines of at most `width` cells, broken at blanks where there are any; longer words stand alone.
// Line breaks in the text stay, and so does the indentation of a line that has some. "" gives no
// line.
std::vector<std::string> Wrap(std::string_view text, int width);

}  // namespace nmgr::report
