// `nmgr serve` left running beside a lab, with what it says in a file that a test may read while it
// runs, and requests to its page.
#pragma once

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <thread>

#include "actions/serve_lab.h"
#include "support/raw_client.h"

namespace nmgr::testing {

// Whether it comes true while somebody else works.
inline bool TurnsTrue(const std::function<bool()>& true_now) {
  for (int i = 0; i < 1'200; ++i) {
    if (true_now()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(25));
  }
  return false;
}

class Daemon {
 public:
  explicit Daemon(const ServeLab& lab, const std::string& arguments = "", std::string log = "log")
      : log_(lab.dir.At(log)),
        child_(
            {"/bin/sh", "-c",
             "exec '" + std::string(NmgrBinary()) + "' serve " + arguments + " 2> '" + log_ + "'"},
            lab.Options()) {}

  std::string Log() const {
    std::ifstream file(log_);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  bool Says(const std::string& text) const {
    return TurnsTrue([&] { return Mentions(Log(), text); });
  }
  // Of "listens on http://127.0.0.1:PORT"; 0 where that is never said.
  int Port() {
    constexpr const char* kListens = "listens on ";
    if (port_ != 0 || !Says(kListens)) return port_;
    const std::string log = Log();
    const std::string line = log.substr(log.find(kListens));
    const std::size_t colon = line.find(':', line.find("://") + 3);
    port_ = std::stoi(line.substr(colon + 1));
    return port_;
  }
  std::string Ask(const std::string& request, const std::string& from = "127.0.0.1") {
    RawClient client(Port(), from);
    client.Send(request);
    return client.ReadAnswer();
  }
  std::string Get(const std::string& target, const std::string& headers = "") {
    return Ask("GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + headers + "\r\n");
  }
  std::string Post(const std::string& target, const std::string& headers, const std::string& body) {
    return Ask("POST " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: " +
               std::to_string(body.size()) + "\r\n" + headers + "\r\n" + body);
  }
  int End() {
    child_.Signal(SIGTERM);
    return child_.Wait().exit_code;
  }
  const Child& child() const { return child_; }

 private:
  const std::string log_;
  int port_ = 0;
  Child child_;
};

}  // namespace nmgr::testing
