// [notify.NAME] through the whole program: who is told what, signed, once, and without anybody
// waiting for it.
#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "actions/serve_daemon.h"
#include "nmgr/base/hmac.h"
#include "support/raw_server.h"

namespace nmgr::testing {
namespace {

const char* const kFaultyWeb = "job \"web\" {\n  meta {\n    x = local.nothing\n  }\n}\n";
const char* const kChannelKey = "a-key-that-signs-letters";

std::string SecretFile(const ServeLab& lab, const std::string& name, const std::string& text) {
  const std::string path = lab.dir.Write(name, text + "\n");
  ::chmod(path.c_str(), 0600);
  return path;
}

// Takes what is posted.
class Inbox {
 public:
  Inbox()
      : server_([](Peer& peer) {
          while (peer.ReadRequest()) peer.Send(Answer(200, "ok"));
        }) {}

  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_.port()); }
  std::vector<std::string> requests() const { return server_.requests(); }
  std::vector<nlohmann::json> letters() const {
    std::vector<nlohmann::json> all;
    for (const std::string& request : server_.requests())
      all.push_back(nlohmann::json::parse(request.substr(request.find("\r\n\r\n") + 4)));
    return all;
  }
  // "failed web"
  Words Told() const {
    Words words;
    for (const nlohmann::json& letter : letters())
      words.push_back(letter.at("event").get<std::string>() + " " +
                      letter.value("job", letter.at("source").get<std::string>()));
    return words;
  }

 private:
  RawServer server_;
};

std::string JsonChannel(const ServeLab& lab, const std::string& url) {
  return "[notify.ops]\ntype = \"json\"\nurl = \"" + url + "/take/this\"\nsecret_file = \"" +
         SecretFile(lab, "key", kChannelKey) + "\"\n";
}

}  // namespace

TEST_CASE("serve --once tells what has changed, signed, and nothing twice") {
  ServeLab lab;
  Inbox inbox;
  lab.Config(JsonChannel(lab, inbox.url()));
  lab.Web("docker.io/web:1");
  lab.Commit();
  REQUIRE(lab.Once().exit_code == 0);
  CHECK(inbox.Told().empty());
  lab.File("web.hcl", kFaultyWeb);
  lab.Commit();
  CHECK(lab.Once({"-n"}).exit_code == 1);
  CHECK(inbox.Told().empty());
  CHECK(lab.Once().exit_code == 1);
  REQUIRE(inbox.Told() == Words{"frozen web"});
  CHECK(lab.Once().exit_code == 1);
  CHECK(inbox.Told().size() == 1);
  lab.Web("docker.io/web:2");
  lab.Commit();
  CHECK(lab.Once().exit_code == 0);
  CHECK(inbox.Told() == Words{"frozen web", "recovered web"});

  const std::string request = inbox.requests().at(0);
  const std::string body = request.substr(request.find("\r\n\r\n") + 4);
  INFO(request);
  CHECK(request.starts_with("POST /take/this HTTP/1.1\r\n"));
  CHECK(Mentions(request, "X-Signature: sha256=" + HexOf(HmacSha256(kChannelKey, body)) + "\r\n"));
  const nlohmann::json letter = inbox.letters().at(0);
  CHECK(letter.at("source") == "lab");
  CHECK(letter.at("namespace") == "default");
  CHECK(letter.at("commit").get<std::string>().size() == 40);
  CHECK(Mentions(letter.at("reason"), "web.hcl:3"));
}

TEST_CASE("drift, orphans, failures and what is known to be bad are told by their names") {
  ServeLab lab;
  Inbox inbox;
  lab.Config(JsonChannel(lab, inbox.url()));
  lab.Web("docker.io/web:1");
  lab.File("db.hcl", ServiceSpec("db", "docker.io/db:1"));
  lab.File("old.hcl", ServiceSpec("old", "docker.io/old:1"));
  lab.Commit();
  REQUIRE(lab.Once().exit_code == 0);
  lab.nomad.SetBehaviour({{"fail", {"web"}}});
  lab.Web("docker.io/web:2");
  lab.Shell("git rm -q old.hcl");
  lab.Commit();
  lab.Spec("db", ServiceSpec("db", "docker.io/db:hand"));
  REQUIRE(lab.Run({"up", "job:db"}).exit_code == 0);
  CHECK(lab.Once().exit_code == 1);
  Words told = inbox.Told();
  std::sort(told.begin(), told.end());
  INFO(nlohmann::json(told).dump());
  REQUIRE(told.size() == 3);
  CHECK(told[0] == "drift db");
  CHECK(told[1] == "failed web");
  CHECK(told[2] == "orphan old");
}

TEST_CASE("a source that fails is told once, and when it answers again") {
  ServeLab lab;
  Inbox inbox;
  lab.Config(JsonChannel(lab, inbox.url()));
  lab.Web("docker.io/web:1");
  lab.Commit();
  REQUIRE(lab.Once().exit_code == 0);
  lab.Shell("mv .git away");
  CHECK(lab.Once().exit_code == 1);
  CHECK(lab.Once().exit_code == 1);
  CHECK(inbox.Told() == Words{"failed lab"});
  CHECK_FALSE(Mentions(lab.Run({"sync", "status"}).out, "last sync ok"));
  lab.Shell("mv away .git");
  CHECK(lab.Once().exit_code == 0);
  CHECK(inbox.Told() == Words{"failed lab", "recovered lab"});
}

TEST_CASE("a source whose ledger cannot be written has not recovered because its lease is lost") {
  ServeLab lab(
      {.faults = {"PUT /v1/var/nmgr/serve/default/jobs/lab/ 403x1000@2 Permission denied",
                  "PUT /v1/var/nmgr/serve/default/lease/lab 403x1000@1 Permission denied"}});
  Inbox inbox;
  lab.Config("interval = \"1s\"\n" + JsonChannel(lab, inbox.url()) + "[serve]\nlisten = \"\"\n");
  lab.Web("docker.io/web:1");
  lab.Commit();
  Daemon daemon(lab);
  REQUIRE(daemon.Says("in-sync"));
  lab.Web("docker.io/web:2");
  lab.Commit();
  const bool stands_by = daemon.Says("lab: stands by");
  INFO(daemon.Log());
  REQUIRE(stands_by);
  CHECK(inbox.Told() == Words{"failed lab"});
}

TEST_CASE("a Nomad that goes away under a daemon is told, once") {
  ServeLab lab;
  Inbox inbox;
  lab.Config("interval = \"1s\"\n" + JsonChannel(lab, inbox.url()) + "[serve]\nlisten = \"\"\n");
  lab.Web("docker.io/web:1");
  lab.Commit();
  Daemon daemon(lab);
  REQUIRE(daemon.Says("in-sync"));
  lab.nomad.Kill();
  const bool told = ComesTrue([&] { return !inbox.Told().empty(); });
  INFO(daemon.Log());
  REQUIRE(told);
  CHECK(Mentions(inbox.letters().at(0).at("reason"), "cannot be led from here"));
  CHECK(daemon.End() == 0);
  CHECK(inbox.Told() == Words{"failed lab"});
}

TEST_CASE("what is cut off by the end of the daemon has not failed, and nobody is told so") {
  const bool once = GENERATE(false, true);
  ServeLab lab({.faults = {"GET /v1/job/web/evaluations hang"}});
  Inbox inbox;
  lab.Config(JsonChannel(lab, inbox.url()) + "[serve]\nlisten = \"\"\n");
  lab.Web("docker.io/web:1");
  lab.Commit();
  Daemon daemon(lab, once ? "--once" : "");
  REQUIRE(ComesTrue([&] {
    return Mentions(lab.nomad.Send("GET", "/v1/job/web/deployment").body, "\"successful\"");
  }));
  std::this_thread::sleep_for(std::chrono::milliseconds(500));  // it is proved meanwhile
  CHECK(daemon.End() == (once ? 143 : 0));
  INFO(daemon.Log());
  CHECK(Mentions(daemon.Log(), "not waited for (interrupted)"));
  CHECK_FALSE(Mentions(daemon.Log(), "fail"));
  CHECK(Mentions(daemon.Log(), "error:") == once);
  CHECK(inbox.Told().empty());
  const NmgrResult kept = lab.Run({"sync", "status", "-o", "json"});
  INFO(kept.out);
  CHECK_FALSE(Mentions(kept.out, "fail"));
  CHECK_FALSE(Mentions(kept.out, "known-bad"));
  CHECK(Mentions(kept.out, "applying"));
  if (once) CHECK(Mentions(kept.out, "\"interrupted\""));
}

TEST_CASE("Slack and ntfy get their forms, and a channel what it asks for") {
  ServeLab lab;
  Inbox slack;
  Inbox ntfy;
  Inbox others;
  lab.Config("[notify.chat]\ntype = \"slack\"\nurl_file = \"" +
             SecretFile(lab, "chat", slack.url() + "/services/T0/s3cret-of-the-path") +
             "\"\n[notify.phone]\ntype = \"ntfy\"\nurl = \"" + ntfy.url() +
             "/my-topic\"\nsecret_file = \"" + SecretFile(lab, "token", "tk_of-the-phone") +
             "\"\n[notify.drift]\ntype = \"json\"\nurl = \"" + others.url() +
             "/\"\nevents = [\"drift\"]\n");
  lab.File("web.hcl", kFaultyWeb);
  lab.Commit();
  const NmgrResult result = lab.Once();
  INFO(result.out << result.err);
  CHECK(result.exit_code == 1);
  REQUIRE(slack.letters().size() == 1);
  CHECK(slack.requests()[0].starts_with("POST /services/T0/s3cret-of-the-path "));
  CHECK(Mentions(slack.letters()[0].at("text"), "frozen: default/web"));
  REQUIRE(ntfy.letters().size() == 1);
  CHECK(ntfy.requests()[0].starts_with("POST / "));
  CHECK(Mentions(ntfy.requests()[0], "Authorization: Bearer tk_of-the-phone\r\n"));
  CHECK(ntfy.letters()[0].at("topic") == "my-topic");
  CHECK(Mentions(ntfy.letters()[0].at("title"), "frozen: default/web"));
  CHECK(others.letters().empty());
}

TEST_CASE("a channel that cannot be used ends the run before anything is written") {
  ServeLab lab;
  lab.Web("docker.io/web:1");
  lab.Commit();
  const std::string open = lab.dir.Write("open", "http://127.0.0.1:1/x\n");
  ::chmod(open.c_str(), 0644);
  for (const std::string& table :
       {std::string("type = \"mail\"\nurl = \"http://127.0.0.1:1/\"\n"),
        std::string("type = \"json\"\n"), "type = \"slack\"\nurl_file = \"" + open + "\"\n",
        std::string("type = \"json\"\nurl = \"http://127.0.0.1:1/\"\nevents = [\"fialed\"]\n"),
        std::string("type = \"json\"\nurl = \"http://127.0.0.1:1/\"\nsources = [\"lub\"]\n")}) {
    lab.Config("[notify.ops]\n" + table);
    for (const Words& more : {Words{}, Words{"-n"}}) {
      const NmgrResult result = lab.Once(more);
      INFO(table << result.out << result.err);
      CHECK(result.exit_code == 78);
      CHECK(lab.NewWrites().empty());
    }
  }
}

TEST_CASE("what is secret in a job is not told to anybody") {
  ServeLab lab;
  Inbox inbox;
  lab.Config(JsonChannel(lab, inbox.url()));
  lab.Web("docker.io/web:1");
  lab.Commit();
  REQUIRE(lab.Once().exit_code == 0);
  lab.File("web.hcl", ServiceSpec("web", "docker.io/web:2",
                                  "  meta {\n    db_password = \"hunter2-of-the-job\"\n    x = "
                                  "tonumber(\"hunter2-of-the-job\")\n  }\n"));
  lab.Commit();
  CHECK(lab.Once().exit_code == 1);
  REQUIRE(inbox.requests().size() == 1);
  CHECK_FALSE(Mentions(inbox.requests()[0], "hunter2"));
}

TEST_CASE("a daemon tells, counts what it told, and waits for no channel") {
  ServeLab lab;
  Inbox inbox;
  RawServer silent([](Peer& peer) {
    peer.ReadRequest();
    peer.ReadRequest();  // until the client is gone
  });
  lab.Config("interval = \"1s\"\n[serve]\nlisten = \"127.0.0.1:0\"\nanonymous_read = true\n" +
             JsonChannel(lab, inbox.url()) + "[notify.silent]\ntype = \"json\"\nurl = \"http://" +
             "127.0.0.1:" + std::to_string(silent.port()) + "/\"\n");
  lab.Web("docker.io/web:1");
  lab.Commit();
  Daemon daemon(lab);
  REQUIRE(TurnsTrue([&] { return lab.IsThere("web"); }));
  lab.File("web.hcl", kFaultyWeb);
  lab.Commit();
  REQUIRE(TurnsTrue([&] { return inbox.Told() == Words{"frozen web"}; }));
  REQUIRE(silent.WaitForRequests(1));
  lab.Web("docker.io/web:2");
  lab.Commit();
  CHECK(TurnsTrue([&] { return lab.LiveImage("web") == "docker.io/web:2"; }));
  CHECK(TurnsTrue([&] { return inbox.Told() == Words{"frozen web", "recovered web"}; }));
  CHECK(TurnsTrue([&] {
    return Mentions(daemon.Get("/metrics"), "nmgr_notifications_total{result=\"sent\"} 2\n");
  }));
  CHECK(daemon.End() == 0);
}

TEST_CASE("who leads after somebody else says so") {
  ServeLab lab;
  Inbox inbox;
  lab.Config("interval = \"1s\"\n[serve]\nlisten = \"\"\n" + JsonChannel(lab, inbox.url()));
  lab.Web("docker.io/web:1");
  lab.Commit();
  Daemon first(lab, "", "first");
  REQUIRE(first.Says("leads"));
  Daemon second(lab, "", "second");
  REQUIRE(
      TurnsTrue([&] { return lab.nomad.CountOf("GET /v1/var/nmgr/serve/default/lease/lab") > 1; }));
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  CHECK(first.End() == 0);
  REQUIRE(second.Says("leads"));
  CHECK(TurnsTrue([&] { return inbox.Told() == Words{"lease-changed lab"}; }));
  CHECK(second.End() == 0);
}

}  // namespace nmgr::testing
