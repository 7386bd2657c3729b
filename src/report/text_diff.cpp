#include "text_diff.h"

#include <algorithm>
#include <cstdint>

namespace nmgr::report {
namespace {

using Lines = std::vector<std::string_view>;

constexpr std::size_t kMostCells = 4'000'000;  // of the table below

// Longest common subsequence of before[begin, before_end) and after[begin, after_end), as items.
void DiffMiddle(const Lines& before, const Lines& after, std::size_t begin, std::size_t before_end,
                std::size_t after_end, std::vector<DiffItem>& out) {
  const std::size_t rows = before_end - begin;
  const std::size_t columns = after_end - begin;
  std::vector<std::uint32_t> common;  // of the rests from (i, j) on
  if ((rows + 1) * (columns + 1) <= kMostCells) {
    common.assign((rows + 1) * (columns + 1), 0);
    for (std::size_t i = rows; i-- > 0;) {
      for (std::size_t j = columns; j-- > 0;) {
        const std::size_t at = i * (columns + 1) + j;
        const std::uint32_t down = common[at + columns + 1];
        common[at] = before[begin + i] == after[begin + j] ? common[at + columns + 2] + 1
                                                           : std::max(down, common[at + 1]);
      }
    }
  }
  const auto rest = [&](std::size_t i, std::size_t j) {
    return common.empty() ? 0U : common[i * (columns + 1) + j];
  };
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < rows || j < columns) {
    const bool both = i < rows && j < columns;
    if (both && !common.empty() && before[begin + i] == after[begin + j]) {
      out.push_back({Change::kSame, after[begin + j], begin + j + 1});
      ++i;
      ++j;
    } else if (i < rows && (j == columns || rest(i + 1, j) >= rest(i, j + 1))) {
      out.push_back({Change::kRemoved, before[begin + i], begin + j + 1});
      ++i;
    } else {
      out.push_back({Change::kAdded, after[begin + j], begin + j + 1});
      ++j;
    }
  }
}

}  // namespace

std::vector<DiffItem> DiffLists(const Lines& before, const Lines& after) {
  std::size_t begin = 0;
  const std::size_t least = std::min(before.size(), after.size());
  while (begin < least && before[begin] == after[begin]) ++begin;
  std::size_t tail = 0;
  while (tail < least - begin && before[before.size() - 1 - tail] == after[after.size() - 1 - tail])
    ++tail;
  std::vector<DiffItem> items;
  for (std::size_t i = 0; i < begin; ++i) items.push_back({Change::kSame, after[i], i + 1});
  DiffMiddle(before, after, begin, before.size() - tail, after.size() - tail, items);
  for (std::size_t j = after.size() - tail; j < after.size(); ++j) {
    items.push_back({Change::kSame, after[j], j + 1});
  }
  return items;
}

Lines TextLines(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const std::size_t newline = text.find('\n');
    const std::size_t length = newline == std::string_view::npos ? text.size() : newline + 1;
    lines.push_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return lines;
}

void ShowInstead(const std::vector<std::string>& before, const std::vector<std::string>& after,
                 std::vector<DiffItem>& items) {
  std::size_t old_line = 0;
  std::size_t new_line = 0;
  for (DiffItem& item : items) {
    std::string_view old;
    std::string_view now;
    if (item.change != Change::kAdded) old = before[old_line++];
    if (item.change != Change::kRemoved) now = after[new_line++];
    const bool takes_old = item.change == Change::kRemoved ||
                           (item.change == Change::kSame && old.size() < now.size());
    item.text = takes_old ? old : now;
  }
}

std::vector<DiffItem> WithContext(const std::vector<DiffItem>& items, std::size_t context) {
  std::vector<bool> shown(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (items[i].change == Change::kSame) continue;
    const std::size_t end = std::min(items.size(), i + context + 1);
    for (std::size_t k = i - std::min(i, context); k < end; ++k) shown[k] = true;
  }
  std::vector<DiffItem> out;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (!shown[i]) continue;
    if (i != 0 && !shown[i - 1] && !out.empty()) out.push_back({Change::kSame, {}, 0});
    out.push_back(items[i]);
  }
  return out;
}

std::size_t ChangedLines(const std::vector<DiffItem>& items) {
  std::size_t total = 0;
  std::size_t removed = 0;
  std::size_t added = 0;
  for (const DiffItem& item : items) {
    if (item.change == Change::kSame) {
      total += std::max(removed, added);
      removed = added = 0;
    }
    removed += item.change == Change::kRemoved ? 1 : 0;
    added += item.change == Change::kAdded ? 1 : 0;
  }
  return total + std::max(removed, added);
}

}  // namespace nmgr::report
