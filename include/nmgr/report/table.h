// Columns that line up.
#pragma once

#include <cstddef>
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
class Table {
 public:
  // Without headings where there are none.
  explicit Table(std::vector<std::string> headings = {}) : headings_(std::move(headings)) {}

  void AlignRight(std::size_t column) { right_.insert(column); }
  void AddRow(std::vector<Cell> row) { rows_.push_back(std::move(row)); }
  bool empty() const { return rows_.empty(); }

  // Headings (bold) and rows, without line breaks.
  std::vector<std::string> Lines(const Painter& paint) const;

 private:
  std::vector<std::string> headings_;
  std::vector<std::vector<Cell>> rows_;
  std::set<std::size_t> right_;
};

}  // namespace nmgr::report
