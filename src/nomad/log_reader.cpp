#include "nmgr/nomad/log_reader.h"

#include <algorithm>
#include <charconv>

namespace nmgr::nomad {
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

// Of the newest file, and where that has not enough, of all of them.
Expected<std::string> LogReader::Tail(std::size_t lines, const Call& call) {
  std::string text;
  for (const bool newest_only : {true, false}) {
    LogRequest request = log_;
    request.follow = false;
    request.start = {newest_only, 0};
    text.clear();
    place_.reset();
    const auto take = [&](const LogFrame& frame) {
      const std::uint64_t number = LogFileNumber(frame.file);
      if (!place_ || place_->file != number) place_ = Place{number, 0};
      place_->offset += frame.data.size();
      text += frame.data;
      return true;
    };
    TRY(client_.StreamLogs(request, job_, take, call));
    const std::string_view last = LastLines(text, lines);
    if (!place_ || place_->file == 0 || last.size() < text.size()) return std::string(last);
  }
  return std::string(LastLines(text, lines));
}

Expected<void> LogReader::ReadOn(const std::function<bool(std::string_view bytes)>& take,
                                 const Call& call) {
  return Read(false, take, call);
}

Expected<void> LogReader::Follow(const std::function<bool(std::string_view bytes)>& take,
                                 const Call& call) {
  return Read(true, take, call);
}

std::optional<LogReader::Place> LogReader::Pass::Anchor(std::uint64_t file) const {
  if (start.offset == 0) return Place{file, 0};
  if (file == 0) return Place{0, start.offset};
  return std::nullopt;
}

Expected<void> LogReader::Read(bool follow, const std::function<bool(std::string_view bytes)>& take,
                               const Call& call) {
  LogRequest request = log_;
  request.follow = follow;
  request.start = {};
  if (place_ && place_->file == 0) request.start.offset = place_->offset;
  if (place_ && place_->file != 0) request.start.from_end = true;
  while (true) {
    Pass pass{request.start, {}, false};
    const auto done = client_.StreamLogs(
        request, job_, [&](const LogFrame& frame) { return TakeFrame(frame, pass, take); }, call);
    if (!pass.unclear || !done) return done;
    request.start = {};
  }
}

bool LogReader::TakeFrame(const LogFrame& frame, Pass& pass,
                          const std::function<bool(std::string_view bytes)>& take) {
  const std::uint64_t number = LogFileNumber(frame.file);
  if (frame.event == "file truncated") {
    if (place_ && place_->file == number) place_->offset = 0;
    if (pass.at && pass.at->file == number) pass.at->offset = 0;
  }
  if (frame.data.empty()) return take("");
  if (!pass.at) {
    pass.at = pass.Anchor(number);
    const bool late = !pass.at || (place_ && number > place_->file);
    const bool from_oldest = !pass.start.from_end && pass.start.offset == 0;
    pass.unclear = late && !from_oldest;
    lost_ = lost_ || (late && from_oldest);
    if (pass.unclear) return false;
  }
  if (pass.at->file != number) pass.at = Place{number, 0};
  pass.at->offset += frame.data.size();
  std::string_view news = frame.data;
  if (place_ && number < place_->file) return true;
  if (place_ && number == place_->file) {
    if (pass.at->offset <= place_->offset) return true;
    news.remove_prefix(news.size() - std::min(news.size(), pass.at->offset - place_->offset));
  }
  place_ = pass.at;
  return take(news);
}

}  // namespace nmgr::nomad
