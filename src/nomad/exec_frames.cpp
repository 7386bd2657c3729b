#include "exec_frames.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "decode.h"
#include "nmgr/base/base64.h"
#include "nmgr/nomad/json_fields.h"

namespace nmgr::nomad {

std::string StdinFrame(std::string_view bytes) {
  return fmt::format(R"({{"stdin":{{"data":"{}"}}}})", EncodeBase64(bytes));
}

std::string StdinEndFrame() { return R"({"stdin":{"close":true}})"; }

std::string SizeFrame(const TerminalSize& size) {
  return fmt::format(R"({{"tty_size":{{"height":{},"width":{}}}}})", size.rows, size.columns);
}

std::string ExecHeartbeat() { return "{}"; }

std::optional<ExecOutput> DecodeExecOutput(std::string_view message) {
  const auto json = ParseJson(message);
  if (!json || !json->is_object()) return std::nullopt;
  auto out = DecodeBase64(Text(Member(*json, "stdout"), "data"));
  auto err = DecodeBase64(Text(Member(*json, "stderr"), "data"));
  if (!out || !err) return std::nullopt;
  ExecOutput output{*std::move(out), *std::move(err), std::nullopt};
  if (Member(*json, "exited") == true) {
    const auto& code = Member(Member(*json, "result"), "exit_code");
    output.exit_code = code.is_number_integer() ? code.get<int>() : 0;  // left out for 0
  }
  return output;
}

}  // namespace nmgr::nomad
