#include "nmgr/report/table.h"

#include <algorithm>
#include <numeric>

#include "nmgr/base/text.h"
#include "nmgr/report/cells.h"

namespace nmgr::report {

namespace {

constexpr int kLeastCropped = 12;

// The widest croppable columns give what is too much, down to kLeastCropped cells each.
void NarrowColumns(std::vector<int>& widths, const std::set<std::size_t>& croppable, int width) {
  const int gaps = 2 * (static_cast<int>(widths.size()) - 1);
  int excess = std::accumulate(widths.begin(), widths.end(), gaps) - width;
  while (excess > 0) {
    int* widest = nullptr;
    for (const std::size_t column : croppable) {
      if (column >= widths.size() || widths[column] <= kLeastCropped) continue;
      if (widest == nullptr || widths[column] > *widest) widest = &widths[column];
    }
    if (widest == nullptr) return;
    --*widest;
    --excess;
  }
}

}  // namespace

std::vector<std::string> Table::Lines(const Painter& paint, int width) const {
  std::vector<std::vector<Cell>> rows;
  if (!headings_.empty()) {
    rows.emplace_back();
    for (const std::string& heading : headings_) rows.back().push_back({heading, Style::kBold});
  }
  rows.insert(rows.end(), rows_.begin(), rows_.end());
  std::vector<int> widths;
  for (std::vector<Cell>& row : rows) {
    if (row.size() > widths.size()) widths.resize(row.size());
    for (std::size_t i = 0; i < row.size(); ++i) {
      row[i].text = EscapeControls(row[i].text);
      widths[i] = std::max(widths[i], DisplayWidth(row[i].text));
    }
  }
  if (width > 0) NarrowColumns(widths, croppable_, width);
  for (std::vector<Cell>& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (croppable_.contains(i)) row[i].text = CropStart(row[i].text, widths[i]);
    }
  }
  std::vector<std::string> lines;
  for (const std::vector<Cell>& row : rows) {
    std::string line;
    std::size_t pending = 0;  // blanks that are written when something follows
    for (std::size_t i = 0; i < row.size(); ++i) {
      const auto padding = static_cast<std::size_t>(widths[i] - DisplayWidth(row[i].text));
      if (i != 0) pending += 2;
      if (!row[i].text.empty()) {
        line.append(pending, ' ');
        line += paint(row[i].style, row[i].text);
        pending = 0;
      }
      pending += padding;
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

void Print(Reporter& out, const Table& table, int width) {
  if (table.empty()) return;
  for (const std::string& line : table.Lines(OutPainter(out), width)) out.Line(line);
}

}  // namespace nmgr::report
