#include "passing_faults.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "nmgr/base/text.h"

namespace nmgr::nomad {
namespace {

// Of hashicorp/raft and of Nomad's forwarding. They end the text, alone or behind what was tried
// ("failed to create evaluation: leadership lost while committing log").
constexpr std::array<std::string_view, 12> kLastWords = {
    "No cluster leader",
    "no leader",
    "leadership lost while committing log",
    "leadership transfer in progress",
    "node is not the leader",
    "raft is already shutdown",
    "timed out enqueuing operation",
    "Not ready to serve consistent reads",
    "lead thread didn't get connection",
    "session shutdown",
    "stream closed",
    "use of closed network connection",
};

// Of the connection between two servers; Nomad puts "rpc error: " in front.
constexpr std::array<std::string_view, 7> kFirstWordsOfRpc = {
    "failed to get conn", "EOF",       "unexpected EOF",       "read tcp ",
    "write tcp ",         "dial tcp ", "i/o deadline reached",
};
constexpr std::array<std::string_view, 7> kLastWordsOfRpc = {
    "EOF",         "connection reset by peer", "broken pipe",     "connection refused",
    "i/o timeout", "keepalive timeout",        "no route to host"};

template <std::size_t N>
bool BeginsWithOne(std::string_view text, const std::array<std::string_view, N>& words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
    if (!text.starts_with(word)) return false;
    const std::string_view rest = text.substr(word.size());
    return rest.empty() || rest.front() == ':' || word.ends_with(' ');
  });
}

template <std::size_t N>
bool EndsWithOne(std::string_view text, const std::array<std::string_view, N>& words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
    if (!text.ends_with(word)) return false;
    const std::string_view before = text.substr(0, text.size() - word.size());
    return before.empty() || before.ends_with(": ");
  });
}

}  // namespace

bool IsLeaderChange(const HttpAnswer& answer) {
  if (answer.status != 500) return false;
  constexpr std::string_view kPrefix = "rpc error: ";
  std::string_view text = TrimBlanks(answer.body);
  bool from_rpc = false;
  while (text.starts_with(kPrefix)) {
    text.remove_prefix(kPrefix.size());
    from_rpc = true;
  }
  if (EndsWithOne(text, kLastWords)) return true;
  return from_rpc && (BeginsWithOne(text, kFirstWordsOfRpc) || EndsWithOne(text, kLastWordsOfRpc));
}

bool IsTransient(const TransportError& fault) {
  return fault.fault == Fault::kRefused || fault.fault == Fault::kClosed ||
         fault.fault == Fault::kConnectTimeout || fault.fault == Fault::kUnresolved;
}

bool IsTransient(const HttpAnswer& answer) {
  return answer.status == 429 || (answer.status >= 502 && answer.status <= 504) ||
         IsLeaderChange(answer);
}

}  // namespace nmgr::nomad
