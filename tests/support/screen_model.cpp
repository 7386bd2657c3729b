#include "support/screen_model.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "nmgr/base/text.h"

namespace nmgr::testing {
namespace {

std::uint32_t CodePoint(std::string_view bytes) {
  if (bytes.size() == 1) return static_cast<unsigned char>(bytes[0]);
  std::uint32_t code = static_cast<unsigned char>(bytes[0]) & (0x7FU >> bytes.size());
  for (const char byte : bytes.substr(1)) {
    code = (code << 6U) | (static_cast<unsigned char>(byte) & 0x3FU);
  }
  return code;
}

// As many a terminal has it: what is East Asian or a picture is wide.
int WidthOf(std::uint32_t code) {
  if (code >= 0x300 && code <= 0x36F) return 0;
  const bool wide = (code >= 0x1100 && code <= 0x115F) || (code >= 0x2E80 && code <= 0xA4CF) ||
                    (code >= 0xAC00 && code <= 0xD7A3) || (code >= 0xF900 && code <= 0xFAFF) ||
                    (code >= 0xFF00 && code <= 0xFF60) || (code >= 0x1F300 && code <= 0x1FAFF);
  return wide ? 2 : 1;
}

std::string TextOf(const std::vector<std::string>& cells) {
  std::string text;
  for (const std::string& cell : cells) text += cell;
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

bool IsLast(char c) { return (c >= '@' && c <= '~'); }

}  // namespace

ScreenModel::ScreenModel(int rows, int columns) : rows_(rows), columns_(columns) {
  for (Page& page : pages_) page.rows.assign(static_cast<std::size_t>(rows), EmptyRow());
}

std::vector<std::string> ScreenModel::EmptyRow() const {
  return std::vector<std::string>(static_cast<std::size_t>(columns_), " ");
}

void ScreenModel::Resize(int rows, int columns) {
  rows_ = rows;
  columns_ = columns;
  for (Page& page : pages_) {
    for (auto& row : page.rows) row.resize(static_cast<std::size_t>(columns), " ");
    while (static_cast<int>(page.rows.size()) > rows) {
      page.gone.push_back(TextOf(page.rows.front()));
      page.rows.erase(page.rows.begin());
      page.row = std::max(page.row - 1, 0);
    }
    page.rows.resize(static_cast<std::size_t>(rows), EmptyRow());
    page.column = std::min(page.column, columns);
  }
}

std::vector<std::string> ScreenModel::lines() const {
  std::vector<std::string> all;
  const Page& page = other_ ? pages_[1] : pages_[0];
  if (!other_) all = page.gone;
  for (const auto& row : page.rows) all.push_back(TextOf(row));
  while (!all.empty() && all.back().empty()) all.pop_back();
  return all;
}

void ScreenModel::NewLine() {
  Page& it = page();
  if (++it.row < rows_) return;
  it.row = rows_ - 1;
  it.gone.push_back(TextOf(it.rows.front()));
  it.rows.erase(it.rows.begin());
  it.rows.push_back(EmptyRow());
}

void ScreenModel::Put(std::string_view character, int width) {
  Page& it = page();
  if (width == 0) return;
  if (it.column + width > columns_) {
    ++wraps_;
    it.column = 0;
    NewLine();
  }
  auto& cells = it.rows[static_cast<std::size_t>(it.row)];
  cells[static_cast<std::size_t>(it.column)] = character;
  if (width == 2) cells[static_cast<std::size_t>(it.column) + 1].clear();
  it.column += width;
}

// A cursor behind the last column erases what stands in it.
void ScreenModel::Erase(int from_row, int from_column, bool to_end) {
  Page& it = page();
  auto& cells = it.rows[static_cast<std::size_t>(from_row)];
  for (int i = std::min(from_column, columns_ - 1); i < columns_; ++i) {
    cells[static_cast<std::size_t>(i)] = " ";
  }
  for (int row = from_row + 1; to_end && row < rows_; ++row) {
    it.rows[static_cast<std::size_t>(row)] = EmptyRow();
  }
}

void ScreenModel::Control(const std::string& sequence) {
  Page& it = page();
  const std::string arguments = sequence.substr(0, sequence.size() - 1);
  const char what = sequence.back();
  if (what == 'm') return;
  if (what == 'H') {
    const std::size_t middle = arguments.find(';');
    it.row = std::clamp(std::atoi(arguments.c_str()) - 1, 0, rows_ - 1);
    it.column = middle == std::string::npos
                    ? 0
                    : std::clamp(std::atoi(arguments.c_str() + middle + 1) - 1, 0, columns_ - 1);
  } else if (what == 'K' && arguments.empty()) {
    Erase(it.row, it.column, false);
  } else if (what == 'J' && arguments.empty()) {
    Erase(it.row, it.column, true);
  } else if (sequence == "2J") {
    Erase(0, 0, true);
  } else if (sequence == "?1049h" || sequence == "?1049l") {
    other_ = what == 'h';
    if (other_) pages_[1].rows.assign(static_cast<std::size_t>(rows_), EmptyRow());
  } else if (sequence == "?25h" || sequence == "?25l") {
    cursor_ = what == 'h';
  } else {
    faults_.push_back(sequence);
  }
}

void ScreenModel::Feed(std::string_view bytes) {
  pending_ += bytes;
  std::size_t at = 0;
  while (at < pending_.size()) {
    const std::string_view rest = std::string_view(pending_).substr(at);
    if (rest[0] == '\x1b') {
      if (rest.size() < 2) break;
      std::size_t end = 2;
      while (end < rest.size() && !IsLast(rest[end])) ++end;
      if (rest[1] != '[') {
        faults_.emplace_back(rest.substr(0, 2));
        at += 2;
        continue;
      }
      if (end >= rest.size()) break;
      Control(std::string(rest.substr(2, end - 1)));
      at += end + 1;
    } else if (rest[0] == '\r') {
      page().column = 0;
      ++at;
    } else if (rest[0] == '\n') {
      NewLine();
      ++at;
    } else if (static_cast<unsigned char>(rest[0]) < 0x20) {
      faults_.emplace_back(rest.substr(0, 1));
      ++at;
    } else {
      const std::size_t length = Utf8Length(rest);
      if (length == 0 && rest.size() < 4) break;
      const std::string_view character = rest.substr(0, std::max<std::size_t>(length, 1));
      if (length == 0) faults_.emplace_back(character);
      Put(character, WidthOf(CodePoint(character)));
      at += character.size();
    }
  }
  pending_.erase(0, at);
}

}  // namespace nmgr::testing
