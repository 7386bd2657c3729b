// Columns that line up, and fit the terminal: no line of a table is ever wrapped by it.
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "nmgr/report/reporter.h"

namespace nmgr::report {

struct Cell {
  std::string text;
  Style style = Style::kPlain;
};

// Rows of cells, two blanks between columns, measured in terminal cells, no blanks at the end of a
// line. Text is escaped (EscapeControls).
//
// Without a limit (a pipe) everything is shown. Where lines would be wider than the terminal, what
// gives way comes in this order, each step only as far as it has to:
//   1. the sentence (SentenceIn) is cropped at its end; where less than kLeastSentence cells would
//      be left of it, it moves below its row, a line of its own, indented
//   2. what may be cropped (images, paths) is, in its middle ("ghcr.io...server:v1.125.0"), the
//      widest column first, down to kComfortable cells
//   3. names (IDs) are cropped in their middle down to kLeastName cells, which most of them never
//      reach
//   4. columns that may be left out are, in the order in which they were named
//   5. all that may be cropped at all is, and in a terminal of a few columns everything
class Table {
 public:
  static constexpr int kLeastSentence = 40;
  static constexpr int kComfortable = 16;
  static constexpr int kLeastName = 36;

  // Without headings where there are none.
  explicit Table(std::vector<std::string> headings = {}) : headings_(std::move(headings)) {}

  void MayCrop(std::size_t column) { croppable_.insert(column); }
  void NamesIn(std::size_t column) { names_.insert(column); }
  void MayGo(std::size_t column) { dispensable_.push_back(column); }
  // The last column.
  void SentenceIn(std::size_t column) { sentence_ = column; }
  void AddRow(std::vector<Cell> row) { rows_.push_back(std::move(row)); }
  bool empty() const { return rows_.empty(); }

  // Puts every cell through Reporter::Hide: for what a server said in words.
  void Hide(const Reporter& out);

  // Headings (bold) and rows, without line breaks, none wider than `width` cells; 0 is no limit.
  // Reporter::table_width() is right for stdout.
  std::vector<std::string> Lines(const Painter& paint, int width = 0) const;

 private:
  class Fit;

  std::vector<std::string> headings_;
  std::vector<std::vector<Cell>> rows_;
  std::set<std::size_t> croppable_;
  std::set<std::size_t> names_;
  std::vector<std::size_t> dispensable_;
  std::optional<std::size_t> sentence_;
};

// On stdout, no wider than its terminal; nothing of a table without rows.
void Print(Reporter& out, const Table& table);

}  // namespace nmgr::report
