#include "git/links.h"

#include <catch2/catch.hpp>
#include <string>

namespace nmgr::git {
namespace {

TEST_CASE("links that lead to a place in the tree stay, there or not") {
  const Links links = {{"a", "b"},
                       {"web/common.env", "../common.env"},
                       {"web/deep/x", "./../../web//y"},
                       {"folder", "web/deep"},
                       {"through", "folder/../other"},
                       {"up", "."}};
  for (const auto& [path, target] : links) {
    INFO(path);
    CHECK(StaysInside(links, path));
  }
}

TEST_CASE("links that lead out of the tree do not, whatever they go through") {
  const Links links = {{"absolute", "/etc/passwd"},
                       {"up", ".."},
                       {"web/up", "../../x"},
                       {"web/back", "../../tree/x"},
                       // As text it stays inside; the system goes up from where the link led.
                       {"deep", "a/b"},
                       {"sly", "deep/../../../x"},
                       {"chain", "absolute"},
                       {"below", "up/x"},
                       {"loop", "pool"},
                       {"pool", "loop"},
                       {"empty", ""},
                       {"zero", std::string("a\0b", 3)},
                       {"own", "x"},
                       {"own/inner", "x"}};
  for (const char* path : {"absolute", "up", "web/up", "web/back", "sly", "chain", "below", "loop",
                           "pool", "empty", "zero", "own/inner"}) {
    INFO(path);
    CHECK_FALSE(StaysInside(links, path));
  }
  CHECK(StaysInside(links, "deep"));
}

}  // namespace
}  // namespace nmgr::git
