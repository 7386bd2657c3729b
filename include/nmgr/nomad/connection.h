// Where Nomad is and how to speak to it: the `nomad` CLI's own settings, flag before environment
// before default.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "nmgr/base/clock.h"
#include "nmgr/base/expected.h"
#include "nmgr/base/file_system.h"
#include "nmgr/nomad/client.h"

namespace nmgr::nomad {

// As typed or read from the environment; empty means not given.
struct ConnectionOptions {
  std::string address;           // --address, NOMAD_ADDR; http://, https://, unix:///path
  std::string region;            // --region, NOMAD_REGION
  std::string name_space;        // --namespace, NOMAD_NAMESPACE
  std::string token_file;        // --token-file, NOMAD_TOKEN_FILE
  std::string token;             // NOMAD_TOKEN only: an argument would show in `ps`
  std::string http_auth;         // NOMAD_HTTP_AUTH, user:password
  std::string ca_cert;           // --ca-cert, NOMAD_CACERT
  std::string ca_path;           // --ca-path, NOMAD_CAPATH
  std::string client_cert;       // --client-cert, NOMAD_CLIENT_CERT
  std::string client_key;        // --client-key, NOMAD_CLIENT_KEY
  std::string tls_server_name;   // --tls-server-name, NOMAD_TLS_SERVER_NAME
  bool tls_skip_verify = false;  // --tls-skip-verify, NOMAD_SKIP_VERIFY
  Duration connect_timeout{5'000};
  Duration request_timeout{60'000};  // of one request; blocking queries add their wait

  // Filled by ResolveConnection alone.
  std::string ca_bundle =
      {};  // PEM text of ca_cert, or of every file in ca_path; replaces the system's
  std::string proxy = {};     // of HTTP(S)_PROXY for this address; never for the machine itself
  std::string no_proxy = {};  // NO_PROXY: names and networks that go direct
};

using Environment = std::function<std::optional<std::string>(const std::string& name)>;

// Fills what `given` leaves empty from the environment, then the defaults; reads the token file and
// the CA files; checks that the address can be used and that certificate and key come together
// (kUsage, kIo). A token file that was given wins over NOMAD_TOKEN, which wins over
// NOMAD_TOKEN_FILE; user info in the address wins over http_auth.
Expected<ConnectionOptions> ResolveConnection(ConnectionOptions given,
                                              const Environment& environment, FileSystem& files);

// A client over libcurl: a few kept-alive connections (at most `max_connections`, so an agent's
// limit of 100 a client is never near), TLS 1.2 or newer, proxies from the environment. Takes what
// ResolveConnection gave. Makes no request before the first call. The token never appears in errors
// or logs. A blocking query holds its connection while it waits, and further calls queue for a free
// one: whoever keeps n of them open asks for more than n connections.
std::unique_ptr<NomadClient> MakeHttpClient(ConnectionOptions options, int max_connections = 8);

// The address without user info, for messages.
std::string DisplayAddress(const ConnectionOptions& options);

// One form for all that lead to the same agent: lower case, without user info and final slash, with
// its port, 127.0.0.1 for localhost and [::1]. What is no address stays as DisplayAddress shows it.
std::string NormalAddress(const std::string& address);

}  // namespace nmgr::nomad
