#include "nmgr/report/table.h"

#include <algorithm>
#include <utility>

#include "nmgr/base/text.h"
#include "nmgr/report/cells.h"

namespace nmgr::report {

namespace {

constexpr int kGap = 2;
constexpr int kLeastCropped = 8;

using TableRows = std::vector<std::vector<Cell>>;

std::vector<int> NaturalWidths(const TableRows& rows) {
  std::vector<int> widths;
  for (const std::vector<Cell>& row : rows) {
    if (row.size() > widths.size()) widths.resize(row.size());
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], DisplayWidth(row[i].text));
    }
  }
  return widths;
}

}  // namespace

// How wide each column is where the table may be no wider than the terminal.
class Table::Fit {
 public:
  Fit(const Table& table, std::vector<int> widths, int width)
      : table_(table), widths_(std::move(widths)), shown_(widths_.size(), true), width_(width) {
    if (width_ <= 0 || Excess() <= 0) return;
    PlaceSentence();
    Shrink(table_.croppable_, kComfortable);
    Shrink(table_.names_, kLeastName);
    for (const std::size_t column : table_.dispensable_) {
      if (Excess() > 0 && column < shown_.size()) shown_[column] = false;
    }
    Shrink(table_.croppable_, kLeastCropped);
    Shrink(table_.names_, kLeastCropped);
    std::set<std::size_t> all;
    for (std::size_t i = 0; i < widths_.size(); ++i) all.insert(i);
    Shrink(all, 1);
  }

  bool Shows(std::size_t column) const { return shown_[column]; }
  bool SentenceIsBelow() const { return below_; }
  int WidthOf(std::size_t column) const { return widths_[column]; }
  // Not in a terminal of so few columns that the gaps alone are too much.
  bool Fits() const { return width_ <= 0 || Excess() <= 0; }

  std::string Cropped(std::size_t column, const std::string& text) const {
    const bool in_middle = table_.croppable_.contains(column) || table_.names_.contains(column);
    return in_middle ? CropMiddle(text, widths_[column]) : CropEnd(text, widths_[column]);
  }

 private:
  int Excess() const {
    int total = -kGap;
    for (std::size_t i = 0; i < widths_.size(); ++i) {
      if (shown_[i]) total += widths_[i] + kGap;
    }
    return total - width_;
  }

  void PlaceSentence() {
    if (!table_.sentence_ || *table_.sentence_ >= widths_.size()) return;
    int& own = widths_[*table_.sentence_];
    const int left = own - Excess();
    if (left >= kLeastSentence) {
      own = left;
    } else {
      shown_[*table_.sentence_] = false;
      below_ = true;
    }
  }

  // The widest of these columns give what is too much, down to `least` cells each.
  void Shrink(const std::set<std::size_t>& columns, int least) {
    for (int excess = Excess(); excess > 0; --excess) {
      int* widest = nullptr;
      for (const std::size_t column : columns) {
        if (column >= widths_.size() || !shown_[column] || widths_[column] <= least) continue;
        if (widest == nullptr || widths_[column] > *widest) widest = &widths_[column];
      }
      if (widest == nullptr) return;
      --*widest;
    }
  }

  const Table& table_;
  std::vector<int> widths_;
  std::vector<bool> shown_;
  const int width_;
  bool below_ = false;
};

std::vector<std::string> Table::Lines(const Painter& paint, int width) const {
  TableRows rows;
  if (!headings_.empty()) {
    rows.emplace_back();
    for (const std::string& heading : headings_) rows.back().push_back({heading, Style::kBold});
  }
  rows.insert(rows.end(), rows_.begin(), rows_.end());
  for (std::vector<Cell>& row : rows) {
    for (Cell& cell : row) cell.text = EscapeControls(cell.text);
  }
  const Fit fit(*this, NaturalWidths(rows), width);
  std::vector<std::string> lines;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const std::vector<Cell>& row = rows[r];
    std::string line;
    std::size_t pending = 0;  // blanks that are written when something follows
    bool first = true;
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (!fit.Shows(i)) continue;
      if (!std::exchange(first, false)) pending += kGap;
      const std::string text = fit.Cropped(i, row[i].text);
      if (!text.empty()) {
        line.append(std::exchange(pending, 0), ' ');
        line += paint(row[i].style, text);
      }
      pending += static_cast<std::size_t>(std::max(0, fit.WidthOf(i) - DisplayWidth(text)));
    }
    lines.push_back(fit.Fits() || row.empty() ? std::move(line) : CropEnd(row.front().text, width));
    const bool is_heading = r == 0 && !headings_.empty();
    if (!fit.SentenceIsBelow() || width <= kGap || is_heading || *sentence_ >= row.size()) continue;
    const Cell& sentence = row[*sentence_];
    if (sentence.text.empty()) continue;
    lines.push_back(std::string(kGap, ' ') +
                    paint(sentence.style, CropEnd(sentence.text, width - kGap)));
  }
  return lines;
}

void Table::Hide(const Reporter& out) {
  for (std::vector<Cell>& row : rows_) {
    for (Cell& cell : row) cell.text = out.Hide(cell.text);
  }
}

void Print(Reporter& out, const Table& table) {
  if (!table.empty()) out.Lines(table.Lines(OutPainter(out), out.table_width()));
}

}  // namespace nmgr::report
