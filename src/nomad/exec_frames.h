// What goes over the websocket of a remote command: a JSON object a message.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "nmgr/base/terminal.h"

namespace nmgr::nomad {

std::string StdinFrame(std::string_view bytes);
std::string StdinEndFrame();
std::string SizeFrame(const TerminalSize& size);
// Says nothing, and keeps what lies between from closing an idle connection.
std::string ExecHeartbeat();

struct ExecOutput {
  std::string out;
  std::string err;
  std::optional<int> exit_code;  // the command has ended; nothing comes after that
};

// Nothing where it is none of Nomad's.
std::optional<ExecOutput> DecodeExecOutput(std::string_view message);

}  // namespace nmgr::nomad
