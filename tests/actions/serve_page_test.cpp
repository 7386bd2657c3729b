// The page of a running daemon by itself: who it calls may use it.
#include "actions/serve_page.h"

#include <sys/stat.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <memory>
#include <thread>

#include "actions/serve_daemon.h"
#include "nmgr/nomad/connection.h"
#include "nmgr/serve/metrics.h"
#include "support/raw_client.h"
#include "support/temp_dir.h"

namespace nmgr::actions {
namespace {

const char* const kPushOfImage =
    R"({"events":[{"id":"1","action":"push","target":{"mediaType":)"
    R"("application/vnd.oci.image.manifest.v1+json","digest":"sha256:)"
    R"(0123456789012345678901234567890123456789012345678901234567890123",)"
    R"("repository":"team/app","tag":"1"},"request":{"host":"registry.lan"}}]})";

// A page with one receiver, and what it stands on; of Nomad nothing is asked.
class PageBench {
 public:
  PageBench() {
    const Path secret = dir_.Write("secret", "a-secret-of-the-registry\n");
    ::chmod(secret.c_str(), 0600);
    settings.serve.serve.listen = "127.0.0.1:0";
    settings.serve.serve.anonymous_read = true;
    sync::ReceiverTable receiver;
    receiver.name = "reg";
    receiver.type = "distribution";
    receiver.secret_file = secret;
    settings.serve.receivers.push_back(receiver);
  }

  // What it said: "listens on http://127.0.0.1:PORT/".
  int PortIn(const std::string& said) const {
    return std::stoi(said.substr(said.find(':', said.find("://") + 3) + 1));
  }

 private:
  testing::TempDir dir_;
  nomad::Contact contact_;
  const std::unique_ptr<nomad::Client> client_ = nomad::MakeHttpClient(
      {[] { return Expected<nomad::ConnectionOptions>(nomad::ConnectionOptions()); }, contact_});
  const std::unique_ptr<report::Reporter> out_ = report::MakeReporter({});
  Interruption interruption_;

 public:
  Settings settings;
  Env env{RealFileSystem(), RealClock(), RealProcesses(), *client_, *client_, *client_,
          contact_,         *out_,       settings,        "",       "",       interruption_.token(),
          interruption_};
  serve::Meters meters;
};

}  // namespace

TEST_CASE("who is told of a pushed image may use the page meanwhile, from another thread too") {
  PageBench bench;
  ServePage page(bench.env, bench.meters);
  std::atomic<bool> used = false;
  std::atomic<bool> used_meanwhile = false;
  std::jthread other;
  page.OnImage([&](const webhook::Receiver&, const webhook::Image& image) {
    CHECK(image.repository == "team/app");
    other = std::jthread([&] {
      page.Forget("another");
      used = true;
    });
    used_meanwhile = testing::TurnsTrue([&] { return used.load(); });
  });
  std::string said;
  REQUIRE(page.Start([&](const std::string& text) { said = text; }).has_value());
  testing::RawClient client(bench.PortIn(said));
  const std::string body = kPushOfImage;
  client.Send(
      "POST /hooks/reg HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer "
      "a-secret-of-the-registry\r\nContent-Type: "
      "application/vnd.docker.distribution.events.v1+json\r\nContent-Length: " +
      std::to_string(body.size()) + "\r\n\r\n" + body);
  CHECK(testing::StatusOfAnswer(client.ReadAnswer()) == 202);
  page.Stop();
  CHECK(used_meanwhile);
}

}  // namespace nmgr::actions
