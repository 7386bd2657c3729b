#include "live_board.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "nmgr/base/text.h"
#include "nmgr/report/cells.h"

namespace nmgr::report {
namespace {

// Of a line, for the name; what is longer is cropped in its middle.
constexpr int kNameShare = 3;

std::string AgeText(TimePoint since, TimePoint now) {
  using std::chrono::seconds;
  const auto whole = std::chrono::duration_cast<seconds>(now - since);
  return whole < seconds(1) ? "0s" : FormatDuration(whole);
}

std::string TallyText(const std::optional<rollout::WaitNews::Tally>& tally) {
  return tally ? fmt::format("{}/{}", tally->healthy, tally->desired) : std::string();
}

std::string Padded(const std::string& text, int width) {
  return text + std::string(static_cast<std::size_t>(std::max(width - DisplayWidth(text), 0)), ' ');
}

std::string PaddedLeft(const std::string& text, int width) {
  return std::string(static_cast<std::size_t>(std::max(width - DisplayWidth(text), 0)), ' ') + text;
}

// Cells of one line, each with its style, until there is no room for the next.
class LineOfCells {
 public:
  LineOfCells(int columns, const Painter& paint) : left_(columns), paint_(paint) {}

  // Whole or not at all.
  void Add(const std::string& text, Style style) {
    const int width = DisplayWidth(text) + gap_;
    if (width > left_ || ended_) {
      ended_ = true;
      return;
    }
    Put(text, style, width);
  }

  // As much of it as fits.
  void AddSome(const std::string& text, Style style) {
    constexpr int kLeast = 8;
    const int room = left_ - gap_;
    if (ended_ || text.empty() || room < kLeast) return;
    const std::string shown = CropEnd(text, room);
    Put(shown, style, DisplayWidth(shown) + gap_);
  }

  const std::string& text() const { return text_; }

 private:
  void Put(const std::string& text, Style style, int width) {
    text_ += std::string(static_cast<std::size_t>(gap_), ' ') + paint_(style, text);
    left_ -= width;
    gap_ = 2;
  }

  int left_;
  int gap_ = 0;
  bool ended_ = false;
  const Painter& paint_;
  std::string text_;
};

}  // namespace

void LiveBoard::Begin(std::size_t steps, TimePoint now) {
  steps_ = steps;
  begun_ = now;
}

void LiveBoard::Started(const std::string& job, std::string phase, std::string why, TimePoint now) {
  rows_.push_back(
      {EscapeControls(job), std::move(phase), EscapeControls(why), std::nullopt, now, false});
}

LiveBoard::Row* LiveBoard::Find(const std::string& job) {
  const std::string shown = EscapeControls(job);
  const auto found =
      std::find_if(rows_.begin(), rows_.end(), [&](const Row& row) { return row.job == shown; });
  return found == rows_.end() ? nullptr : &*found;
}

void LiveBoard::Said(const std::string& job, const rollout::WaitNews& news) {
  Row* const row = Find(job);
  if (row == nullptr) return;
  if (news.tally) {
    row->tally = news.tally;
  } else {
    row->reason = EscapeControls(news.text);
  }
}

void LiveBoard::Noticed(const std::string& job, std::string what) {
  Row* const row = Find(job);
  if (row == nullptr) return;
  row->reason = EscapeControls(what);
  row->in_trouble = true;
}

void LiveBoard::Finished(const std::string& job, bool failed) {
  Row* const row = Find(job);
  if (row != nullptr) rows_.erase(rows_.begin() + (row - rows_.data()));
  ++(failed ? failed_ : done_);
}

std::string LiveBoard::TotalsLine(TimePoint now, const Painter& paint) const {
  std::string line = fmt::format("{} of {} done", done_, steps_);
  if (failed_ != 0) line += ", " + paint(Style::kRed, fmt::format("{} failed", failed_));
  return line + fmt::format(", {} under way, {}", rows_.size(), AgeText(begun_, now));
}

std::vector<std::string> LiveBoard::Lines(TimePoint now, int columns, const Painter& paint) const {
  const std::string totals = TotalsLine(now, Plain);
  std::vector<std::string> lines = {DisplayWidth(totals) > columns ? CropEnd(totals, columns)
                                                                   : TotalsLine(now, paint)};
  int name = 0;
  int phase = 0;
  int tally = 0;
  int age = 0;
  for (const Row& row : rows_) {
    name = std::max(name, DisplayWidth(row.job));
    phase = std::max(phase, DisplayWidth(row.phase));
    tally = std::max(tally, DisplayWidth(TallyText(row.tally)));
    age = std::max(age, DisplayWidth(AgeText(row.since, now)));
  }
  name = std::min(name, std::max(columns / kNameShare, std::min(columns, 12)));
  for (const Row& row : rows_) {
    LineOfCells line(columns, paint);
    line.Add(Padded(CropMiddle(row.job, name), name), Style::kBold);
    line.Add(Padded(row.phase, phase), Style::kPlain);
    if (tally != 0) line.Add(PaddedLeft(TallyText(row.tally), tally), Style::kPlain);
    line.Add(PaddedLeft(AgeText(row.since, now), age), Style::kDim);
    line.AddSome(row.reason, row.in_trouble ? Style::kYellow : Style::kDim);
    lines.push_back(line.text());
  }
  return lines;
}

}  // namespace nmgr::report
