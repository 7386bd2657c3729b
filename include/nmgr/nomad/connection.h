// Where Nomad is and how to speak to it: the `nomad` CLI's own settings, flag before environment
// before default.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "nmgr/base/clock.h"
#include "nmgr/base/expected.h"
#include "nmgr/base/file_system.h"
#include "nmgr/base/secrets.h"
#include "nmgr/net/address.h"
#include "nmgr/net/proxy.h"
#include "nmgr/nomad/allocation_client.h"
#include "nmgr/nomad/client.h"
#include "nmgr/nomad/contact.h"
#include "nmgr/nomad/variable_client.h"

namespace nmgr::nomad {

// What Nomad reads of itself and no option stands for.
inline constexpr const char* kTokenVariable = "NOMAD_TOKEN";
inline constexpr const char* kTokenFileVariable = "NOMAD_TOKEN_FILE";
inline constexpr const char* kHttpAuthVariable = "NOMAD_HTTP_AUTH";  // user:password

// As typed, or read from the variable of the option's row (the option table owns those that have
// one); empty means not given.
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

  const Redactor* secrets = nullptr;  // not owned; hides what servers repeat; null: none known

  // Filled by ResolveConnection alone.
  std::string ca_bundle =
      {};  // PEM text of ca_cert, or of every file in ca_path; replaces the system's
  std::string proxy = {};  // of HTTP(S)_PROXY for this address, without its user; never for the
                           // machine itself
  std::string proxy_user = {};
  std::string proxy_password = {};
  std::string no_proxy = {};  // NO_PROXY: names and networks that go direct

  // The halves of http_auth.
  std::string AuthUser() const { return http_auth.substr(0, http_auth.find(':')); }
  std::string AuthPassword() const {
    const std::size_t colon = http_auth.find(':');
    return colon == std::string::npos ? std::string() : http_auth.substr(colon + 1);
  }
};

using net::Environment;

// Where the option was given whose value cannot be used, and so whose fault it is.
using PlaceFault = std::function<Error(std::string_view option, Error error)>;

// Fills in what comes from the environment and has no option row (NOMAD_TOKEN, NOMAD_TOKEN_FILE,
// NOMAD_HTTP_AUTH, the proxies), then the defaults; reads the token file and the CA files; checks
// that address and proxy can be used, that certificate and key come together, belong together and
// are not locked (kUsage, kIo): nobody is ever asked for a passphrase. A token file that was given
// wins over NOMAD_TOKEN, which wins over NOMAD_TOKEN_FILE; blanks and line breaks around a token
// are no part of it; user info in the address wins over http_auth.
Expected<ConnectionOptions> ResolveConnection(ConnectionOptions given,
                                              const Environment& environment, FileSystem& files,
                                              const PlaceFault& place = {});

struct ClientOptions {
  // Called once, before the first request; its error is that of every call. ResolveConnection, as a
  // rule: a wrong address or an unreadable token file must not stop what asks Nomad nothing.
  std::function<Expected<ConnectionOptions>()> resolve;
  Contact& contact;         // told of every answer; must live as long as the client
  int max_connections = 8;  // so that an agent's limit of 100 a client is never near
  // How long to wait, before the first request, for a Nomad that is not up yet (--wait-server).
  Duration wait_server{0};
  // How long a single question is asked again (Patience::kBrief).
  Duration retry_window{30'000};
  // Told, once each time, that a Nomad is waited for which is not up yet or stays away for seconds.
  std::function<void(const std::string& notice)> on_wait = {};
};

// All that a client can be asked. Readers take the interface that they need.
class Client : public JobClient, public AllocationClient, public VariableClient {};

// A client over libcurl that connects on first use: a few kept-alive connections, TLS 1.2 or newer,
// proxies from the environment. The token never appears in errors or logs. A blocking query holds
// its connection while it waits; a few connections are left to what is answered at once
// (HttpRequest::is_held), and further queries take turns of five seconds: whoever wants n of them
// open for long asks for more than n connections. Streams have a connection each beside these.
std::unique_ptr<Client> MakeHttpClient(ClientOptions options);

// The address without user info, for messages.
std::string DisplayAddress(const ConnectionOptions& options);

// One form for all that lead to the same agent: lower case, without user info and final slash, with
// its port, 127.0.0.1 for localhost and [::1]. What is no address stays as DisplayAddress shows it.
std::string NormalAddress(const std::string& address);

using net::WithoutUserInfo;

}  // namespace nmgr::nomad
