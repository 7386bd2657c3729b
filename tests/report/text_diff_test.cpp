#include "report/text_diff.h"

#include <catch2/catch.hpp>
#include <random>

using namespace nmgr::report;

namespace {

std::string Told(const std::vector<DiffItem>& items) {
  std::string out;
  for (const DiffItem& item : items) {
    if (item.new_line == 0) {
      out += "...|";
      continue;
    }
    out += static_cast<char>(item.change);
    out += std::string(item.text.substr(0, item.text.find('\n'))) + "|";
  }
  return out;
}

std::vector<DiffItem> Diff(std::string_view before, std::string_view after) {
  return DiffLists(TextLines(before), TextLines(after));
}

}  // namespace

TEST_CASE("the shortest way between two texts") {
  CHECK(Told(Diff("a\nb\nc\n", "a\nc\n")) == " a|-b| c|");
  CHECK(Told(Diff("a\nb\n", "a\nx\nb\n")) == " a|+x| b|");
  CHECK(Told(Diff("a\nb\nc\n", "a\nB\nc\n")) == " a|-b|+B| c|");
  CHECK(Told(Diff("", "a\nb")) == "+a|+b|");
  CHECK(Told(Diff("a", "")) == "-a|");
  CHECK(Told(Diff("a\n", "a")) == "-a|+a|");
  CHECK(Told(Diff("", "")).empty());
}

TEST_CASE("only what changed, with context and gaps") {
  std::string before;
  std::string after;
  for (int i = 0; i < 20; ++i) {
    before += std::to_string(i) + "\n";
    after += (i == 4 || i == 14 ? "new" : std::to_string(i)) + "\n";
  }
  const auto items = Diff(before, after);
  CHECK(Told(WithContext(items, 1)) == " 3|-4|+new| 5|...| 13|-14|+new| 15|");
  CHECK(WithContext(items, 1)[1].new_line == 5);
  CHECK(WithContext(items, 1)[5].new_line == 14);
  CHECK(ChangedLines(items) == 2);
  CHECK(ChangedLines(Diff("a\nb\n", "x\n")) == 2);
  CHECK(ChangedLines(Diff("a\n", "a\n")) == 0);
}

TEST_CASE("a diff leads from the old to the new, and no shorter one exists") {
  std::minstd_rand random(7);
  for (int round = 0; round < 200; ++round) {
    std::vector<std::string_view> before;
    std::vector<std::string_view> after;
    constexpr std::string_view kLetters = "abc";
    for (auto n = random() % 8; n > 0; --n) before.push_back(kLetters.substr(random() % 3, 1));
    for (auto n = random() % 8; n > 0; --n) after.push_back(kLetters.substr(random() % 3, 1));
    std::vector<std::string_view> old_side;
    std::vector<std::string_view> new_side;
    std::size_t same = 0;
    for (const DiffItem& item : DiffLists(before, after)) {
      if (item.change != Change::kAdded) old_side.push_back(item.text);
      if (item.change != Change::kRemoved) new_side.push_back(item.text);
      same += item.change == Change::kSame ? 1 : 0;
    }
    CHECK(old_side == before);
    CHECK(new_side == after);
    std::size_t longest = 0;
    for (unsigned pick = 0; pick < (1U << before.size()); ++pick) {
      std::size_t at = 0;
      std::size_t length = 0;
      bool fits = true;
      for (std::size_t i = 0; i < before.size() && fits; ++i) {
        if ((pick >> i & 1U) == 0) continue;
        while (at < after.size() && after[at] != before[i]) ++at;
        fits = at < after.size();
        ++at;
        ++length;
      }
      if (fits) longest = std::max(longest, length);
    }
    CHECK(same == longest);
  }
}

TEST_CASE("very large changes are one replacement") {
  std::string before;
  std::string after;
  for (int i = 0; i < 3000; ++i) {
    before += "a" + std::to_string(i) + "\n";
    after += "b" + std::to_string(i) + "\n";
  }
  CHECK(ChangedLines(Diff("same\n" + before, "same\n" + after)) == 3000);
}
