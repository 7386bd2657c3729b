// The shortest way from one list of lines to another.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace nmgr::report {

enum class Change : char { kSame = ' ', kRemoved = '-', kAdded = '+' };

struct DiffItem {
  Change change = Change::kSame;
  std::string_view text;     // of the old or new list
  std::size_t new_line = 0;  // 1-based place in the new list: of the item, or of what follows it
};

// Lists whose changed parts are very large are answered as one replacement.
std::vector<DiffItem> DiffLists(const std::vector<std::string_view>& before,
                                const std::vector<std::string_view>& after);

// Lines with their line breaks, so that a missing last one is a difference.
std::vector<std::string_view> TextLines(std::string_view text);

// Puts into each item what is to be shown of its line; of one that is in both texts the shorter,
// for there one of them hides more. Both lists have a line for each of TextLines, and stay.
void ShowInstead(const std::vector<std::string>& before, const std::vector<std::string>& after,
                 std::vector<DiffItem>& items);

// Only what changed, with `context` unchanged items around it; a gap is an item with kSame and
// new_line 0.
std::vector<DiffItem> WithContext(const std::vector<DiffItem>& items, std::size_t context);

// The larger of the numbers of removed and added items in each changed place, added up.
std::size_t ChangedLines(const std::vector<DiffItem>& items);

}  // namespace nmgr::report
