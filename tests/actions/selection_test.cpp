// What every action with targets does first, seen through the actions.
#include <catch2/catch.hpp>

#include "lab.h"

using nmgr::testing::Lab;
using nmgr::testing::Mentions;
using nmgr::testing::NmgrResult;
using nmgr::testing::Words;

TEST_CASE("a word that names nothing ends the run before anything is asked") {
  Lab lab;
  lab.Usual();
  lab.nomad.ClearLog();
  for (const Words& line :
       {Words{"up", "web", "mial"}, Words{"down", "web", "mial"}, Words{"plan", "mial"},
        Words{"reconcile", "web", "--exclude", "mial"}, Words{"image", "mial"}}) {
    INFO(line.front());
    const NmgrResult result = lab.Run(line);
    CHECK(result.exit_code == 66);
    CHECK(result.err == "error: no job, filter or path is called \"mial\"\n  did you mean mail?\n");
  }
  CHECK(lab.nomad.Requests().empty());
}

TEST_CASE("many specs of one ID are counted, and the first few named") {
  Lab lab;
  for (int i = 1; i <= 7; ++i) {
    lab.dir.Write("cld/d" + std::to_string(i) + "/web.hcl",
                  nmgr::testing::ServiceSpec("web", "web:1"));
  }
  const NmgrResult result = lab.Run({"list", "web"});
  CHECK(result.out == "web\n");
  CHECK(Mentions(result.err, "web: 7 specs have this ID: "));
  CHECK(Mentions(result.err, "d5/web.hcl and 2 more\n"));
  CHECK(lab.Run({"up", "web"}).exit_code == 1);
  CHECK_FALSE(lab.IsThere("web"));
}

TEST_CASE("the same fault of many specs is told once by every verb") {
  Lab lab;
  for (const char* id : {"one", "two", "three"}) {
    lab.Spec(id, "job \"" + std::string(id) +
                     "\" {\n  group \"g\" {\n    task \"t\" {\n      config {\n        image = "
                     "local.nope\n      }\n    }\n  }\n}\n");
  }
  for (const Words& line :
       {Words{"validate", "all"}, Words{"list", "-l", "all"}, Words{"image", "all"},
        Words{"image", "--unpinned", "all"}, Words{"plan", "all"}, Words{"-n", "up", "all"}}) {
    INFO(line.front() << " " << line.at(1));
    const NmgrResult result = lab.Run(line);
    CHECK(result.exit_code != 0);
    CHECK(nmgr::testing::LinesWith(result.err, "Error: ").size() == 1);
    CHECK(Mentions(result.err, "The same in 2 other specs"));
  }
}

TEST_CASE("list --orphans takes no target but all") {
  Lab lab;
  lab.Service("web", "docker.io/web:1");
  CHECK(lab.Run({"list", "--orphans", "all"}).exit_code == 0);
  CHECK(lab.Run({"list", "--orphans", "web"}).exit_code == 64);
}
