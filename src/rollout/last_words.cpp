#include "rollout/last_words.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "nmgr/base/shown_values.h"
#include "nmgr/base/text.h"
#include "nmgr/nomad/log_reader.h"

namespace nmgr::rollout {
namespace {

constexpr std::size_t kMostWordLines = 10;
constexpr std::size_t kMostCrashes = 5;
constexpr std::size_t kLongestLine = 400;
constexpr std::uint64_t kTailBytes = kMostWordLines * kLongestLine;
constexpr Duration kTimeForWords{5'000};

std::string CutWordLine(std::string_view line) {
  std::size_t end = std::min(line.size(), kLongestLine);
  while (end > 0 && end < line.size() && IsContinuationByte(line[end])) --end;
  return std::string(line.substr(0, end)) + (end < line.size() ? "..." : "");
}

// The last bytes of one log; "" where they cannot be had.
std::string TailOfLog(const WaitContext& context, const nomad::JobRef& ref, const Crash& crash,
                      nomad::LogStream stream, TimePoint deadline) {
  nomad::LogRequest request;
  request.allocation_id = crash.alloc;
  request.task = crash.task;
  request.stream = stream;
  request.start = {true, kTailBytes};
  std::string text;
  const auto take = [&text](const nomad::LogFrame& frame) {
    text += frame.data;
    // A server may send more than it was asked for.
    return text.size() <= 4 * kTailBytes;
  };
  const auto read = context.logs->StreamLogs(request, ref, take, {deadline, context.stop});
  if (!read && text.empty()) return {};
  const bool cut = text.size() >= kTailBytes;
  const std::size_t first = cut ? text.find('\n') : std::string::npos;
  return first == std::string::npos || first + 1 == text.size() ? text : text.substr(first + 1);
}

std::vector<std::string> WordLinesOf(std::string_view text) {
  std::vector<std::string> lines;
  const std::vector<std::string> shown = HideLines(text, TextKind::kSource);
  const std::string whole = Join(shown, "");
  for (std::string_view line : Split(nomad::LastLines(whole, kMostWordLines), '\n')) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!TrimBlanks(line).empty()) lines.push_back("  " + CutWordLine(std::string(line)));
  }
  return lines;
}

}  // namespace

std::vector<std::string> LastWords(const WaitContext& context, const nomad::JobRef& ref,
                                   const std::vector<Crash>& crashes) {
  std::vector<std::string> words;
  if (context.logs == nullptr) return words;
  const TimePoint deadline = context.clock.Now() + kTimeForWords;
  for (std::size_t i = 0; i < std::min(crashes.size(), kMostCrashes); ++i) {
    std::vector<std::string> lines;
    if (!crashes[i].ran) continue;
    for (const nomad::LogStream stream : {nomad::LogStream::kStderr, nomad::LogStream::kStdout}) {
      if (context.stop.stop_requested() || context.clock.Now() >= deadline) return words;
      lines = WordLinesOf(TailOfLog(context, ref, crashes[i], stream, deadline));
      if (!lines.empty()) break;
    }
    if (lines.empty()) continue;
    if (crashes.size() > 1) {
      words.push_back("task " + crashes[i].task + " of group " + crashes[i].group + " wrote:");
    }
    words.insert(words.end(), lines.begin(), lines.end());
  }
  return words;
}

void AddLastWords(const WaitContext& context, const nomad::JobRef& ref,
                  const std::vector<Crash>& crashes, std::vector<std::string>& details) {
  const std::vector<std::string> words = LastWords(context, ref, crashes);
  details.insert(details.begin(), words.begin(), words.end());
  const std::string& target = context.target.empty() ? ref.id : context.target;
  for (std::size_t i = 0; i < std::min(crashes.size(), kMostCrashes); ++i) {
    const std::string command = MoreCommand(crashes[i], target);
    if (std::find(details.begin(), details.end(), command) == details.end()) {
      details.push_back(command);
    }
  }
}

}  // namespace nmgr::rollout
