// What is asked of the client that runs an allocation: the output of its tasks, and commands run
// inside of them. A log that is followed, and a command, have a connection each, outside of the
// pool of nomad/client.h; an agent takes 100 of one host.
//
// Errors are those of nomad/client.h. Nothing is repeated here: a log that broke off is asked for
// again from where it was (LogStart), which only its reader knows; a command is never run twice.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/base/terminal.h"
#include "nmgr/nomad/client.h"

namespace nmgr::nomad {

enum class LogStream { kStdout, kStderr };
std::string_view NameOf(LogStream stream);

// Where reading begins. Nomad counts over all files of a log that was rotated: from the start of
// the oldest one, or back from the end of the newest.
struct LogStart {
  bool from_end = false;
  std::uint64_t offset = 0;
};

struct LogRequest {
  std::string allocation_id;
  std::string task;
  LogStream stream = LogStream::kStdout;
  LogStart start;
  // Goes on with what is written later, and never ends by itself, not even where the task or the
  // allocation has ended: watch that beside it.
  bool follow = false;
};

// A piece of a log. Nomad tells no times.
struct LogFrame {
  std::string data;
  std::string file;       // "alloc/logs/web.stdout.0": a rotated log has several
  std::string event;      // "file deleted", "file truncated"; "" as a rule
  std::uint64_t end = 0;  // where `data` ends in the file

  // Sent each second while nothing else is.
  bool IsHeartbeat() const { return data.empty() && event.empty(); }
};

struct ExecRequest {
  std::string allocation_id;
  std::string task;
  std::vector<std::string> command;
  bool tty = false;
};

// What a remote command is to be given next.
struct ExecInput {
  std::string data;
  bool end = false;  // no more will come
  std::optional<TerminalSize> size;
};

// The near end of a remote command. Called from the thread that called Exec alone.
class ExecPeer {
 public:
  virtual ~ExecPeer() = default;
  // Descriptors that become readable when Take() has something to give; none: nothing will come.
  virtual std::vector<int> Descriptors() const = 0;
  // What is there now, without waiting.
  virtual ExecInput Take() = 0;
  virtual void Output(std::string_view bytes) = 0;
  virtual void ErrorOutput(std::string_view bytes) = 0;
};

class AllocationClient {
 public:
  virtual ~AllocationClient() = default;

  // GET /v1/client/fs/logs/:id, frame by frame until `take` returns false, the log has been told to
  // its end (without `follow`), or the connection breaks (kUnreachable; also where it has been
  // silent for ten heartbeats). kNotFound: no such allocation any more, or the task has not started
  // yet. kRejected: no such task.
  virtual Expected<void> StreamLogs(const LogRequest& request, const JobRef& job,
                                    const std::function<bool(LogFrame frame)>& take,
                                    const Call& call) = 0;

  // GET /v1/client/allocation/:id/exec: runs a command beside a task and gives its exit code, 128 +
  // the signal where one ended it. After a lost connection or a stop request the command may go on
  // running there.
  virtual Expected<int> Exec(const ExecRequest& request, const JobRef& job, ExecPeer& peer,
                             const Call& call) = 0;
};

}  // namespace nmgr::nomad
