// A client of a test: settings as they are, and the contact that it notes its answers in.
#pragma once

#include <utility>

#include "nomad/http_client.h"

namespace nmgr::testing {

struct HasContact {
  nomad::Contact contact;
};

class TestClient : public HasContact, public nomad::HttpClient {
 public:
  TestClient(nomad::ConnectionOptions settings, int max_connections)
      : HttpClient(Options(std::move(settings), max_connections, contact)) {}

 private:
  static nomad::ClientOptions Options(nomad::ConnectionOptions settings, int max_connections,
                                      nomad::Contact& contact) {
    nomad::ClientOptions options{
        [settings = std::move(settings)] { return Expected<nomad::ConnectionOptions>(settings); },
        contact};
    options.max_connections = max_connections;
    return options;
  }
};

}  // namespace nmgr::testing
