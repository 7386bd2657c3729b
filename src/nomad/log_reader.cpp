#include "nmgr/nomad/log_reader.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace nmgr::nomad {
namespace {

// How much of the end of a log is asked for, one after another, until what is sought is in it.
constexpr std::array<std::uint64_t, 5> kWindows = {64U << 10U, 1U << 20U, 16U << 20U, 64U << 20U,
                                                   256U << 20U};

}  // namespace

std::uint64_t LogFileNumber(std::string_view file) {
  file.remove_prefix(std::min(file.rfind('.') + 1, file.size()));
  std::uint64_t number = 0;
  std::from_chars(file.data(), file.data() + file.size(), number);
  return number;
}

std::string_view LastLines(std::string_view text, std::size_t lines) {
  std::size_t begin = text.size();
  if (text.ends_with('\n') && lines > 0) --begin;
  for (; lines > 0 && begin > 0; --lines) {
    const std::size_t before = text.rfind('\n', begin - 1);
    if (before == std::string_view::npos) return text;
    begin = before;
    if (lines == 1) return text.substr(begin + 1);
  }
  return text.substr(begin);
}

Expected<std::string> LogReader::Tail(std::size_t lines, const Call& call) {
  std::string text;
  for (const std::uint64_t window : kWindows) {
    LogRequest request = log_;
    request.follow = false;
    request.start = {true, window};
    text.clear();
    const auto take = [&](const LogFrame& frame) {
      text += frame.data;
      place_ = Place{LogFileNumber(frame.file), frame.end};
      return true;
    };
    TRY(client_.StreamLogs(request, job_, take, call));
    const std::string_view last = LastLines(text, lines);
    if (text.size() < window || last.size() < text.size()) return std::string(last);
  }
  return text;
}

Expected<void> LogReader::ReadOn(const std::function<bool(std::string_view bytes)>& take,
                                 const Call& call) {
  return Read(false, take, call);
}

Expected<void> LogReader::Follow(const std::function<bool(std::string_view bytes)>& take,
                                 const Call& call) {
  return Read(true, take, call);
}

Expected<void> LogReader::Read(bool follow, const std::function<bool(std::string_view bytes)>& take,
                               const Call& call) {
  LogRequest request = log_;
  request.follow = follow;
  request.start = {};
  // Which window is asked for; nothing: the first file, from its start or the place in it.
  std::optional<std::size_t> window;
  if (place_ && place_->file == 0) request.start.offset = place_->offset;
  if (place_ && place_->file != 0) window = 0;
  while (true) {
    if (window) request.start = {true, kWindows[*window]};
    const bool accept_gaps = window == kWindows.size() - 1;
    Pass pass;
    const auto done = client_.StreamLogs(
        request, job_, [&](LogFrame frame) { return TakeFrame(frame, accept_gaps, pass, take); },
        call);
    if (!pass.gap || !done) return done;
    window = window ? *window + 1 : 0;
  }
}

bool LogReader::TakeFrame(LogFrame& frame, bool accept_gaps, Pass& pass,
                          const std::function<bool(std::string_view bytes)>& take) {
  const std::uint64_t number = LogFileNumber(frame.file);
  if (frame.event == "file truncated" && place_ && place_->file == number) place_->offset = 0;
  if (frame.data.empty()) return take("");
  const std::uint64_t begin = frame.end - std::min<std::uint64_t>(frame.end, frame.data.size());
  if (std::exchange(pass.first, false) && place_) {
    const bool behind = number > place_->file || (number == place_->file && begin > place_->offset);
    pass.gap = behind && !accept_gaps;
    lost_ = lost_ || (behind && accept_gaps);
    if (pass.gap) return false;
  }
  const std::string_view news = News(frame);
  return news.empty() || take(news);
}

std::string_view LogReader::News(const LogFrame& frame) {
  const std::uint64_t number = LogFileNumber(frame.file);
  std::string_view data = frame.data;
  if (place_ && number < place_->file) return {};
  if (place_ && number == place_->file) {
    if (frame.end <= place_->offset) return {};
    const std::uint64_t fresh = frame.end - place_->offset;
    if (fresh < data.size()) data.remove_prefix(data.size() - fresh);
  }
  place_ = Place{number, frame.end};
  return data;
}

}  // namespace nmgr::nomad
