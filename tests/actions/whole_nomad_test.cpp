// The main job from end to end against a whole Nomad: the stand-in, or a real one where
// NMGR_TEST_NOMAD_ADDR names it. Jobs are called nmgr-test-... and want no allocation, so that they
// need nothing of the machine; they are purged before and afterwards.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <string>

#include "actions/lab.h"

namespace {

using nmgr::testing::FakeNomadProcess;
using nmgr::testing::Mentions;
using nmgr::testing::NmgrOptions;
using nmgr::testing::NmgrResult;
using nmgr::testing::RunNmgr;
using nmgr::testing::TempDir;
using nmgr::testing::Words;

class WholeNomad {
 public:
  WholeNomad() {
    Write("proxy", "example/proxy:1");
    Write("web", "example/web:1");
    REQUIRE(Run({"-p", "down", "all"}).exit_code == 0);
  }
  ~WholeNomad() { Run({"-p", "down", "all"}); }
  WholeNomad(const WholeNomad&) = delete;
  WholeNomad& operator=(const WholeNomad&) = delete;

  void Write(const std::string& name, const std::string& image) const {
    dir_.Write("base/" + name + ".hcl",
               "job \"nmgr-test-" + name +
                   "\" {\n  group \"g\" {\n    count = 0\n    task \"t\" {\n" +
                   "      driver = \"docker\"\n      config {\n        image = \"" + image +
                   "\"\n      }\n    }\n  }\n}\n");
  }

  NmgrResult Run(const Words& words) const {
    const char* real = std::getenv("NMGR_TEST_NOMAD_ADDR");
    NmgrOptions options;
    options.env = {{"NMGR_BASE_DIR", dir_.At("base")},
                   {"NMGR_INFRA_JOBS", "nmgr-test-proxy"},
                   {"XDG_STATE_HOME", dir_.At("state")},
                   {"NOMAD_ADDR", real != nullptr ? std::string(real) : stand_in_.address()}};
    return RunNmgr(words, options);
  }

 private:
  TempDir dir_;
  FakeNomadProcess stand_in_;
};

}  // namespace

TEST_CASE("from nothing to running, changed, stopped and purged") {
  const WholeNomad nomad;
  NmgrResult result = nomad.Run({"up", "all"});
  INFO(result.err);
  REQUIRE(result.exit_code == 0);
  CHECK(result.err.find("+ nmgr-test-proxy") < result.err.find("+ nmgr-test-web"));
  CHECK(Mentions(nomad.Run({"up", "all"}).out, "2 jobs up to date"));

  nomad.Write("web", "example/web:2");
  result = nomad.Run({"-n", "--detailed-exitcode", "reconcile", "all"});
  CHECK(result.exit_code == 2);
  CHECK(Mentions(result.out, "[DRY RUN] would update nmgr-test-web: "));
  CHECK(nomad.Run({"reconcile", "all"}).exit_code == 0);
  CHECK(Mentions(nomad.Run({"image", "nmgr-test-web"}).out, "Live images:\nt = \"example/web:2\""));
  CHECK(nomad.Run({"-n", "--detailed-exitcode", "reconcile", "all"}).exit_code == 0);

  result = nomad.Run({"down", "all"});
  CHECK(result.exit_code == 0);
  CHECK(result.err.find("nmgr-test-web: stop") < result.err.find("nmgr-test-proxy: stop"));
  CHECK(Mentions(nomad.Run({"list", "-l", "nmgr-test-web"}).out, "stopped"));
  CHECK(nomad.Run({"-p", "down", "all"}).exit_code == 0);
  CHECK(Mentions(nomad.Run({"list", "-l", "nmgr-test-web"}).out, "absent"));
}
