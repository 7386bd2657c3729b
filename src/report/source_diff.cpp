#include "nmgr/report/source_diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "text_diff.h"

namespace nmgr::report {
namespace {

constexpr std::size_t kLinesAround = 3;

struct Hunk {
  std::size_t begin = 0;  // of the items
  std::size_t end = 0;
};

// Changed places whose surroundings touch are one.
std::vector<Hunk> HunksOf(const std::vector<DiffItem>& items) {
  std::vector<Hunk> hunks;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (items[i].change == Change::kSame) continue;
    const std::size_t begin = i < kLinesAround ? 0 : i - kLinesAround;
    const std::size_t end = std::min(i + kLinesAround + 1, items.size());
    if (!hunks.empty() && begin <= hunks.back().end) {
      hunks.back().end = end;
    } else {
      hunks.push_back({begin, end});
    }
  }
  return hunks;
}

std::size_t CountOf(const std::vector<DiffItem>& items, Hunk range, Change other) {
  return static_cast<std::size_t>(std::count_if(
      items.begin() + static_cast<long>(range.begin), items.begin() + static_cast<long>(range.end),
      [other](const DiffItem& item) { return item.change != other; }));
}

// "3,7": the first line and how many.
std::string RangeOf(const std::vector<DiffItem>& items, Hunk hunk, Change other) {
  const std::size_t before = CountOf(items, {0, hunk.begin}, other);
  const std::size_t count = CountOf(items, hunk, other);
  return fmt::format("{},{}", count == 0 ? before : before + 1, count);
}

}  // namespace

std::string UnifiedDiff(
    std::string_view path, std::string_view before, std::string_view after, const Painter& paint,
    const std::function<std::vector<std::string>(std::string_view text)>& hide) {
  std::vector<DiffItem> items = DiffLists(TextLines(before), TextLines(after));
  const std::vector<Hunk> hunks = HunksOf(items);
  if (hunks.empty()) return {};
  const std::vector<std::string> shown_before = hide(before);
  const std::vector<std::string> shown_after = hide(after);
  ShowInstead(shown_before, shown_after, items);
  std::string out = fmt::format("--- {0}\n+++ {0}\n", path);
  for (const Hunk& hunk : hunks) {
    const std::string head = fmt::format("@@ -{} +{} @@", RangeOf(items, hunk, Change::kAdded),
                                         RangeOf(items, hunk, Change::kRemoved));
    out += paint(Style::kCyan, head) + "\n";
    for (std::size_t i = hunk.begin; i < hunk.end; ++i) {
      const DiffItem& item = items[i];
      const bool ends = item.text.ends_with('\n');
      const std::string_view line = item.text.substr(0, item.text.size() - (ends ? 1 : 0));
      const std::string shown = static_cast<char>(item.change) + std::string(line);
      const Style style = item.change == Change::kAdded     ? Style::kGreen
                          : item.change == Change::kRemoved ? Style::kRed
                                                            : Style::kPlain;
      out += paint(style, shown) + (ends ? "\n" : "\n\\ No newline at end of file\n");
    }
  }
  return out;
}

}  // namespace nmgr::report
