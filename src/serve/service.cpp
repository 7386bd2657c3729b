#include "nmgr/serve/service.h"

namespace nmgr::serve {

class Service::Door final : public net::Handler {
 public:
  explicit Door(Context context) : context_(context) {}
  net::Admission Admit(const net::RequestHead& head) override {
    return serve::Admit(context_, head);
  }
  net::Response Handle(const net::Request& request) override { return Respond(context_, request); }

 private:
  const Context context_;
};

Service::Service(StateBoard& board) : board_(board) {}

Expected<std::unique_ptr<Service>> Service::Start(const net::ServerConfig& config, Context context,
                                                  StateBoard& board) {
  std::unique_ptr<Service> service(new Service(board));
  service->door_ = std::make_unique<Door>(context);
  TRY_ASSIGN(service->server_, net::Server::Start(config, *service->door_));
  board.OnChange([server = service->server_.get()] { server->WakeStreams(); });
  return service;
}

void Service::Stop() {
  board_.OnChange(nullptr);
  if (server_) server_->Stop();
}

Service::~Service() { Stop(); }

}  // namespace nmgr::serve
