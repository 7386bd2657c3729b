// A cluster that changes its leader, a proxy in front of it, a server that asks for patience: what
// a run makes of them, through the real binary.
#include <catch2/catch.hpp>

#include "lab.h"

using namespace nmgr::testing;

namespace {

const char* const kLeaderTexts[] = {
    "No cluster leader",
    "rpc error: No cluster leader",
    "leadership lost while committing log",
    "rpc error: leadership lost while committing log",
    "node is not the leader",
    "Not ready to serve consistent reads",
    "rpc error: Not ready to serve consistent reads",
    "rpc error: EOF",
    "rpc error: failed to get conn: dial tcp 127.0.0.1:4647: connect: connection refused",
    "rpc error: failed to get conn: rpc error: lead thread didn't get connection",
    "rpc error: read tcp 127.0.0.1:5->127.0.0.1:6: read: connection reset by peer",
};

}  // namespace

TEST_CASE("A leader change passes by whatever is asked: reads and plans are repeated") {
  const std::string text = GENERATE(from_range(std::begin(kLeaderTexts), std::end(kLeaderTexts)));
  INFO(text);
  for (const char* request : {"GET /v1/evaluation/", "GET /v1/deployment/", "POST /v1/job/web/plan",
                              "POST /v1/jobs/parse"}) {
    INFO(request);
    Lab lab({.faults = {std::string(request) + " 500x2 " + text}});
    lab.Service("garage", "garage:1");
    lab.Service("web", "web:1");
    const NmgrResult result = lab.Run({"up", "all"});
    INFO(result.err);
    CHECK(result.exit_code == 0);
    CHECK(lab.nomad.CountOf(request) >= 3);
    CHECK(lab.Job("web")["Version"] == 0);
    CHECK_FALSE(Mentions(result.out + result.err, "refused"));
  }
}

TEST_CASE("A write that a falling leader answers is settled by reading the job") {
  const std::string text = GENERATE(from_range(std::begin(kLeaderTexts), std::end(kLeaderTexts)));
  const std::string done = GENERATE("done+", "");
  INFO(done << text);
  Lab lab({.faults = {"POST /v1/jobs$ " + done + "500x1 " + text,
                      "DELETE /v1/job/web " + done + "500x1 " + text}});
  lab.Service("web", "web:1");
  const NmgrResult up = lab.Run({"up", "web"});
  INFO(up.err);
  CHECK(up.exit_code == 0);
  CHECK(lab.Job("web")["Version"] == 0);
  CHECK(lab.NewWrites().size() == (done.empty() ? 2U : 1U));
  const NmgrResult down = lab.Run({"down", "web"});
  INFO(down.err);
  CHECK(down.exit_code == 0);
  CHECK(lab.Job("web")["Stop"] == true);
  CHECK(lab.NewWrites().size() == (done.empty() ? 2U : 1U));
  CHECK_FALSE(Mentions(up.err + down.err, "refused"));
}

TEST_CASE("A true refusal that a follower passed on is one") {
  Lab lab({.faults = {"POST /v1/jobs$ 500 rpc error: Job ID contains a space"}});
  lab.Service("web", "web:1");
  const NmgrResult result = lab.Run({"up", "web"});
  CHECK(result.exit_code == 1);
  CHECK(Mentions(result.err, "Nomad refused POST /v1/jobs: rpc error: Job ID contains a space"));
  CHECK(lab.NewWrites().size() == 1);
}

TEST_CASE("429 says that nothing was done: writes go again, Retry-After is heeded") {
  Lab lab({.faults = {"POST /v1/jobs$ 429x3 slow", "DELETE /v1/job/web 429x1 retry-after=1 slow",
                      "GET /v1/job/web$ 429x2@1 slow"}});
  lab.Service("web", "web:1");
  const NmgrResult up = lab.Run({"up", "web"});
  INFO(up.err);
  CHECK(up.exit_code == 0);
  CHECK(lab.Job("web")["Version"] == 0);
  lab.NewWrites();
  const NmgrResult down = lab.Run({"down", "web"});
  INFO(down.err);
  CHECK(down.exit_code == 0);
  std::vector<double> stops;
  for (const FakeNomadRequest& request : lab.nomad.Requests()) {
    if (request.method == "DELETE") stops.push_back(request.time);
  }
  REQUIRE(stops.size() == 2);
  CHECK(stops[1] - stops[0] >= 0.9);
}

TEST_CASE("A wait is ended by no web page, no wrong answer and no absence of the server") {
  const std::string fault =
      GENERATE("200x2 <html><title>Back soon</title></html>", "404x2 <html>gone</html>", "200x2 {}",
               "302x2 elsewhere", "500x2 boom", "closex2", "504x2 <html>late</html>");
  INFO(fault);
  for (const char* request : {"GET /v1/evaluation/", "GET /v1/deployment/"}) {
    INFO(request);
    Lab lab({.faults = {std::string(request) + " " + fault}});
    lab.Service("web", "web:1");
    const NmgrResult result = lab.Run({"up", "web"});
    INFO(result.err);
    CHECK(result.exit_code == 0);
    if (!fault.starts_with("close")) CHECK(lab.nomad.CountOf(request) >= 3);
  }
}

TEST_CASE("A refused question is its job's failure wherever it stands in the order") {
  const std::string refused =
      GENERATE(as<std::string>(), "garage", "caddy", "cache", "mail", "web");
  INFO(refused);
  Lab lab({.faults = {"* /v1/job/" + refused + " 403 Permission denied"}});
  lab.Usual();
  const NmgrResult plan = lab.Run({"plan", "all"});
  CHECK(plan.exit_code == 1);
  const bool first = refused == "garage";
  const NmgrResult up = lab.Run({"up", first ? "web" : "garage", refused});
  INFO(up.out << up.err);
  CHECK(up.exit_code == 1);
  CHECK(Mentions(up.err, "/v1/job/" + refused));
  // As every infra job that fails, it stops what comes after it.
  CHECK(lab.NewWrites() == (first ? Words{} : Words{"register"}));
  CHECK(Mentions(up.out, "infra job garage failed") == first);
}

TEST_CASE("A token that is refused everywhere is one error and 77, whatever is asked") {
  Lab lab({.namespaces = {"ops"}, .faults = {"* /v1/job 403 Permission denied"}});
  lab.Usual();
  lab.Service("ops", "ops:1", "  namespace = \"ops\"\n");
  for (const Words& line :
       {Words{"up", "all"}, Words{"down", "all"}, Words{"plan", "all"}, Words{"image", "all"},
        Words{"reconcile", "all"}, Words{"list", "-l", "all"}}) {
    const NmgrResult result = lab.Run(line);
    INFO(line[0] << result.err);
    CHECK(result.exit_code == 77);
  }
}

TEST_CASE("list -l: one namespace refused is a failed one, first or last; both are 77") {
  for (const bool first : {true, false}) {
    Lab lab({.namespaces = {"ops"},
             .faults = {first ? "GET /v1/jobs?namespace=ops 403 Permission denied"
                              : "GET /v1/jobs 403x1@1 Permission denied"}});
    lab.Service("a-job", "a:1", "  namespace = \"ops\"\n");
    lab.Service("b-job", "b:1");
    const NmgrResult result = lab.Run({"list", "-l", "all"});
    INFO(result.err);
    CHECK(result.exit_code == 1);
    CHECK(Mentions(result.err, "Permission denied"));
  }
}

TEST_CASE("A token that is no token in form: one 77, not a 500 a job") {
  Lab lab({.faults = {"* /v1/job 500 rpc error: index error: UUID must be 36 characters"}});
  lab.Usual();
  lab.env["NOMAD_TOKEN"] = "what-I-typed";
  const NmgrResult result = lab.Run({"up", "all"});
  INFO(result.err);
  CHECK(result.exit_code == 77);
  CHECK(Mentions(result.err, "36 characters"));
  CHECK_FALSE(Mentions(result.err + result.out, "what-I-typed"));
}

TEST_CASE("Blanks and line breaks around a token are no part of it") {
  Lab lab({.token = "sesame"});
  lab.Service("web", "web:1");
  lab.env["NOMAD_TOKEN"] = "sesame \r\n";
  CHECK(lab.Run({"plan", "web"}).exit_code == 0);
}

TEST_CASE("An ID that leads elsewhere in Nomad's routes fails alone, also as the first") {
  Lab lab;
  for (const char* id : {"..", ".", "web/allocations", "web/deployment"}) {
    lab.Spec("odd", ServiceSpec(id, "odd:1"));
    lab.Service("web", "web:1");
    const NmgrResult result = lab.Run({"up", "all"});
    INFO(id << ": " << result.err);
    CHECK(result.exit_code == 1);
    CHECK(Mentions(result.err, "leads elsewhere"));
    CHECK(lab.IsThere("web"));
    const NmgrResult alone = lab.Run({"down", lab.dir.At("cld/odd/")});
    INFO(alone.err);
    CHECK(alone.exit_code == 1);
    CHECK(Mentions(alone.err, "leads elsewhere"));
  }
}

TEST_CASE("Every action that asks Nomad waits with --wait-server, and says so") {
  for (const Words& line : {Words{"list", "-l", "web"}, Words{"plan", "web"}, Words{"image", "web"},
                            Words{"validate", "--server", "web"}, Words{"down", "web"}}) {
    Lab lab({.faults = {"GET /v1/status/leader 500x2 No cluster leader"}});
    lab.Service("web", "web:1");
    Words all = {"--wait-server", "60s"};
    all.insert(all.end(), line.begin(), line.end());
    const NmgrResult result = lab.Run(all);
    INFO(line[0] << result.err);
    CHECK(result.exit_code == 0);
    CHECK(Mentions(result.err, "waiting for it up to 1m"));
    CHECK(lab.nomad.CountOf("GET /v1/status/leader") == 3);
  }
  Lab lab;
  lab.Service("web", "web:1");
  lab.env["NOMAD_ADDR"] = "http://127.0.0.1:1";
  const NmgrResult result = lab.Run({"--wait-server", "300ms", "list", "-l", "web"});
  CHECK(result.exit_code == 69);
  CHECK(Mentions(result.err, "still refused after 300ms"));
  CHECK(lab.Run({"--wait-server", "20s", "list", "web"}).exit_code == 0);
}

TEST_CASE("No address is shown with its user info, whatever it looks like") {
  Lab lab;
  lab.Service("web", "web:1");
  for (const char* address :
       {"http:/me:sesame@h", "http:me:sesame@h", "http:\\\\me:sesame@h", "me:sesame@h:4646",
        "unix://me:sesame@/s", "http://me:se/same@h:4646", "http://me:se?same@h",
        "http://me:se#same@h", "http://me:se\\same@h", "http://me:sesame@127.0.0.1:1"}) {
    lab.env["NOMAD_ADDR"] = address;
    for (const Words& line : {Words{"config"}, Words{"-o", "json", "config"},
                              Words{"list", "-l", "web"}, Words{"-v", "up", "web"}}) {
      const NmgrResult result = lab.Run(line);
      INFO(address << " " << line.back() << result.out << result.err);
      CHECK_FALSE((result.out + result.err).empty());
      CHECK_FALSE(Mentions(result.out + result.err, "same"));
      CHECK_FALSE(Mentions(result.out + result.err, "me:"));
    }
  }
}

TEST_CASE("A proxy that cannot be used is named without its password") {
  Lab lab;
  lab.Service("web", "web:1");
  lab.env["NOMAD_ADDR"] = "http://0.0.0.0:1";
  for (const char* proxy :
       {"http://u:ses/ame@h:1", "gopher://u:sesame@127.0.0.1:1", "http://u:sesame@127.0.0.1:1"}) {
    lab.env["HTTP_PROXY"] = proxy;
    const NmgrResult result = lab.Run({"-v", "list", "-l", "web"});
    INFO(proxy << result.err);
    CHECK(result.exit_code != 0);
    CHECK_FALSE(Mentions(result.out + result.err, "ses"));
    CHECK_FALSE(Mentions(result.out + result.err, "ame@"));
  }
}

TEST_CASE("Whether certificates are checked: flag before NMGR_ before NOMAD_, as Go reads it") {
  Lab lab;
  const auto shown = [&](const Words& flags) {
    Words line = flags;
    line.insert(line.end(), {"-o", "json", "config"});
    const NmgrResult result = lab.Run(line);
    INFO(result.out << result.err);
    const nlohmann::json document = nlohmann::json::parse(result.out);
    for (const auto& setting : document.at("settings")) {
      if (setting["name"] == "tls-skip-verify") return setting["value"].get<std::string>();
    }
    return std::string("nothing");
  };
  for (const char* yes : {"1", "t", "T", "true", "True", "TRUE"}) {
    lab.env["NOMAD_SKIP_VERIFY"] = yes;
    CHECK(shown({}) == "true");
    CHECK(shown({"--tls-skip-verify=false"}) == "false");
  }
  lab.env["NMGR_TLS_SKIP_VERIFY"] = "0";
  CHECK(shown({}) == "false");
  lab.env["NMGR_TLS_SKIP_VERIFY"] = "maybe";
  CHECK(lab.Run({"config"}).exit_code == 64);
}
