#include "nmgr/rollout/images.h"

#include <algorithm>
#include <catch2/catch.hpp>

namespace nmgr::rollout {
namespace {

using Images = std::vector<jobspec::Image>;

nomad::Job Live(std::vector<nomad::TaskImage> tasks) {
  nomad::Job job;
  job.tasks = std::move(tasks);
  return job;
}

}  // namespace

TEST_CASE("The listing of the original's README") {
  const Images spec = {{"nextcloud", "nextcloud", "docker.io/nextcloud:30.0.5-apache"},
                       {"nextcloud", "collabora", "docker.io/collabora/code:24.04.12.1.1"},
                       {"nextcloud", "valkey", "docker.io/valkey/valkey:8.0-alpine"}};
  const nomad::Job live =
      Live({{"nextcloud", "nextcloud", "docker.io/nextcloud:30.0.4-apache", ""},
            {"nextcloud", "collabora", "docker.io/collabora/code:24.04.12.2.1", ""},
            {"nextcloud", "valkey", "docker.io/valkey/valkey:7.2-alpine", ""}});
  CHECK(FormatImageListing(spec, &live) ==
        "Live images:\n"
        "nextcloud = \"docker.io/nextcloud:30.0.4-apache\"\n"
        "collabora = \"docker.io/collabora/code:24.04.12.2.1\"\n"
        "valkey    = \"docker.io/valkey/valkey:7.2-alpine\"\n"
        "\n"
        "Spec images:\n"
        "nextcloud = \"docker.io/nextcloud:30.0.5-apache\"\n"
        "collabora = \"docker.io/collabora/code:24.04.12.1.1\"\n"
        "valkey    = \"docker.io/valkey/valkey:8.0-alpine\"\n");
  CHECK(FormatImageListing({{"web", "web", "nginx:1"}}, nullptr) ==
        "Live images:\n(not registered)\n\nSpec images:\nweb = \"nginx:1\"\n");
  CHECK(FormatImageListing({}, nullptr) == "Live images:\n(not registered)\n\nSpec images:\n");
}

TEST_CASE("A task name that occurs twice is shown with its group") {
  const Images spec = {{"a", "server", "x:1"}, {"b", "server", "x:1"}, {"b", "cache", "y:1"}};
  const nomad::Job live = Live({{"a", "server", "x:1", ""}});
  CHECK(FormatImageListing(spec, &live) ==
        "Live images:\n"
        "a/server = \"x:1\"\n"
        "\n"
        "Spec images:\n"
        "a/server = \"x:1\"\n"
        "b/server = \"x:1\"\n"
        "cache    = \"y:1\"\n");
}

TEST_CASE("What Nomad injects is neither listed nor compared") {
  const Images spec = {{"api", "api", "api:2"}};
  const nomad::Job live = Live({
      {"api", "api", "api:2", ""},
      {"api", "connect-proxy-api", "${meta.connect.sidecar_image}", "connect-proxy:api"},
      {"gw", "connect-ingress-gw", "${meta.connect.gateway_image}", "connect-ingress:gw"},
      {"gw", "connect-terminating-gw", "${meta.connect.gateway_image}", "connect-terminating:gw"},
      {"gw", "connect-mesh-gw", "${meta.connect.gateway_image}", "connect-mesh:gw"},
      {"api", "native", "mine:1", "connect-native:api"},
      {"api", "shell", "", ""},
  });
  CHECK(LiveImages(spec, live) == Images{{"api", "api", "api:2"}, {"api", "native", "mine:1"}});
  CHECK(CompareImages({{"api", "api", "api:2"}, {"api", "native", "mine:1"}}, live).empty());

  SECTION("unless the spec gives the sidecar an image") {
    const Images named = {{"api", "api", "api:2"},
                          {"api", "native", "mine:1"},
                          {"api", "connect-proxy-api", "envoy:9", "connect-proxy:api"}};
    CHECK(LiveImages(named, live).size() == 3);
    CHECK(CompareImages(named, live) ==
          std::vector<ImageChange>{
              {"api", "connect-proxy-api", "${meta.connect.sidecar_image}", "envoy:9"}});
  }
}

TEST_CASE("An injected task is known by its kind, whatever Nomad calls it") {
  const Images spec = {{"g", "connect-proxy-api", "envoy:2", "connect-proxy:api"}};
  const nomad::Job live = Live({{"g", "connect-proxy-api", "mine:1", ""},
                                {"g", "connect-proxy-api-1a2b3c", "envoy:1", "connect-proxy:api"}});
  CHECK(CompareImages(spec, live) ==
        std::vector<ImageChange>{{"g", "connect-proxy-api", "envoy:1", "envoy:2"},
                                 {"g", "connect-proxy-api", "mine:1", ""}});
  CHECK(CompareImages({}, Live({{"g", "connect-proxy-api", "envoy:1", "connect-proxy:api"}})) ==
        std::vector<ImageChange>{{"g", "connect-proxy-api", "envoy:1", ""}});
}

TEST_CASE("An image that is not known differs from none") {
  const Images spec = {{"g", "t", "?", "", false}};
  CHECK(CompareImages(spec, Live({{"g", "t", "x:1", ""}})).empty());
}

TEST_CASE("Images are compared by group and task, in any order") {
  Images spec = {{"a", "t", "x:1"}, {"b", "t", "y:1"}, {"b", "u", "z:1"}};
  std::vector<nomad::TaskImage> tasks = {
      {"a", "t", "x:1", ""}, {"b", "t", "y:1", ""}, {"b", "u", "z:1", ""}};
  std::sort(tasks.begin(), tasks.end(),
            [](const auto& a, const auto& b) { return a.image < b.image; });
  int permutations = 0;
  do {
    CHECK(CompareImages(spec, Live(tasks)).empty());
    ++permutations;
  } while (std::next_permutation(tasks.begin(), tasks.end(),
                                 [](const auto& a, const auto& b) { return a.image < b.image; }));
  CHECK(permutations == 6);

  SECTION("swapped between groups is a change of both") {
    spec[0].image = "y:1";
    spec[1].image = "x:1";
    CHECK(CompareImages(spec, Live(tasks)).size() == 2);
  }
  SECTION("a task that is not there yet") {
    spec.push_back({"c", "new", "n:1"});
    CHECK(CompareImages(spec, Live(tasks)) == std::vector<ImageChange>{{"c", "new", "", "n:1"}});
    const TaskNames names(spec, {});
    CHECK(DescribeImageChanges(CompareImages(spec, Live(tasks)), names) ==
          "image of new: (none) -> n:1");
  }
  SECTION("a live task that the spec does not have any more") {
    tasks.push_back({"old", "old", "o:1", ""});
    CHECK(CompareImages(spec, Live(tasks)) == std::vector<ImageChange>{{"old", "old", "o:1", ""}});
    CHECK(DescribeImageChanges(CompareImages(spec, Live(tasks)), TaskNames(spec, {})) ==
          "image of old: o:1 -> (none)");
  }
}

TEST_CASE("Every single changed image is seen, and nothing else") {
  for (unsigned changed = 0; changed < 16; ++changed) {
    Images spec;
    std::vector<nomad::TaskImage> tasks;
    std::vector<ImageChange> expected;
    for (unsigned i = 0; i < 4; ++i) {
      const std::string group = i < 2 ? "a" : "b";
      const std::string task = "t" + std::to_string(i % 2);
      const std::string live = "x:" + std::to_string(i);
      const std::string wanted = (changed >> i & 1U) != 0 ? live + "-new" : live;
      spec.push_back({group, task, wanted});
      tasks.push_back({group, task, live, ""});
      if (wanted != live) expected.push_back({group, task, live, wanted});
    }
    CHECK(CompareImages(spec, Live(tasks)) == expected);
  }
}

TEST_CASE("Quotes in an image do not break the listing") {
  CHECK(FormatImages({{"g", "t", "a\"b\\c"}}, TaskNames({}, {})) == "t = \"a\\\"b\\\\c\"\n");
}

}  // namespace nmgr::rollout
