// What has no end of its own ends when nobody can read it any more: quietly where the reader went
// away, with an error where the disk is full.
#include <catch2/catch.hpp>

#include "actions/lab.h"

namespace nmgr::testing {
namespace {

// In `line`, $NMGR is the program and the exit code of the first command of a pipe is printed.
NmgrResult RunPiped(const Lab& lab, const std::string& command, const std::string& reader) {
  return RunShell("\"$NMGR\" " + command + " | " + reader + "; echo ${PIPESTATUS[0]} >&2",
                  lab.Options());
}

NmgrResult RunOnFullDisk(const Lab& lab, const std::string& command) {
  return RunShell("\"$NMGR\" " + command + " > /dev/full; echo $? >&2", lab.Options());
}

Words EndlessCommands() {
  return {"logs web -f",    "logs web -f --tail 0",   "logs web -f -o json", "logs idle -f",
          "status --watch", "status --watch -o json", "exec web -- yes here"};
}

}  // namespace

TEST_CASE("what goes on by itself ends quietly when its reader went away") {
  Lab lab;
  lab.Service("web", "web:1");
  lab.Service("idle", "idle:1");
  REQUIRE(lab.Run({"up", "web", "idle"}).exit_code == 0);
  REQUIRE(lab.Run({"down", "idle"}).exit_code == 0);
  for (const std::string& command : EndlessCommands()) {
    INFO(command);
    const NmgrResult result = RunPiped(lab, command, "true");
    CHECK(result.err.ends_with("0\n"));
    CHECK_FALSE(Mentions(result.err, "error"));
  }
}

TEST_CASE("what goes on by itself ends with an error when the disk is full") {
  Lab lab;
  lab.Service("web", "web:1");
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  for (const char* command :
       {"logs web -f", "logs web -f -o json", "logs web", "status --watch",
        "status --watch -o json", "exec web -- yes here", "plan web", "list all"}) {
    INFO(command);
    const NmgrResult result = RunOnFullDisk(lab, command);
    CHECK(result.err.ends_with("error: standard output could not be written\n1\n"));
  }
}

TEST_CASE("a full disk is told beside another failure, and is none that only changes are pending") {
  Lab lab;
  lab.Service("web", "web:1");
  const NmgrResult pending = RunOnFullDisk(lab, "plan web --detailed-exitcode");
  CHECK(pending.err.ends_with("error: standard output could not be written\n1\n"));
  lab.Spec("web", "job \"web\" {\n  type = var.nothing\n}\n");
  const NmgrResult invalid = RunOnFullDisk(lab, "validate web -o json");
  CHECK(invalid.err.ends_with("error: standard output could not be written\n65\n"));
}

}  // namespace nmgr::testing
