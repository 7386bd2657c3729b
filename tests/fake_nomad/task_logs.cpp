#include "fake_nomad/task_logs.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace nmgr::fake {
namespace {

std::string Base64(std::string_view data) {
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < data.size(); i += 3) {
    const auto byte = [&](std::size_t at) {
      return at < data.size() ? static_cast<unsigned>(static_cast<unsigned char>(data[at])) : 0U;
    };
    const unsigned group = byte(i) << 16U | byte(i + 1) << 8U | byte(i + 2);
    for (unsigned place = 0; place < 4; ++place) {
      const bool padding = i + place > data.size();
      out += padding ? '=' : kDigits[group >> (18 - 6 * place) & 63U];
    }
  }
  return out;
}

std::string Output(const std::string& task, const std::string& type, const Json& state) {
  if (type == "stderr")
    return task + ": warning\n" + (Flag(state, "Failed") ? task + ": failed\n" : "");
  return task + ": starting\n" + task + ": listening\n" + task + ": ready\n";
}

// Where reading begins: `offset` bytes from the start or before the end.
std::size_t Begin(const Request& request, std::size_t size) {
  const auto offset =
      static_cast<std::size_t>(std::strtoull(request.Query("offset").c_str(), nullptr, 10));
  return request.Query("origin") == "end" ? size - std::min(offset, size) : std::min(offset, size);
}

std::string Frame(const std::string& data, const std::string& file, std::size_t end) {
  return Json{{"Data", Base64(data)}, {"File", file}, {"Offset", end}}.dump();
}

class Following : public Stream {
 public:
  Following(std::string first, std::string file, std::size_t offset, bool plain, std::string task)
      : pending_(std::move(first)),
        file_(std::move(file)),
        offset_(offset),
        plain_(plain),
        task_(std::move(task)) {}

  // A line each time it is asked, which is once a heartbeat.
  std::string Next() override {
    const bool first = std::exchange(first_, false);
    std::string data = first ? std::move(pending_) : std::exchange(due_, !due_) ? Line() : "";
    if (data.empty()) return {};
    offset_ += data.size();
    return plain_ ? data : Frame(data, file_, offset_);
  }
  int heartbeat_ms() const override { return 100; }
  std::string Heartbeat() const override { return plain_ ? "" : "{}"; }

 private:
  std::string Line() { return task_ + ": line " + std::to_string(++lines_) + "\n"; }

  std::string pending_;
  std::string file_;
  std::size_t offset_;
  bool plain_;
  std::string task_;
  bool first_ = true;
  bool due_ = true;
  int lines_ = 0;
};

}  // namespace

Reply LogReply(const Json& allocation, const Request& request) {
  const std::string task = request.Query("task");
  const std::string type = request.Query("type");
  if (task.empty()) return ErrorReply(400, "must provide task name");
  if (type != "stdout" && type != "stderr")
    return ErrorReply(400, "log type must be stdout or stderr");
  const Json& state = Member(Member(allocation, "TaskStates"), task);
  if (!state.is_object()) return ErrorReply(400, "unknown task name \"" + task + "\"");
  if (Member(state, "StartedAt").is_null()) {
    return ErrorReply(404, "task \"" + task + "\" not started yet. No logs available");
  }
  const std::string whole = Output(task, type, state);
  const std::size_t begin = Begin(request, whole.size());
  const std::string data = whole.substr(begin);
  const std::string file = "alloc/logs/" + task + "." + type + ".0";
  const bool plain = request.Query("plain") == "true";
  Reply reply;
  reply.content_type = plain ? "text/plain" : "application/json";
  if (request.Query("follow") == "true") {
    reply.stream = std::make_shared<Following>(data, file, begin, plain, task);
  } else {
    reply.text = plain ? data : data.empty() ? "" : Frame(data, file, whole.size());
  }
  return reply;
}

}  // namespace nmgr::fake
