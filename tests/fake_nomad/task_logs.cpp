#include "fake_nomad/task_logs.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "nmgr/base/base64.h"

namespace nmgr::fake {
namespace {

constexpr std::size_t kLongestFrame = 64U << 10U;

std::string Output(const std::string& task, const std::string& type, const Json& state) {
  if (type == "stderr")
    return task + ": warning\n" + (Flag(state, "Failed") ? task + ": failed\n" : "");
  return task + ": starting\n" + task + ": listening\n" + task + ": ready\n";
}

// A log with what the task writes by itself at its start.
class WholeLog {
 public:
  WholeLog(const std::string& task, const std::string& type, const Json& state, const Log& log)
      : log_(log),
        own_(Output(task, type, state)),
        name_("alloc/logs/" + task + "." + type + ".") {}

  std::size_t first() const { return log_.first; }
  std::size_t last() const { return log_.files.size() - 1; }
  std::string Text(std::size_t file) const {
    return file == 0 ? own_ + log_.files[0] : log_.files[file];
  }
  std::string Name(std::size_t file) const { return name_ + std::to_string(file); }

 private:
  const Log& log_;
  std::string own_;
  std::string name_;
};

struct Place {
  std::size_t file = 0;
  std::size_t offset = 0;
};

// As Nomad's findClosest: from the start over the files that are there, or back from the end; an
// offset of 0 is the start of the file where it begins to count.
Place Begin(const Request& request, const WholeLog& log) {
  const bool from_end = request.Query("origin") == "end";
  std::int64_t offset = std::strtoll(request.Query("offset").c_str(), nullptr, 10);
  if (from_end) offset = -offset;
  std::size_t file = from_end ? log.last() : log.first();
  while (offset != 0) {
    const auto size = static_cast<std::int64_t>(log.Text(file).size());
    if (offset < 0) {
      offset += size;
      if (offset >= 0) break;
      if (file == log.first()) return {file, 0};
      --file;
      if (offset == 0) break;
    } else {
      if (offset <= size) break;
      if (file == log.last()) return {file, static_cast<std::size_t>(size)};
      offset -= size;
      ++file;
    }
  }
  return {file, static_cast<std::size_t>(offset)};
}

std::string Frame(std::string_view data, const std::string& file, std::size_t end) {
  return Json{{"Data", EncodeBase64(data)}, {"File", file}, {"Offset", end}}.dump();
}

// What comes behind `place`, which is moved to the end.
std::string Frames(const WholeLog& log, Place& place, bool plain) {
  std::string out;
  while (true) {
    const std::string text = log.Text(std::max(place.file, log.first()));
    while (place.offset < text.size()) {
      const std::string data = text.substr(place.offset, kLongestFrame);
      place.offset += data.size();
      out += plain ? data : Frame(data, log.Name(place.file), place.offset);
    }
    if (place.file >= log.last()) return out;
    place = {std::max(place.file + 1, log.first()), 0};
  }
}

// The log is looked at anew each time, as of the state at the start of the answer.
class Following : public Stream {
 public:
  Following(LogBook& book, LogBook::Key key, Json state, Place place, bool plain)
      : book_(book),
        key_(std::move(key)),
        state_(std::move(state)),
        place_(place),
        plain_(plain),
        cuts_(book.cuts()) {}

  std::string Next() override {
    const auto& [allocation, task, type] = key_;
    return Frames(WholeLog(task, type, state_, book_.Of(key_)), place_, plain_);
  }
  int heartbeat_ms() const override { return 100; }
  std::string Heartbeat() const override { return plain_ ? "" : "{}"; }
  bool broken() const override { return book_.cuts() != cuts_; }

 private:
  LogBook& book_;
  const LogBook::Key key_;
  const Json state_;
  Place place_;
  const bool plain_;
  const int cuts_;
};

}  // namespace

Reply LogReply(const Json& allocation, const Request& request, LogBook& book) {
  const std::string task = request.Query("task");
  const std::string type = request.Query("type");
  const std::string origin = request.Query("origin");
  if (task.empty()) return ErrorReply(400, "must provide task name");
  if (type != "stdout" && type != "stderr")
    return ErrorReply(400, "must provide log type (stdout/stderr)");
  if (!origin.empty() && origin != "start" && origin != "end")
    return ErrorReply(400, "origin must be start or end");
  const Json& state = Member(Member(allocation, "TaskStates"), task);
  if (!state.is_object()) return ErrorReply(400, "unknown task name \"" + task + "\"");
  if (Member(state, "StartedAt").is_null()) {
    return ErrorReply(404, "task \"" + task + "\" not started yet. No logs available");
  }
  const LogBook::Key key{fake::Text(allocation, "ID"), task, type};
  const WholeLog log(task, type, state, book.Of(key));
  Place place = Begin(request, log);
  const bool plain = request.Query("plain") == "true";
  Reply reply;
  reply.content_type = plain ? "text/plain" : "application/json";
  if (request.Query("follow") == "true") {
    reply.stream = std::make_shared<Following>(book, key, state, place, plain);
  } else {
    reply.text = Frames(log, place, plain);
  }
  return reply;
}

Reply WriteLogReply(const Json& body, LogBook& book) {
  const std::string& stream = Text(body, "stream");
  Log& log =
      book.Of({Text(body, "allocation"), Text(body, "task"), stream.empty() ? "stdout" : stream});
  if (Flag(body, "rotate")) log.files.emplace_back();
  log.files.back() += DecodeBase64(Text(body, "data")).value_or("");
  log.first =
      std::min(log.first + static_cast<std::size_t>(Number(body, "forget")), log.files.size() - 1);
  if (Flag(body, "cut")) book.Cut();
  return JsonReply(Json::object());
}

}  // namespace nmgr::fake
