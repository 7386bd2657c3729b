// The whole HTTP side on a socket: with curl, with a stream, and in a browser where there is one.
#include "nmgr/serve/service.h"

#include <catch2/catch.hpp>
#include <thread>

#include "serve/samples.h"
#include "support/raw_client.h"
#include "support/run_nmgr.h"
#include "support/temp_dir.h"

namespace nmgr::serve {
namespace {

using nmgr::testing::BodyOfAnswer;
using nmgr::testing::RawClient;
using nmgr::testing::RunShell;
using nmgr::testing::StatusOfAnswer;
using testing::Has;
using testing::Setting;

struct Listens {
  explicit Listens(net::ServerLimits limits = {}, bool anonymous_read = false) {
    setting.access.hosts = {"127.0.0.1"};
    setting.access.anonymous_read = anonymous_read;
    net::ServerConfig config;
    config.port = 0;
    config.limits = limits;
    auto started = Service::Start(config, setting.context(), setting.board);
    REQUIRE(started.has_value());
    service = *std::move(started);
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(service->port()) + "/"; }
  std::string Head(const std::string& first) const {
    return first + " HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer " +
           std::string(testing::kReadToken) + "\r\n\r\n";
  }

  Setting setting;
  std::unique_ptr<Service> service;
};

TEST_CASE("a stream tells of what is published, and ends with the service") {
  Listens listens;
  RawClient client(listens.service->port());
  client.Send(listens.Head("GET /api/v1/events"));
  REQUIRE(client.WaitFor("id: 1\n"));
  listens.setting.board.Publish(testing::SmallState(listens.setting.clock.wall));
  CHECK(client.WaitFor("id: 2\n"));
  listens.service->Stop();
  client.ReadAll();
  listens.setting.board.Publish(testing::SmallState(listens.setting.clock.wall));
}

TEST_CASE("what may not be is refused before its body is read") {
  const Listens listens;
  RawClient client(listens.service->port());
  client.Send(
      "POST /api/v1/sources/homelab/sync HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000000\r\n"
      "Expect: 100-continue\r\n\r\n");
  CHECK(StatusOfAnswer(client.ReadAll()) == 401);
  CHECK(listens.setting.steering.wishes.empty());
}

TEST_CASE("the page for curl, with the token as a password") {
  const Listens listens;
  const auto got = RunShell("command -v curl >/dev/null || exit 9; curl -sS --noproxy '*' -u :" +
                            std::string(testing::kReadToken) + " " + listens.url());
  if (got.exit_code == 9) {
    WARN("SKIPPED: curl is not installed");
    return;
  }
  CHECK(Has(got.out, "nmgr sync confirm homelab grafana"));
}

// Runs a browser on the page; "" where there is none.
std::string Browse(const std::string& url, const std::string& arguments) {
  const nmgr::testing::TempDir profile;
  const auto browsed =
      RunShell("command -v chromium >/dev/null || exit 9; cd " + std::string(profile.path()) +
               "; HOME=$PWD timeout 50 chromium --headless=new --no-sandbox --disable-gpu "
               "--disable-dev-shm-usage --no-proxy-server --user-data-dir=$PWD/profile "
               "--enable-logging=stderr "
               "--host-resolver-rules='MAP * ~NOTFOUND, EXCLUDE 127.0.0.1' " +
               arguments + " " + url + " </dev/null 2>log; grep CONSOLE log || true");
  if (browsed.exit_code == 9) WARN("SKIPPED: chromium is not installed");
  return browsed.exit_code == 9 ? "" : browsed.out;
}

// Each verdict and each reason to hold, names and words without mercy, sources in every condition.
State EveryState(WallTime now) {
  using std::chrono::seconds;
  const std::string long_word(200, 'w');
  State state = testing::SmallState(now);
  state.jobs.clear();
  const auto add = [&](std::string id, sync::Verdict verdict, sync::Hold hold) {
    sync::JobStatus job = testing::Job(std::move(id), verdict,
                                       "what a person is told of it, in a sentence of usual length",
                                       sync::ReleaseCommand(verdict, hold, "homelab", "web"));
    job.hold = hold;
    state.jobs.push_back(std::move(job));
  };
  for (const sync::VerdictRow& row : sync::Verdicts()) {
    if (row.verdict != sync::Verdict::kHeld) {
      add(std::string(row.word) + "-job", row.verdict, sync::Hold::kNone);
    }
  }
  for (const sync::HoldRow& row : sync::Holds()) {
    add("held-" + std::to_string(state.jobs.size()), sync::Verdict::kHeld, row.hold);
  }
  add("<script>document.title='broken'</script>", sync::Verdict::kFailed, sync::Hold::kNone);
  add(long_word, sync::Verdict::kFrozen, sync::Hold::kNone);
  state.jobs.back().reason = long_word + "\n<b>" + long_word;
  add("\xe2\x80\xae"
      "gpj.exe",
      sync::Verdict::kInSync, sync::Hold::kNone);
  sync::SourceStatus away = testing::Source("away", now);
  away.error = "cannot be fetched: " + away.url + ": could not resolve host";
  sync::SourceStatus paused = testing::Source("paused-and-" + std::string(60, 'p'), now);
  paused.paused = sync::PauseStatus{};
  state.sources.push_back(away);
  state.sources.push_back(paused);
  return state;
}

TEST_CASE("a browser shows the page, runs no foreign script and has nothing to complain of") {
  Listens listens({}, true);
  State state = EveryState(listens.setting.clock.wall);
  state.jobs[1].reason = "<img src=x onerror=\"document.title='broken'\">";
  listens.setting.board.Publish(state);
  const std::string dom = Browse(listens.url(), "--virtual-time-budget=3000 --dump-dom");
  if (dom.empty()) return;
  CHECK(Has(dom, "<title>nmgr"));
  for (const sync::JobStatus& job : state.jobs) CHECK(Has(dom, sync::Words(job.verdict, job.hold)));
  CHECK_FALSE(Has(dom, "\xe2\x80\xae"));
  CHECK(Has(dom, "&lt;script&gt;document.title"));
  CHECK_FALSE(Has(dom, "CONSOLE"));
}

// Without streams, since a browser's time stands still as long as one is open; the script asks
// again by itself too, and draws what it gets in the same way.
TEST_CASE("the page follows what is published while a browser shows it") {
  net::ServerLimits limits;
  limits.streams = 0;
  Listens listens(limits, true);
  std::jthread later([&](const std::stop_token& stop) {
    while (listens.service->counts().turned_away == 0 && !stop.stop_requested())
      RealClock().Sleep(Duration(10), stop);
    State state = testing::SmallState(listens.setting.clock.wall);
    state.jobs[1].reason = "published later <b>and no markup</b>";
    listens.setting.board.Publish(state);
  });
  const std::string dom = Browse(listens.url(), "--virtual-time-budget=70000 --dump-dom");
  if (dom.empty()) return;
  CHECK(Has(dom, "published later &lt;b&gt;and no markup&lt;/b&gt;"));
}

// To be looked at by eye: NMGR_PICTURES=FOLDER nmgr_serve_tests "[pictures]".
TEST_CASE("pictures of the page", "[.][pictures]") {
  const char* const folder = std::getenv("NMGR_PICTURES");
  REQUIRE(folder != nullptr);
  Listens listens({}, true);
  listens.setting.board.Publish(EveryState(listens.setting.clock.wall));
  for (const char* width : {"360", "1400"}) {
    for (const auto& [theme, name] : {std::pair("0", "dark"), std::pair("1", "light")}) {
      const std::string file = std::string(folder) + "/" + width + "-" + name + ".png";
      CHECK(Browse(listens.url(), std::string("--virtual-time-budget=3000 --hide-scrollbars "
                                              "--blink-settings=preferredColorScheme=") +
                                      theme + " --window-size=" + width +
                                      ",3000 --screenshot=" + file)
                .empty());
    }
  }
}

}  // namespace
}  // namespace nmgr::serve
