// Targets that ask Nomad: state:WORD and node:NAME.
#include <catch2/catch.hpp>

#include "lab.h"

using nmgr::testing::kBatchLines;
using nmgr::testing::Lab;
using nmgr::testing::Mentions;
using nmgr::testing::NmgrResult;

TEST_CASE("state: and node: take jobs by what Nomad says, in one set of lists") {
  Lab lab;
  lab.Usual();
  REQUIRE(lab.Run({"up", "web", "mail", "caddy"}).exit_code == 0);
  REQUIRE(lab.Run({"down", "mail"}).exit_code == 0);
  lab.nomad.ClearLog();
  CHECK(lab.Run({"list", "state:running"}).out == "caddy\nweb\n");
  CHECK(lab.nomad.Requests().size() < 8);
  CHECK(lab.Run({"list", "state:stopped"}).out == "mail\n");
  CHECK(lab.Run({"list", "all", "--and", "state:absent"}).out == "garage\ncache\n");
  CHECK(lab.Run({"list", "services", "--exclude", "state:*"}).out.empty());
  CHECK(lab.Run({"list", "state:running", "state:stopped"}).out == "caddy\nmail\nweb\n");
  const NmgrResult why = lab.Run({"list", "state:running", "--why"});
  CHECK(Mentions(why.out, "state = running"));
  CHECK(lab.Run({"list", "state:needs-promotion"}).exit_code == 0);
  CHECK(lab.Run({"list", "node:*"}).out == "caddy\nweb\n");
  CHECK(lab.Run({"list", "node:no-such-node"}).out.empty());
}

TEST_CASE("a target that asks a Nomad which does not answer ends the run, and nothing is touched") {
  Lab lab;
  lab.Usual();
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  lab.NewWrites();
  for (const char* word : {"state:failed", "node:x"}) {
    const NmgrResult result =
        lab.Run({"--address", "http://127.0.0.1:1", "down", "all", "--exclude", word});
    CHECK(result.exit_code == 69);
    CHECK(result.out.empty());
  }
  CHECK(lab.NewWrites().empty());
}
