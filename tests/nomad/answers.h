// What the tests of the client ask of a raw server, and how it answers.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nmgr/nomad/connection.h"
#include "nmgr/nomad/types.h"
#include "support/raw_server.h"

namespace nmgr::nomad_testing {

using namespace nmgr::nomad;

using nmgr::testing::Answer;
using nmgr::testing::Peer;
using nmgr::testing::RawServer;

inline constexpr const char* kJob =
    R"({"ID":"web","Name":"web","Type":"service","Status":"running"})";

inline ConnectionOptions To(const RawServer& server) {
  ConnectionOptions options;
  options.address = server.address();
  return options;
}

inline Call Within(int milliseconds) {
  return Call{std::chrono::steady_clock::now() + Duration(milliseconds), {}};
}

// A server that answers every request alike.
inline RawServer::Script Always(std::string answer) {
  return [answer = std::move(answer)](Peer& peer) {
    while (peer.ReadRequest() && peer.Send(answer)) {
    }
  };
}

// The n-th request of all connections gets the n-th answer; the last one is repeated. "" closes.
inline RawServer::Script InTurn(std::vector<std::string> answers) {
  auto next = std::make_shared<std::atomic<std::size_t>>(0);
  return [answers = std::move(answers), next](Peer& peer) {
    while (peer.ReadRequest()) {
      const std::string& answer = answers[std::min(next->fetch_add(1), answers.size() - 1)];
      if (answer.empty() || !peer.Send(answer)) return;
    }
  };
}

inline std::string FirstLine(const std::string& request) {
  return request.substr(0, request.find("\r\n"));
}

inline bool Has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

inline const JobRef kWeb{"web", "", ""};

}  // namespace nmgr::nomad_testing
