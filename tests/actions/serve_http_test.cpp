// The HTTP side of a running daemon, through the whole program: hooks that move it, tokens, limits,
// what is counted, and its end.
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <list>
#include <set>

#include "actions/serve_daemon.h"
#include "nmgr/base/hmac.h"
#include "nmgr/serve/metrics.h"
#include "support/git_server.h"

namespace nmgr::testing {
namespace {

const char* const kHookKey = "a-hook-key-of-a-test";
const char* const kReadsToken = "token-to-read-of-a-test";
const char* const kOperates = "token-to-operate-of-a-test";

std::string PrivateFile(const ServeLab& lab, const std::string& name, const std::string& text) {
  const std::string path = lab.dir.Write(name, text + "\n");
  ::chmod(path.c_str(), 0600);
  return path;
}

std::string Listens(const std::string& more) {
  return "interval = \"1h\"\n[serve]\nlisten = \"127.0.0.1:0\"\n" + more;
}

std::string Bearer(const std::string& token) { return "Authorization: Bearer " + token + "\r\n"; }

std::string Signed(const std::string& body) {
  return "X-GitHub-Event: push\r\nContent-Type: application/json\r\nX-Hub-Signature-256: sha256=" +
         HexOf(HmacSha256(kHookKey, body)) + "\r\n";
}

std::string PushOf(const std::string& url, const std::string& commit) {
  return nlohmann::json({{"ref", "refs/heads/main"},
                         {"before", std::string(40, '1')},
                         {"after", commit},
                         {"repository", {{"clone_url", url}}}})
      .dump();
}

// A lab whose repository is behind a server, as a forge's is.
struct ForgeLab : ServeLab {
  ForgeLab() : forge(dir.path()) {
    const std::string config = "[source.lab]\nurl = \"" + url() + "\"\n" +
                               Listens("anonymous_read = true\n") +
                               "[receiver.forge]\ntype = \"github\"\nsecret_file = \"" +
                               PrivateFile(*this, "hook-key", kHookKey) + "\"\n";
    dir.Write("config.toml", config);
  }
  std::string url() const {
    return "http://127.0.0.1:" + forge.host().substr(forge.host().find(':') + 1) + "/repo/.git";
  }
  std::string Head() const {
    NmgrOptions options = Options();
    options.folder = dir.At("repo");
    return RunShell("git rev-parse HEAD", options).out.substr(0, 40);
  }

  GitHttpServer forge;
};

}  // namespace

TEST_CASE("a signed push reaches a register, and nothing else does") {
  ForgeLab lab;
  lab.Web("docker.io/web:1");
  lab.Commit();
  Daemon daemon(lab);
  REQUIRE(TurnsTrue([&] { return lab.IsThere("web"); }));
  lab.Web("docker.io/web:2");
  lab.Commit();
  const std::string push = PushOf(lab.url(), lab.Head());
  std::string forged = Signed(push);
  forged[forged.size() - 3] = forged[forged.size() - 3] == '0' ? '1' : '0';
  CHECK(StatusOfAnswer(daemon.Post("/hooks/forge", forged, push)) == 401);
  CHECK(StatusOfAnswer(daemon.Post("/hooks/forge", "X-GitHub-Event: push\r\n", push)) == 401);
  CHECK(StatusOfAnswer(daemon.Post("/hooks/other", Signed(push), push)) == 404);
  CHECK(StatusOfAnswer(daemon.Get("/hooks/forge")) == 405);
  CHECK(StatusOfAnswer(daemon.Ask("POST /hooks/forge HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                                  "Content-Length: 26214400\r\n\r\n")) == 413);
  CHECK(lab.LiveImage("web") == "docker.io/web:1");
  CHECK(StatusOfAnswer(daemon.Post("/hooks/forge", Signed(push), push)) == 202);
  CHECK(TurnsTrue([&] { return lab.LiveImage("web") == "docker.io/web:2"; }));
  // After the proof never a 4xx, whatever it is.
  for (const std::string& body :
       {std::string("no JSON"), std::string(3U << 20U, '['), PushOf("https://else.where/x.git", ""),
        std::string("{\"ref\":7}"), std::string(1000, '\xff')}) {
    CHECK(StatusOfAnswer(daemon.Post("/hooks/forge", Signed(body), body)) == 202);
  }
  CHECK(daemon.End() == 0);
}

TEST_CASE("a storm of forged hooks is told to wait, and a genuine one is heard in the middle") {
  ForgeLab lab;
  lab.Web("docker.io/web:1");
  lab.Commit();
  Daemon daemon(lab);
  REQUIRE(TurnsTrue([&] { return lab.IsThere("web"); }));
  std::map<int, int> answers;
  for (int i = 0; i < 100; ++i)
    ++answers[StatusOfAnswer(daemon.Post("/hooks/forge", Signed("other"), "forged"))];
  CHECK(answers[429] > 0);
  CHECK(answers[401] >= 30);
  CHECK(answers[401] + answers[429] == 100);
  // Whoever is at another address is not held back by that.
  const std::string elsewhere =
      "POST /hooks/forge HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 6\r\n" + Signed("other") +
      "\r\nforged";
  CHECK(StatusOfAnswer(daemon.Ask(elsewhere, "127.0.0.2")) == 401);
  CHECK(StatusOfAnswer(daemon.Ask(elsewhere)) == 429);
  lab.Web("docker.io/web:2");
  lab.Commit();
  const std::string push = PushOf(lab.url(), lab.Head());
  CHECK(StatusOfAnswer(daemon.Post("/hooks/forge", Signed(push), push)) == 202);
  CHECK(TurnsTrue([&] { return lab.LiveImage("web") == "docker.io/web:2"; }));
  const std::string metrics = daemon.Get("/metrics");
  CHECK(Mentions(metrics, "nmgr_webhook_total{receiver=\"forge\",result=\"accepted\"} 1\n"));
  CHECK(Mentions(metrics, "nmgr_webhook_total{receiver=\"forge\",result=\"throttled\"} "));
  CHECK(daemon.End() == 0);
}

TEST_CASE("a push that comes to a copy which stands by moves the one that leads") {
  ForgeLab lab;
  lab.Web("docker.io/web:1");
  lab.Commit();
  Daemon leader(lab);
  REQUIRE(TurnsTrue([&] { return lab.IsThere("web"); }));
  lab.env["XDG_CACHE_HOME"] = lab.dir.At("cache2");
  lab.env["XDG_STATE_HOME"] = lab.dir.At("state2");
  Daemon other(lab, "", "log2");
  REQUIRE(TurnsTrue([&] { return StatusOfAnswer(other.Get("/readyz")) == 200; }));
  lab.Web("docker.io/web:2");
  lab.Commit();
  lab.NewWrites();
  const std::string push = PushOf(lab.url(), lab.Head());
  CHECK(StatusOfAnswer(other.Post("/hooks/forge", Signed(push), push)) == 202);
  CHECK(TurnsTrue([&] { return lab.LiveImage("web") == "docker.io/web:2"; }));
  CHECK(lab.NewWrites() == Words{"register"});
  // It was asked by the variable, and is marked there by who has done it.
  const auto request = [&] {
    const auto read = lab.nomad.Send("GET", "/v1/var/nmgr/serve/default/control/lab");
    return nlohmann::json::parse(read.body).at("Items").value("sync", "");
  };
  CHECK(TurnsTrue([&] { return Mentions(request(), "handled="); }));
  CHECK(Mentions(request(), "by=hook%20forge"));
  CHECK(Mentions(request(), "commit=" + lab.Head()));
  CHECK(leader.Says("web"));
  CHECK(Mentions(leader.Log(), "lab: leads"));
  CHECK_FALSE(Mentions(other.Log(), "lab: leads"));
  CHECK(other.End() == 0);
  CHECK(leader.End() == 0);
}

TEST_CASE("a push of no source is answered, and said once with what the sources are") {
  ForgeLab lab;
  lab.Web("docker.io/web:1");
  lab.Commit();
  Daemon daemon(lab);
  REQUIRE(TurnsTrue([&] { return lab.IsThere("web"); }));
  const auto post = [&](const std::string& url, const std::string& commit) {
    const std::string push = PushOf(url, std::string(39, 'a') + commit);
    return StatusOfAnswer(daemon.Post("/hooks/forge", Signed(push), push));
  };
  for (const char* commit : {"1", "2", "3"}) {
    CHECK(post("https://me:secret-of-a-url@forge.example.org/me/jobs.git", commit) == 202);
  }
  CHECK(post("https://forge.example.org/me/other.git", "4") == 202);
  // Another branch of a source is nothing to speak of.
  std::string branch = PushOf(lab.url(), lab.Head());
  branch.replace(branch.find("heads/main"), 10, "heads/side");
  CHECK(StatusOfAnswer(daemon.Post("/hooks/forge", Signed(branch), branch)) == 202);
  CHECK(daemon.Says("me/other.git is none of its sources"));
  const Words said = LinesWith(daemon.Log(), "hook forge: ");
  REQUIRE(said.size() == 2);
  CHECK(said[0] ==
        "hook forge: a push to https://forge.example.org/me/jobs.git is none of its "
        "sources, which are lab (" +
            lab.url() + "); other names of the same forge go into `hosts` of [receiver.forge]");
  CHECK_FALSE(Mentions(daemon.Log(), "secret-of-a-url"));
  CHECK(daemon.End() == 0);
}

TEST_CASE("a burst of pushes is one write and one look for each few seconds of it") {
  ForgeLab lab;
  lab.Web("docker.io/web:1");
  lab.Commit();
  Daemon daemon(lab);
  REQUIRE(TurnsTrue([&] { return lab.IsThere("web"); }));
  lab.nomad.ClearLog();
  const std::size_t asked = lab.forge.requests().size();
  const std::string push = PushOf(lab.url(), lab.Head());
  for (int i = 0; i < 300; ++i)
    REQUIRE(StatusOfAnswer(daemon.Post("/hooks/forge", Signed(push), push)) == 202);
  lab.Web("docker.io/web:2");
  lab.Commit();
  const std::string last = PushOf(lab.url(), lab.Head());
  REQUIRE(StatusOfAnswer(daemon.Post("/hooks/forge", Signed(last), last)) == 202);
  CHECK(TurnsTrue([&] { return lab.LiveImage("web") == "docker.io/web:2"; }));
  CHECK(lab.nomad.CountOf("PUT /v1/var/nmgr/serve/default/control/lab") < 50);
  CHECK(lab.forge.requests().size() - asked < 30);
  CHECK(lab.NewWrites() == Words{"register"});
  CHECK(daemon.End() == 0);
}

TEST_CASE("who may read and who may steer is told by their tokens") {
  ServeLab lab;
  lab.Config(Listens("read_token_file = \"" + PrivateFile(lab, "reads", kReadsToken) +
                     "\"\noperate_token_file = \"" + PrivateFile(lab, "operates", kOperates) +
                     "\"\n"));
  lab.Web("docker.io/web:1");
  lab.Commit();
  Daemon daemon(lab);
  REQUIRE(TurnsTrue([&] { return lab.IsThere("web"); }));
  const std::string pause = "/api/v1/sources/lab/pause";
  CHECK(StatusOfAnswer(daemon.Get("/")) == 401);
  CHECK(StatusOfAnswer(daemon.Get("/metrics", Bearer("wrong-token-of-a-test"))) == 401);
  CHECK(StatusOfAnswer(daemon.Get("/metrics", Bearer(kReadsToken))) == 200);
  CHECK(StatusOfAnswer(daemon.Get("/",
                                  "Authorization: Basic "
                                  "YW55OnRva2VuLXRvLXJlYWQtb2YtYS10ZXN0\r\n")) == 200);
  CHECK(StatusOfAnswer(daemon.Get("/api/v1/jobs", Bearer(kOperates))) == 200);
  CHECK(StatusOfAnswer(daemon.Post(pause, "", "")) == 401);
  CHECK(StatusOfAnswer(daemon.Post(pause, Bearer(kReadsToken), "")) == 403);
  CHECK_FALSE(Mentions(lab.Run({"sync", "status"}).out, "paused"));
  const std::string answer = daemon.Post(pause, Bearer(kOperates), "");
  INFO(answer);
  CHECK(StatusOfAnswer(answer) / 100 == 2);
  CHECK(Mentions(lab.Run({"sync", "status"}).out, "paused by"));
  // It is asked of the variable, and known to the page when its source has come round.
  const auto sync = [&] { return daemon.Post("/api/v1/sources/lab/sync", Bearer(kOperates), ""); };
  CHECK(TurnsTrue([&] { return Mentions(sync(), "\"paused\""); }));
  CHECK(StatusOfAnswer(daemon.Ask("GET / HTTP/1.1\r\nHost: evil.example.org\r\n" +
                                  Bearer(kReadsToken) + "\r\n")) == 421);
  CHECK(Mentions(HeaderOfAnswer(daemon.Get("/", Bearer(kReadsToken)), "Content-Security-Policy"),
                 "default-src 'none'"));
  CHECK(StatusOfAnswer(daemon.Get("/healthz")) == 200);
  CHECK_FALSE(Mentions(daemon.Log(), kReadsToken));
  CHECK(daemon.End() == 0);
}

TEST_CASE("without tokens nothing is shown, and files that others may read end the run") {
  ServeLab lab;
  lab.Web("docker.io/web:1");
  lab.Commit();
  lab.Config(Listens(""));
  {
    Daemon daemon(lab);
    CHECK(StatusOfAnswer(daemon.Get("/")) == 403);
    CHECK(StatusOfAnswer(daemon.Get("/healthz")) == 200);
    CHECK(daemon.End() == 0);
  }
  const std::string open = lab.dir.Write("open", "a-token-that-anybody-reads\n");
  ::chmod(open.c_str(), 0644);
  const TestCertificate& tls = Certificate();
  const std::string key = lab.dir.At("tls.key");
  REQUIRE(RunShell("cp " + tls.key_file + " " + key + " && chmod 644 " + key).exit_code == 0);
  for (const std::string& more :
       {"read_token_file = \"" + open + "\"\n", "operate_token_file = \"" + open + "\"\n",
        "tls_cert = \"" + tls.certificate_file + "\"\ntls_key = \"" + key + "\"\n",
        std::string("behind_proxy = true\nanonymous_read = true\n")}) {
    lab.Config(Listens(more));
    const NmgrResult result = lab.Run({"serve"});
    INFO(more << result.out << result.err);
    CHECK(result.exit_code == 78);
    CHECK(lab.Run({"-n", "serve", "--once"}).err == result.err);
  }
  lab.Config("interval = \"1h\"\n[serve]\nlisten = \"0.0.0.0:0\"\n");
  CHECK(lab.Run({"serve"}).exit_code == 78);
  CHECK(lab.Run({"-n", "serve", "--once"}).exit_code == 78);
}

TEST_CASE("every metric is served, and says what has happened") {
  ServeLab lab;
  lab.dir.Write("config.toml", "[source.lab]\nurl = \"file://" + lab.dir.At("repo") +
                                   "\"\ninterval = \"1s\"\n[serve]\nlisten = \"127.0.0.1:0\"\n"
                                   "anonymous_read = true\n");
  lab.Web("docker.io/web:1");
  lab.Commit();
  Daemon daemon(lab);
  const auto serves = [&](const std::string& line) {
    return TurnsTrue([&] { return Mentions(daemon.Get("/metrics"), "\n" + line); });
  };
  REQUIRE(serves("nmgr_jobs{source=\"lab\",verdict=\"in-sync\"} 1\n"));
  const std::string all = daemon.Get("/metrics");
  for (const serve::MetricRow& row : serve::Metrics()) {
    INFO(row.name);
    CHECK(Mentions(all, fmt::format("# TYPE {} {}\n", row.name, row.type)));
  }
  CHECK(serves("nmgr_lease{source=\"lab\"} 1\n"));
  CHECK(serves("nmgr_sync_total{source=\"lab\",result=\"ok\"} "));
  CHECK(serves("nmgr_sync_duration_seconds_count{source=\"lab\"} "));
  CHECK(serves("nmgr_source_commit_info{source=\"lab\",commit=\""));
  CHECK(serves("nmgr_source_last_success_timestamp_seconds{source=\"lab\"} 1"));
  for (const char* path : {"lease/lab", "status/lab"})
    CHECK(serves(fmt::format("nmgr_variable_bytes{{path=\"nmgr/serve/default/{}\"}} ", path)));
  CHECK(serves("nmgr_variable_bytes{path=\"nmgr/serve/default/jobs/lab/"));
  lab.Spec("web", ServiceSpec("web", "docker.io/web:hand"));
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  CHECK(
      serves("nmgr_job_drift_since_timestamp_seconds{source=\"lab\",namespace=\"default\","
             "nomad_job=\"web\"} 1"));
  lab.Shell("mv .git away");
  CHECK(serves("nmgr_git_fetch_errors_total{source=\"lab\"} "));
  lab.nomad.Kill();
  CHECK(serves("nmgr_nomad_request_errors_total{op=\"GET /v1/jobs\"} "));
  CHECK(StatusOfAnswer(daemon.Get("/healthz")) == 200);
  daemon.End();
}

TEST_CASE("a daemon is alive before it is ready") {
  ServeLab lab;
  lab.Config(Listens("anonymous_read = true\n"));
  lab.Web("docker.io/web:1");
  lab.Commit();
  lab.nomad.Kill();
  Daemon daemon(lab);
  CHECK(StatusOfAnswer(daemon.Get("/healthz")) == 200);
  const std::string ready = daemon.Get("/readyz");
  CHECK(StatusOfAnswer(ready) == 503);
  CHECK(Mentions(ready, "Nomad has not answered"));
  daemon.End();
}

TEST_CASE("streams have an end in number, and slow clients keep nobody else out") {
  ServeLab lab;
  lab.Config(Listens("anonymous_read = true\n"));
  lab.Web("docker.io/web:1");
  lab.Commit();
  Daemon daemon(lab);
  REQUIRE(TurnsTrue([&] { return StatusOfAnswer(daemon.Get("/readyz")) == 200; }));
  REQUIRE(TurnsTrue([&] { return Mentions(daemon.Log(), "leads"); }));
  const std::string events = "GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
  std::list<RawClient> streams;
  for (int i = 0; i < 16; ++i) {
    streams.emplace_back(daemon.Port(), "127.0.0." + std::to_string(2 + i / 4));
    streams.back().Send(events);
    REQUIRE(streams.back().WaitFor("event: state"));
  }
  CHECK(StatusOfAnswer(daemon.Ask(events, "127.0.0.9")) == 503);
  std::list<RawClient> slow;
  for (int i = 0; i < 64; ++i) {
    slow.emplace_back(daemon.Port(), "127.0.0.20");
    slow.back().Send("GET / HT");
  }
  CHECK(StatusOfAnswer(
            daemon.Ask("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", "127.0.0.21")) == 200);
  // The end closes streams and does not wait for who never ends.
  CHECK(daemon.End() == 0);
  streams.front().ReadAll();
  CHECK(Mentions(daemon.Log(), "leads"));
  // The lease was given back.
  CHECK(lab.Once().exit_code == 0);
}

TEST_CASE("the address that is told is the one that is listened on") {
  ServeLab lab;
  lab.Config(Listens("anonymous_read = true\n"));
  lab.Web("docker.io/web:1");
  lab.Commit();
  Daemon daemon(lab);
  REQUIRE(daemon.Port() > 0);
  CHECK(Mentions(daemon.Log(),
                 "listens on http://127.0.0.1:" + std::to_string(daemon.Port()) + "/\n"));
  CHECK(daemon.End() == 0);
}

}  // namespace nmgr::testing
