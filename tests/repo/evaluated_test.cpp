#include "nmgr/repo/evaluated.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <string>
#include <thread>
#include <vector>

#include "repo/repository.h"

namespace {

using nmgr::testing::JobText;
using nmgr::testing::Repository;

// Counts the reads of one file, which are those of an evaluation.
class CountingFiles : public nmgr::testing::MemoryFileSystem {
 public:
  nmgr::Expected<std::string> ReadFile(const nmgr::Path& path, std::uint64_t limit) override {
    if (path == "/cld/web/app.conf") ++reads_of_config;
    return MemoryFileSystem::ReadFile(path, limit);
  }
  std::atomic<int> reads_of_config = 0;
};

struct Lab {
  Lab() {
    files.Add("/cld/web/web.hcl", JobText("web", "  meta { conf = file(\"app.conf\") }"));
    files.Add("/cld/web/app.conf", "x");
    spec = nmgr::repo::FindSpecs("/cld", {}, {&files, nullptr, context}).specs.at(0);
  }
  CountingFiles files;
  nmgr::jobspec::SpecContext context{nullptr, &files, "/home/me"};
  nmgr::repo::SpecPtr spec;
};

}  // namespace

TEST_CASE("a spec is evaluated once, however many ask for it at once") {
  Lab lab;
  std::vector<nmgr::repo::EvaluatedPtr> seen(8);
  {
    std::vector<std::jthread> threads;
    for (nmgr::repo::EvaluatedPtr& place : seen) {
      threads.emplace_back([&] { place = nmgr::repo::Evaluated(*lab.spec, lab.context); });
    }
  }
  CHECK(lab.files.reads_of_config == 1);
  for (const nmgr::repo::EvaluatedPtr& one : seen) {
    REQUIRE(one->spec.has_value());
    CHECK(one == seen[0]);
  }
  CHECK(nmgr::repo::TakeEvaluated(*lab.spec, lab.context).spec->inputs.size() == 1);
  CHECK(seen[0]->spec->inputs.size() == 1);  // others still hold it
  CHECK(lab.files.reads_of_config == 1);
}

TEST_CASE("what was taken or forgotten is evaluated anew") {
  Lab lab;
  CHECK(nmgr::repo::TakeEvaluated(*lab.spec, lab.context).spec.has_value());
  CHECK(nmgr::repo::Evaluated(*lab.spec, lab.context)->spec.has_value());
  CHECK(lab.files.reads_of_config == 2);
  nmgr::repo::ForgetEvaluated(*lab.spec);
  CHECK(nmgr::repo::Evaluated(*lab.spec, lab.context)->spec.has_value());
  CHECK(lab.files.reads_of_config == 3);
}

TEST_CASE("a header that does not evaluate is told of once") {
  Repository lab;
  lab.Add("bad/bad.hcl", JobText("bad", "  namespace = upper(1, 2)"));
  const nmgr::repo::SpecPtr spec = lab.Find().specs.at(0);
  const auto evaluated = nmgr::repo::Evaluated(*spec, lab.access().spec);
  CHECK_FALSE(evaluated->spec.has_value());
  CHECK(evaluated->file == spec.get());
  CHECK(evaluated->diagnostics.error_count() == spec->diagnostics.error_count());
}
