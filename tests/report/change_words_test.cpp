#include "nmgr/report/change_words.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace nmgr::report {
namespace {

using Words = std::vector<std::string>;
using nlohmann::json;

json Field(const char* name, const char* before, const char* after) {
  return {{"Name", name}, {"Old", before}, {"New", after}, {"Type", "Edited"}};
}

}  // namespace

TEST_CASE("Changes are named as a spec names them, with values that are nobody's secret") {
  const json task = {
      {"Name", "web"},
      {"Type", "Edited"},
      {"Fields",
       {Field("Env[DB_PORT]", "5432", "5433"), Field("KillTimeout", "5000000000", "9000000000")}},
      {"Objects",
       {{{"Name", "Config"},
         {"Type", "Edited"},
         {"Fields",
          {Field("args[0]", "--password=a", "--password=b"), Field("args[1]", "x", "y"),
           Field("image", "nginx:1", "nginx:2")}}}}}};
  const json diff = {{"Type", "Edited"},
                     {"Fields", {Field("Priority", "50", "70")}},
                     {"TaskGroups",
                      {{{"Name", "g"},
                        {"Type", "Edited"},
                        {"Fields", {Field("Count", "3", "1")}},
                        {"Tasks", {task}}},
                       {{"Name", "db"}, {"Type", "Added"}, {"Fields", {Field("Count", "", "1")}}},
                       {{"Name", "same"}, {"Type", "None"}}}}};
  CHECK(ChangesIn(diff, false) == Words{"priority 50 -> 70", "count 3 -> 1", "env.DB_PORT",
                                        "kill_timeout 5s -> 9s", "args", "+ group db"});
  CHECK(ChangesIn(diff, true).size() == 7);
  CHECK(ChangesIn(json::object(), true).empty());
}

TEST_CASE("Long lists are cut and counted") {
  CHECK(ShortList({"a", "b"}) == "a, b");
  CHECK(ShortList({"a", "b", "c", "d"}, 2) == "a, b and 2 more");
}

TEST_CASE("Of an image only what changed is shown") {
  CHECK(ImageChangeWords("ghcr.io/immich-app/immich-server:v1.124.2",
                         "ghcr.io/immich-app/immich-server:v1.125.0") ==
        "immich-server v1.124.2 -> v1.125.0");
  CHECK(ImageChangeWords("nginx", "nginx:1.28") == "nginx (no tag) -> 1.28");
  CHECK(ImageChangeWords("host:5000/web", "host:5000/web:2") == "web (no tag) -> 2");
  CHECK(
      ImageChangeWords("a/web:1@sha256:0123456789abcdef0123", "a/web:2@sha256:abcdef0123456789") ==
      "web 1@sha256:0123456789ab -> 2@sha256:abcdef012345");
  CHECK(ImageChangeWords("docker.io/web:1", "ghcr.io/web:1") == "docker.io/web:1 -> ghcr.io/web:1");
  CHECK(ImageChangeWords("", "web:1") == "+ web:1");
  CHECK(ImageChangeWords("web:1", "") == "- web:1");
}

}  // namespace nmgr::report
