// A client of the Nomad at an address, and the contact that it notes its answers in.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "nmgr/nomad/connection.h"

namespace nmgr::sync {

struct NomadConnection {
  explicit NomadConnection(const std::string& address) {
    nomad::ClientOptions options{[address] {
                                   nomad::ConnectionOptions settings;
                                   settings.address = address;
                                   return Expected<nomad::ConnectionOptions>(settings);
                                 },
                                 contact};
    client = nomad::MakeHttpClient(std::move(options));
  }
  nomad::Contact contact;
  std::unique_ptr<nomad::Client> client;
};

}  // namespace nmgr::sync
