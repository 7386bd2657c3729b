// The HTTP side: connections, keep-alive, blocking queries, faults, the log. One thread runs all of
// it, so the state needs no lock; a waiting client costs a coroutine and no thread.
#pragma once

#include <memory>
#include <string>

#include "fake_nomad/options.h"

namespace nmgr::fake {

class Server {
 public:
  // Binds and listens. Throws std::runtime_error where it cannot.
  explicit Server(Options options);
  ~Server();

  // "http://127.0.0.1:PORT"
  std::string address() const;

  // Serves until SIGTERM, SIGINT or Stop().
  void Run();

  // May be called from any thread.
  void Stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace nmgr::fake
