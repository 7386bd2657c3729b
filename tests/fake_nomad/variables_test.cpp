// What wakes a list of variables that waits, as measured on a real server (2.0.5).
#include "fake_nomad/variables.h"

#include <catch2/catch.hpp>

namespace nmgr::fake {
namespace {

const std::string kAt = std::string("default") + '\0' + "nmgr/serve/default/";

struct VariablesLab {
  void Put(const std::string& path) {
    variables.Write({"default", path}, std::nullopt, {{"Items", {{"a", "b"}}}}, 1);
  }
  std::string Sources() const {
    return variables.Watched("default", "nmgr/serve/default/sources/");
  }

  Store store{1};
  Variables variables{store};
};

TEST_CASE("a list of nothing waits at an edge that neighbours share") {
  VariablesLab lab;
  CHECK(lab.Sources().empty());
  lab.Put("nmgr/serve/default/lease/lab");
  CHECK(lab.Sources().empty());
  lab.Put("nmgr/serve/default/status/lab");
  CHECK(lab.Sources() == kAt + "s");
  const std::uint64_t before = lab.variables.ChangedBelow(lab.Sources());
  lab.Put("nmgr/serve/default/lease/lab");
  CHECK(lab.variables.ChangedBelow(lab.Sources()) == before);
  lab.Put("nmgr/serve/default/status/lab");
  CHECK(lab.variables.ChangedBelow(lab.Sources()) > before);
}

TEST_CASE("a variable just before the prefix keeps its list quiet") {
  VariablesLab lab;
  lab.Put("nmgr/serve/default/status/lab");
  lab.Put("nmgr/serve/default/sources");
  CHECK(lab.Sources() == kAt + "so");
  const std::uint64_t before = lab.variables.ChangedBelow(lab.Sources());
  lab.Put("nmgr/serve/default/status/lab");
  CHECK(lab.variables.ChangedBelow(lab.Sources()) == before);
  lab.Put("nmgr/serve/default/sources/media");
  CHECK(lab.variables.ChangedBelow(kAt + "so") > before);
  CHECK(lab.Sources() == kAt + "sources/");
}

}  // namespace
}  // namespace nmgr::fake
