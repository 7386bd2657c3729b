// The HTTP side of the daemon: a server whose answers are the routes', and whose streams wake when
// a new state is published.
#pragma once

#include <memory>

#include "nmgr/base/expected.h"
#include "nmgr/serve/routes.h"

namespace nmgr::serve {

class Service {
 public:
  // Listens until Stop or the destructor. What the context names must outlive it; its board tells
  // this service, and only this one, of changes.
  static Expected<std::unique_ptr<Service>> Start(const net::ServerConfig& config, Context context,
                                                  StateBoard& board);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  std::uint16_t port() const { return server_->port(); }
  net::Server::Counts counts() const { return server_->counts(); }
  // As net::Server::Stop.
  void Stop();

 private:
  class Door;
  explicit Service(StateBoard& board);

  StateBoard& board_;
  std::unique_ptr<Door> door_;
  std::unique_ptr<net::Server> server_;
};

}  // namespace nmgr::serve
