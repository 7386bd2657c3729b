// A command in a task: the websocket of /v1/client/allocation/:id/exec. The command is really run,
// on this machine, so its output, exit code, terminal and signals are true. The framing is this
// file's own, so that a fault of the client's cannot hide in both.
#pragma once

#include <string>
#include <vector>

namespace nmgr::fake {

struct ExecPlan {
  // Said by a close frame after the handshake, as Nomad does; 0: none.
  int refusal = 0;
  std::string reason;
  std::vector<std::string> command;
  bool tty = false;
};

// Answers the handshake of `key` on a connected socket, which it closes in the end, in a thread of
// its own. `ahead`: what the client sent behind its request.
void ServeExec(int socket, ExecPlan plan, const std::string& key, std::string ahead);

}  // namespace nmgr::fake
