// list: IDs in their order, one a line; -l asks Nomad.
#include <catch2/catch.hpp>

#include "lab.h"

using nmgr::testing::Lab;
using nmgr::testing::LinesWith;
using nmgr::testing::Mentions;
using nmgr::testing::NmgrResult;

TEST_CASE("A job without an ID is shown by its path, and nothing is sent for it") {
  Lab lab;
  lab.Service("web", "docker.io/web:1");
  lab.Spec("none", "job \"\" {\n}\n");
  const NmgrResult list = lab.Run({"list", "-l", "all"});
  CHECK(list.exit_code == 1);
  CHECK(Mentions(list.err, "Missing job ID"));
  const auto rows = LinesWith(list.out, "cld/none/none.hcl");
  REQUIRE(rows.size() == 1);
  CHECK(Mentions(rows[0], "  ?  "));
  lab.nomad.ClearLog();
  for (const char* verb : {"up", "down", "reconcile"}) {
    INFO(verb);
    const NmgrResult result = lab.Run({verb, "all"});
    CHECK(result.exit_code == 1);
    CHECK(Mentions(result.out, "1 invalid (cld/none/none.hcl)"));
  }
  for (const auto& request : lab.nomad.Requests()) {
    CHECK_FALSE(Mentions(request.path, "/v1/job//"));
    CHECK_FALSE(Mentions(request.path, "/v1/job/?"));
  }
}

TEST_CASE("list names infra jobs in their order, then the others by name") {
  Lab lab;
  lab.Usual();
  const NmgrResult all = lab.Run({"list", "all"});
  CHECK(all.exit_code == 0);
  CHECK(all.out == "garage\ncaddy\ncache\nmail\nweb\n");
  CHECK(lab.Run({"list", "infra"}).out == "garage\ncaddy\n");
  CHECK(lab.Run({"list", "services", "--exclude", "w*"}).out == "cache\nmail\n");
}

TEST_CASE("list without -l asks no server") {
  Lab lab;
  lab.Usual();
  lab.nomad.ClearLog();
  REQUIRE(lab.Run({"list", "all"}).out.size() > 5);
  CHECK(lab.nomad.Requests().empty());
}

TEST_CASE("list -l over all namespaces takes no job of one for that of another") {
  Lab lab({.namespaces = {"prod"}});
  lab.Service("web", "web:1");
  lab.Service("mail", "mail:1");
  REQUIRE(lab.Run({"up", "web", "mail"}).exit_code == 0);
  REQUIRE(lab.Run({"--namespace", "prod", "up", "web"}).exit_code == 0);
  REQUIRE(lab.Run({"down", "web"}).exit_code == 0);
  const NmgrResult result = lab.Run({"--namespace", "*", "list", "-l", "all"});
  INFO(result.out << result.err);
  CHECK(result.exit_code == 1);
  CHECK(Mentions(result.err, "web is in the namespaces default, prod, and its spec names none"));
  CHECK(Mentions(result.out, "mail"));
  CHECK_FALSE(Mentions(result.err, "mail"));
}

TEST_CASE("list -l shows type, path and images") {
  Lab lab;
  lab.Service("web", "docker.io/web:1");
  const NmgrResult result = lab.Run({"list", "-l", "all"});
  CHECK(result.exit_code == 0);
  CHECK(Mentions(result.out, "service"));
  CHECK(Mentions(result.out, "web/web.hcl"));
  CHECK(Mentions(result.out, "web:1"));
  CHECK_FALSE(lab.nomad.Requests().empty());
}

TEST_CASE("list --orphans looks into the namespace of the connection, whatever specs say") {
  Lab lab({.namespaces = {"prod"}});
  CHECK(lab.Run({"list", "--orphans"}).err ==
        "every job that is registered in namespace default has a spec\n");
  lab.Service("web", "web:1");
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  lab.Spec("web", "job \"other\" {\n  namespace = \"prod\"\n}\n");
  CHECK(Mentions(lab.Run({"list", "--orphans"}).out, "web"));
}

TEST_CASE("list as JSON") {
  Lab lab;
  lab.Usual();
  const NmgrResult result = lab.Run({"list", "-o", "json", "infra", "web"});
  REQUIRE(result.exit_code == 0);
  const auto document = nlohmann::json::parse(result.out);
  REQUIRE(document.at("jobs").size() == 3);
  CHECK(document.at("jobs").at(0).at("id") == "garage");
  CHECK(document.at("jobs").at(0).at("infra") == true);
  CHECK(document.at("jobs").at(2).at("id") == "web");
  CHECK(document.at("exit_code") == 0);
}

TEST_CASE("what list, find and image say as JSON has the exit code") {
  Lab lab;
  lab.Service("web", "docker.io/web:1");
  lab.Spec("torn", "job \"torn\" {\n  group = local.nothing\n}\n");
  const std::string away = "http://127.0.0.1:1";
  const std::string there = lab.env["NOMAD_ADDR"];
  const auto code = [&](const std::vector<std::string>& line, const std::string& address) {
    lab.env["NOMAD_ADDR"] = address;
    std::vector<std::string> all = {"-o", "json"};
    all.insert(all.end(), line.begin(), line.end());
    const NmgrResult result = lab.Run(all);
    INFO(line[0]);
    CHECK(nlohmann::json::parse(result.out).at("exit_code") == result.exit_code);
    return result.exit_code;
  };
  CHECK(code({"list", "-l", "web"}, away) == 69);
  CHECK(code({"list", "-l", "web"}, there) == 0);
  CHECK(code({"find", "docker.io"}, there) == 0);
  CHECK(code({"find", "nowhere"}, there) == 1);
  CHECK(code({"image", "web"}, there) == 0);
  CHECK(code({"image", "web"}, away) == 69);
}

TEST_CASE("list without a target, with an unknown one, with an option of another action") {
  Lab lab;
  lab.Usual();
  CHECK(lab.Run({"list"}).exit_code == 64);
  const NmgrResult unknown = lab.Run({"list", "wbe"});
  CHECK(unknown.exit_code == 66);
  CHECK(unknown.out.empty());
  CHECK(Mentions(unknown.err, "web"));
  const NmgrResult purge = lab.Run({"list", "--purge", "all"});
  CHECK(purge.exit_code == 64);
  CHECK(purge.out.empty());
  CHECK(Mentions(purge.err, "`nmgr list -h` shows its options"));
}
