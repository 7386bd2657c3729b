// A log that breaks, is rotated and is read again, against a log kept here that answers as Nomad
// does: an offset counts over all files that are there.
#include "nmgr/nomad/log_reader.h"

#include <catch2/catch.hpp>
#include <map>
#include <string>
#include <vector>

namespace nmgr::nomad {
namespace {

class LogServer : public AllocationClient {
 public:
  // The files that are there, by number.
  std::map<std::uint64_t, std::string> files = {{0, ""}};
  std::size_t piece = 5;  // bytes a frame
  int breaks_after = -1;  // frames until the connection breaks; -1: never
  std::vector<LogRequest> requests = {};

  void Write(const std::string& text) { files.rbegin()->second += text; }
  void Rotate() { files.emplace(files.rbegin()->first + 1, ""); }

  Expected<void> StreamLogs(const LogRequest& request, const JobRef&,
                            const std::function<bool(LogFrame frame)>& take, const Call&) override {
    requests.push_back(request);
    auto [file, offset] = Begin(request.start);
    for (; file != files.end(); ++file, offset = 0) {
      while (offset < file->second.size()) {
        if (breaks_after == 0) return Lost();
        if (breaks_after > 0) --breaks_after;
        LogFrame frame;
        frame.data = file->second.substr(offset, piece);
        offset += frame.data.size();
        frame.file = "alloc/logs/web.stdout." + std::to_string(file->first);
        frame.end = 7;  // no client may rely on it
        if (!take(std::move(frame))) return {};
      }
    }
    if (request.follow && take({})) return Lost();
    return {};
  }
  Expected<int> Exec(const ExecRequest&, const JobRef&, ExecPeer&, const Call&) override {
    return 0;
  }

 private:
  using File = std::map<std::uint64_t, std::string>::const_iterator;

  static Error Lost() { return {ErrorCode::kUnreachable, "lost"}; }

  std::pair<File, std::size_t> Begin(const LogStart& start) const {
    std::size_t left = start.offset;
    if (!start.from_end) {
      auto file = files.begin();
      while (left > file->second.size() && std::next(file) != files.end()) {
        left -= (file++)->second.size();
      }
      return {file, std::min(left, file->second.size())};
    }
    auto file = std::prev(files.end());
    if (left == 0) return {file, 0};  // as Nomad does
    while (left > file->second.size() && file != files.begin()) left -= (file--)->second.size();
    return {file, file->second.size() - std::min(left, file->second.size())};
  }
};

class LogUnderRead {
 public:
  LogServer server;
  LogReader reader{server, LogRequest{"id", "web", LogStream::kStdout, {}, false}, {"web", "", ""}};
  std::string text;

  bool ReadOn() {
    return reader.ReadOn([this](std::string_view bytes) { return Take(bytes); }, {}).has_value();
  }
  bool Follow() {
    return reader.Follow([this](std::string_view bytes) { return Take(bytes); }, {}).has_value();
  }
  std::string Tail(std::size_t lines) { return reader.Tail(lines, {}).value(); }

 private:
  bool Take(std::string_view bytes) {
    text += bytes;
    return true;
  }
};

std::string Lines(int from, int to) {
  std::string text;
  for (int i = from; i < to; ++i) text += "line " + std::to_string(i) + "\n";
  return text;
}

}  // namespace

TEST_CASE("a log that breaks off goes on at its offset") {
  LogUnderRead log;
  log.server.Write(Lines(0, 10));
  log.server.breaks_after = 3;
  CHECK_FALSE(log.ReadOn());
  CHECK(log.text == Lines(0, 10).substr(0, 15));
  log.server.breaks_after = -1;
  CHECK(log.ReadOn());
  CHECK(log.text == Lines(0, 10));
  REQUIRE(log.server.requests.size() == 2);
  CHECK(log.server.requests[1].start.offset == 15);
  CHECK_FALSE(log.server.requests[1].start.from_end);
  CHECK_FALSE(log.reader.LostSome());
}

TEST_CASE("what is written while the connection is away comes once, wherever it breaks") {
  for (int breaks = 0; breaks < 20; ++breaks) {
    INFO(breaks);
    LogUnderRead log;
    log.server.piece = 7;
    log.server.Write(Lines(0, 9));
    log.server.breaks_after = breaks;
    log.Follow();
    log.server.Write(Lines(9, 12));
    log.server.breaks_after = -1;
    log.Follow();
    log.server.Write(Lines(12, 15));
    log.Follow();
    CHECK(log.text == Lines(0, 15));
  }
}

TEST_CASE("a log that is rotated meanwhile is read to the end of the old file first") {
  LogUnderRead log;
  log.server.Write(Lines(0, 3));
  log.Follow();
  log.server.Write(Lines(3, 5));
  log.server.Rotate();
  log.server.Write(Lines(5, 8));
  log.Follow();
  CHECK(log.text == Lines(0, 8));
  log.server.Write(Lines(8, 9));
  log.server.Rotate();
  log.server.Write(Lines(9, 10));
  log.Follow();
  CHECK(log.text == Lines(0, 10));
}

TEST_CASE("an old file that is removed moves no offset") {
  LogUnderRead log;
  log.server.Write(Lines(0, 3));
  log.server.Rotate();
  log.server.Write(Lines(3, 6));
  log.Follow();
  log.server.files.erase(0);
  log.server.Write(Lines(6, 9));
  log.Follow();
  CHECK(log.text == Lines(0, 9));
  CHECK_FALSE(log.reader.LostSome());
}

TEST_CASE("a later file goes on where it was, whatever Nomad says of offsets") {
  LogUnderRead log;
  log.server.piece = 60'000;
  log.server.Write("begin\n");
  log.server.Rotate();
  log.server.Write("second\n");
  log.Follow();
  const std::string much = std::string(300'000, 'x') + "\n";
  log.server.Write(much);
  log.Follow();
  CHECK(log.text == "begin\nsecond\n" + much);
  CHECK_FALSE(log.reader.LostSome());
}

TEST_CASE("output that was rotated away before it could be read is told of") {
  LogUnderRead log;
  log.server.Write(Lines(0, 3));
  log.server.Rotate();
  log.server.Write(Lines(3, 4));
  log.Follow();
  log.server.files = {{5, Lines(50, 52)}};
  log.Follow();
  CHECK(log.text == Lines(0, 4) + Lines(50, 52));
  CHECK(log.reader.LostSome());
  CHECK_FALSE(log.reader.LostSome());
}

TEST_CASE("the tail is the last lines, and reading goes on behind it") {
  LogUnderRead log;
  log.server.Write(Lines(0, 20));
  CHECK(log.Tail(3) == Lines(17, 20));
  log.server.Write(Lines(20, 22));
  log.Follow();
  CHECK(log.text == Lines(20, 22));
}

TEST_CASE("the tail reaches over files and is as long as there are lines") {
  LogUnderRead log;
  log.server.Write(Lines(0, 3));
  log.server.Rotate();
  log.server.Write(Lines(3, 5));
  CHECK(log.Tail(4) == Lines(1, 5));
  CHECK(log.Tail(99) == Lines(0, 5));
  CHECK(log.Tail(0).empty());
  log.Follow();
  CHECK(log.text.empty());
}

TEST_CASE("the tail of long lines") {
  LogUnderRead log;
  log.server.piece = 60'000;
  const std::string line = std::string(50'000, 'a') + "\n";
  for (int i = 0; i < 6; ++i) log.server.Write(line);
  CHECK(log.Tail(4) == line + line + line + line);
}

TEST_CASE("an empty log has no tail") {
  LogUnderRead log;
  CHECK(log.Tail(10).empty());
  log.server.Write("a\n");
  log.Follow();
  CHECK(log.text == "a\n");
}

TEST_CASE("last lines, with and without an end") {
  CHECK(LastLines("a\nb\nc\n", 2) == "b\nc\n");
  CHECK(LastLines("a\nb\nc", 2) == "b\nc");
  CHECK(LastLines("a\nb\nc", 1) == "c");
  CHECK(LastLines("a\n", 1) == "a\n");
  CHECK(LastLines("\n\n", 1) == "\n");
  CHECK(LastLines("a\n\n", 1) == "\n");
  CHECK(LastLines("a\nb\n", 5) == "a\nb\n");
  CHECK(LastLines("a\nb\n", 0).empty());
  CHECK(LastLines("", 3).empty());
}

TEST_CASE("the number of a log's file") {
  CHECK(LogFileNumber("alloc/logs/web.stdout.12") == 12);
  CHECK(LogFileNumber("web") == 0);
  CHECK(LogFileNumber("") == 0);
}

}  // namespace nmgr::nomad
