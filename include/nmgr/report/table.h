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

  // Cells of this column may be cropped in the middle ("ghcr.io/i...:v1.2") where a line would be
  // wider than the terminal; without a limit nothing is.
  void MayCrop(std::size_t column) { croppable_.insert(column); }
  void AddRow(std::vector<Cell> row) { rows_.push_back(std::move(row)); }
  bool empty() const { return rows_.empty(); }

  // Headings (bold) and rows, without line breaks, none wider than `width` cells as far as columns
  // may be cropped; 0 is no limit. Reporter::table_width() is right for stdout.
  std::vector<std::string> Lines(const Painter& paint, int width = 0) const;

 private:
  std::vector<std::string> headings_;
  std::vector<std::vector<Cell>> rows_;
  std::set<std::size_t> croppable_;
};

// On stdout, no wider than `width`; nothing of a table without rows.
void Print(Reporter& out, const Table& table, int width = 0);

}  // namespace nmgr::report
