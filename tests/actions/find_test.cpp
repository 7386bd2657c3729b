// find: which specs hold a string.
#include <catch2/catch.hpp>

#include "lab.h"

using nmgr::testing::Lab;
using nmgr::testing::Mentions;
using nmgr::testing::NmgrResult;

TEST_CASE("find names the jobs whose text holds the string, and 1 says that none does") {
  Lab lab;
  lab.Usual();
  CHECK(lab.Run({"find", "docker.io/caddy"}).out == "caddy\n");
  CHECK(lab.Run({"find", "docker.io"}).out == "garage\ncaddy\ncache\nmail\nweb\n");
  const NmgrResult none = lab.Run({"find", "nowhere.example"});
  CHECK(none.exit_code == 1);
  CHECK(none.out.empty());
  CHECK(none.err == "no spec holds \"nowhere.example\"\n");
  CHECK(lab.Run({"find"}).exit_code == 64);
  CHECK(lab.Run({"find", "a", "b"}).exit_code == 64);
}

TEST_CASE("find takes letters of either case, whole words and expressions as it is told") {
  Lab lab;
  lab.Service("one", "docker.io/app:LATEST");
  lab.Service("two", "docker.io/latestish:2");
  CHECK(lab.Run({"find", "latest"}).out == "two\n");
  CHECK(lab.Run({"find", "-i", "latest"}).out == "one\ntwo\n");
  CHECK(lab.Run({"find", "-w", "latest"}).exit_code == 1);
  CHECK(lab.Run({"find", "-iw", "latest"}).out == "one\n");
  CHECK(lab.Run({"find", "-E", "ish:[0-9]"}).out == "two\n");
  CHECK(lab.Run({"find", "-E", "("}).exit_code == 64);
  CHECK(Mentions(lab.Run({"find", "-l", "LATEST"}).out,
                 "one/one.hcl:2:  image = \"docker.io/app:LATEST\""));
}

TEST_CASE("find says that it looks at lines, instead of finding nothing") {
  Lab lab;
  lab.Usual();
  const NmgrResult result = lab.Run({"find", "group \"main\" {\n"});
  CHECK(result.exit_code == 64);
  CHECK(Mentions(result.err, "find looks at lines"));
}

TEST_CASE("find looks at config files and at evaluated specs only when it is told to") {
  Lab lab;
  lab.Service("one", "docker.io/app:1");
  lab.dir.Write("cld/one/.env", "HOST=db.example\n");
  lab.Spec("two",
           "locals {\n  tag = \"la${\"test\"}\"\n}\njob \"two\" {\n  meta {\n    x = "
           "\"app:${local.tag}\"\n  }\n}\n");
  CHECK(lab.Run({"find", "db.example"}).exit_code == 1);
  CHECK(lab.Run({"find", "-x", "db.example"}).out == "one\n");
  CHECK(lab.Run({"find", "app:latest"}).exit_code == 1);
  CHECK(lab.Run({"find", "--evaluated", "app:latest"}).out == "two\n");
}

TEST_CASE("find searches broken specs as text and tells of them in one line") {
  Lab lab;
  lab.Service("good", "docker.io/app:1");
  lab.Spec("bad", "job \"bad\" {\n  # docker.io/app:2\n");
  lab.Spec("worse", "job \"worse\" {\n  a = = 1\n}\n");
  const NmgrResult result = lab.Run({"find", "docker.io"});
  CHECK(result.exit_code == 0);
  CHECK(result.out == "bad\ngood\n");
  CHECK(result.err == "warning: 2 specs are broken and searched as text (nmgr validate all)\n");
}
