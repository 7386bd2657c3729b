// graph, and the order in which up and down take jobs, through the binary.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "lab.h"

using namespace nmgr::testing;

namespace {

std::string Registering(const std::string& id) {
  return "job \"" + id + "\" {\n  group \"main\" {\n    task \"" + id +
         "\" {\n      driver = \"docker\"\n      config {\n        image = \"" + id +
         ":1\"\n      }\n      service {\n        name = \"" + id +
         "\"\n        provider = \"nomad\"\n      }\n    }\n  }\n}\n";
}

// A job whose template asks for the service `of`, in line 9.
std::string Asking(const std::string& id, const std::string& of) {
  return "job \"" + id + "\" {\n  group \"main\" {\n    task \"" + id +
         "\" {\n      driver = \"docker\"\n      config {\n        image = \"" + id +
         ":1\"\n      }\n      template {\n        data = \"{{ range nomadService `" + of +
         "` }}{{ end }}\"\n        destination = \"local/x\"\n      }\n    }\n  }\n}\n";
}

// "web" names db, "app" names web; "lone" stands alone.
void Chain(const Lab& lab) {
  lab.Spec("zdb", Registering("zdb"));
  lab.Spec("app", Asking("app", "zdb"));
  lab.Service("lone", "lone:1");
}

std::string ConfigOf(Lab& lab, const std::string& text) {
  return lab.env["NMGR_CONFIG"] = lab.dir.Write("config.toml", text);
}

}  // namespace

TEST_CASE("graph names each edge with the line that makes it") {
  const Lab lab;
  Chain(lab);
  const std::string place = "cld/app/app.hcl:9";
  const NmgrResult all = lab.Run({"graph"});
  CHECK(all.exit_code == 0);
  CHECK(all.out == "app\n└─ zdb  service zdb: " + place + "\n");
  CHECK(Mentions(all.err, "1 job without an edge"));
  const NmgrResult one = lab.Run({"graph", "zdb"});
  CHECK(one.exit_code == 0);
  CHECK(one.out == all.out);
  const NmgrResult lone = lab.Run({"graph", "lone"});
  CHECK(lone.exit_code == 0);
  CHECK(lone.out.empty());
  CHECK(Mentions(lone.err, "1 job without an edge"));

  const auto json = nlohmann::json::parse(lab.Run({"graph", "-o", "json"}).out);
  CHECK(json.at("jobs").size() == 3);
  const auto& edge = json.at("edges").at(0);
  CHECK(edge.at("job") == "app");
  CHECK(edge.at("after") == "zdb");
  CHECK(edge.at("configured") == false);
  CHECK(edge.at("reasons").at(0).at("line") == 9);

  CHECK(Mentions(lab.Run({"graph", "-o", "dot"}).out,
                 "n0 -> n2 [label=\"service zdb\", style=dashed];"));
  CHECK(Mentions(lab.Run({"graph", "-o", "mermaid"}).out, "n0 -.->|\"service zdb\"| n2"));
  CHECK(lab.Run({"list", "all", "-o", "dot"}).exit_code == 64);
}

TEST_CASE("graph --svg says what it needs and overwrites nothing") {
  Lab lab;
  Chain(lab);
  const std::string foreign = lab.dir.Write("foreign.svg", "<svg/>");
  CHECK(lab.Run({"graph", "--svg", foreign}).exit_code == 64);
  lab.env["PATH"] = lab.dir.MakeFolder("empty");
  const NmgrResult result = lab.Run({"graph", "--svg", "a.svg"});
  CHECK(result.exit_code == 1);
  CHECK(Mentions(result.err, "graphviz"));
}

TEST_CASE("graph shows cycles and what [order] adds") {
  Lab lab;
  Chain(lab);
  ConfigOf(lab, "[order]\n\"lone\" = [\"z*\"]\n");
  const NmgrResult result = lab.Run({"graph", "lone"});
  CHECK(result.out == "lone\n└─ zdb  [order]: " + lab.dir.At("config.toml:2") + "\n");
  ConfigOf(lab, "[order]\n\"a\" = [\"b\"]\n\"b\" = [\"c\"]\n\"c\" = [\"a\"]\n");
  const NmgrResult cycle = lab.Run({"graph"});
  CHECK(cycle.exit_code == 78);
  CHECK(Mentions(cycle.err, "a after b after c after a"));
  CHECK(lab.Run({"up", "all"}).exit_code == 78);
  CHECK(lab.Run({"list", "all"}).exit_code == 0);
  ConfigOf(lab, "[order]\n\"lone\" = [\"filter:nos\"]\n");
  const NmgrResult unknown = lab.Run({"graph"});
  CHECK(unknown.exit_code == 78);
  CHECK(Mentions(unknown.err, "\"nos\""));
}

TEST_CASE("up goes along the edges, down against them") {
  Lab lab;
  Chain(lab);
  const NmgrResult dry = lab.Run({"-n", "up", "all"});
  CHECK(LinesWith(dry.out, "[DRY RUN]") == Words{"[DRY RUN] would register lone: new",
                                                 "[DRY RUN] would register zdb: new",
                                                 "[DRY RUN] would register app: new; after zdb"});
  CHECK(LinesWith(lab.Run({"-n", "--no-order", "up", "all"}).out, "[DRY RUN]").front() ==
        "[DRY RUN] would register app: new");
  CHECK(lab.Run({"up", "app", "zdb"}).exit_code == 0);
  const NmgrResult down = lab.Run({"-n", "down", "all"});
  CHECK(Mentions(down.out, "[DRY RUN] would stop zdb: running; after app"));
  lab.NewWrites();
  CHECK(lab.Run({"down", "all"}).exit_code == 0);
  CHECK(lab.NewWrites() == Words{"stop app", "stop zdb"});
}

TEST_CASE(
    "what comes after a job that was not healthy in time: held back by [order], else only later") {
  Lab lab({.sick = {}, .never = {"zdb"}});
  Chain(lab);
  ConfigOf(lab, "[order]\n\"app\" = [\"zdb\"]\n");
  const NmgrResult held = lab.Run({"--timeout", "1s", "up", "all"});
  INFO(held.out << held.err);
  CHECK(held.exit_code == 1);
  CHECK(lab.IsThere("zdb"));
  CHECK(lab.IsThere("lone"));
  CHECK_FALSE(lab.IsThere("app"));
  const Words lines = LinesWith(held.out, "app ");
  REQUIRE(lines.size() == 1);
  CHECK(Mentions(lines.front(), "not started: zdb, which is to go first, failed"));
  CHECK(Mentions(held.out, "zdb"));
  ConfigOf(lab, "");
  const NmgrResult later = lab.Run({"--timeout", "1s", "up", "all"});
  INFO(later.out << later.err);
  CHECK(later.exit_code == 1);
  CHECK(lab.IsThere("app"));
}

TEST_CASE("inferred edges on a cycle order nothing, which -v tells") {
  Lab lab;
  const auto both = [](const std::string& id, const std::string& of) {
    std::string text = Asking(id, of);
    const std::string more =
        "      service {\n        name = \"" + id + "\"\n        provider = \"nomad\"\n      }\n";
    return text.insert(text.find("      template {"), more);
  };
  lab.Spec("one", both("one", "two"));
  lab.Spec("two", both("two", "one"));
  const NmgrResult up = lab.Run({"-v", "up", "all"});
  INFO(up.out << up.err);
  CHECK(up.exit_code == 0);
  CHECK(Mentions(up.err, "one does not wait for two, which comes after it too: service two"));
  CHECK(Mentions(up.err, "two does not wait for one, which comes after it too: service one"));
  CHECK(lab.IsThere("one"));
  CHECK(lab.IsThere("two"));
  CHECK_FALSE(Mentions(lab.Run({"up", "all"}).err, "does not wait"));
  // What is configured holds, and what the spec says against it is dropped.
  ConfigOf(lab, "[order]\n\"one\" = [\"two\"]\n");
  const NmgrResult down = lab.Run({"-v", "down", "all"});
  CHECK(down.exit_code == 0);
  CHECK(Mentions(down.err, "two does not wait for one"));
  CHECK_FALSE(Mentions(down.err, "one does not wait for two"));
  lab.NewWrites();
  CHECK(lab.Run({"up", "all", "--parallel", "4"}).exit_code == 0);
  const NmgrResult graph = lab.Run({"-o", "json", "graph"});
  CHECK(graph.exit_code == 0);
  const auto edges = nlohmann::json::parse(graph.out).at("edges");
  REQUIRE(edges.size() == 2);
  for (const auto& edge : edges) {
    CHECK(edge.at("configured") == (edge.at("job") == "one"));
    CHECK(edge.at("reasons").size() == (edge.at("job") == "one" ? 2 : 1));
  }
}

TEST_CASE("a name in [order] that is no job's is told of where the repository is known") {
  Lab lab;
  Chain(lab);
  ConfigOf(lab,
           "[order]\n\"app\" = [\"zbd\", \"default/zdb\", \"filter:nas\"]\n"
           "\"nothing-*\" = [\"lone\", \"zbd\"]\n");
  const std::string place = lab.dir.At("config.toml");
  for (const Words& line : {Words{"-n", "up", "all"}, Words{"-n", "reconcile", "lone"},
                            Words{"-n", "down", "app"}, Words{"graph"}, Words{"graph", "app"}}) {
    const NmgrResult result = lab.Run(line);
    INFO(line.back() << result.err);
    CHECK(result.exit_code == 0);
    CHECK(Mentions(result.err, place + ":2: [order] names \"zbd\", which is no job of the "
                                       "repository. Did you mean \"zdb\"?"));
    CHECK(Mentions(result.err, place + ":3: [order] names \"nothing-*\""));
    CHECK(LinesWith(result.err, "warning: ").size() == 2);
  }
  for (const Words& line :
       {Words{"-n", "up", "cld/app/app.hcl"}, Words{"-n", "--no-order", "up", "all"},
        Words{"-n", "restart", "all"}, Words{"list", "all"}}) {
    const NmgrResult result = lab.Run(line);
    INFO(line.back() << result.err);
    CHECK(result.exit_code == 0);
    CHECK_FALSE(Mentions(result.err, "[order]"));
  }
}

TEST_CASE("what comes after a failed job: held back by [order], else only later") {
  Lab lab;
  Chain(lab);
  lab.Spec("zdb", "job \"zdb\" {\n");
  const NmgrResult inferred = lab.Run({"up", "all"});
  CHECK(inferred.exit_code == 1);
  CHECK(lab.IsThere("app"));
  Lab held;
  Chain(held);
  held.Spec("zdb", "job \"zdb\" {\n");
  ConfigOf(held, "[order]\n\"app\" = [\"zdb\"]\n\"lone\" = [\"app\"]\n");
  const NmgrResult result = held.Run({"up", "all"});
  CHECK(result.exit_code == 1);
  CHECK_FALSE(held.IsThere("app"));
  CHECK_FALSE(held.IsThere("lone"));
  CHECK(Mentions(result.out, "zdb, which is to go first, failed"));
  CHECK(held.Run({"up", "--no-order", "app"}).exit_code == 0);
}
