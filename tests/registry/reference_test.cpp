#include "nmgr/registry/reference.h"

#include <catch2/catch.hpp>

#include "nmgr/registry/tags.h"

using namespace nmgr::registry;

namespace {

const std::string kDigest = "sha256:" + std::string(64, 'a');

struct Row {
  std::string text;
  std::string host;
  std::string repository;
  std::string tag;
  std::string digest;
};

}  // namespace

TEST_CASE("image references are taken apart as an engine does it") {
  const Row rows[] = {
      {"nginx", "docker.io", "library/nginx", "latest", ""},
      {"nginx:1.27", "docker.io", "library/nginx", "1.27", ""},
      {"docker.io/nginx:1.27", "docker.io", "library/nginx", "1.27", ""},
      {"index.docker.io/grafana/loki", "docker.io", "grafana/loki", "latest", ""},
      {"grafana/loki:3.0.0", "docker.io", "grafana/loki", "3.0.0", ""},
      {"docker://GHCR.io/a/b/c:v1", "ghcr.io", "a/b/c", "v1", ""},
      {"localhost/app", "localhost", "app", "latest", ""},
      {"registry.lan:5000/app:2", "registry.lan:5000", "app", "2", ""},
      {"[::1]:5000/app:2", "[::1]:5000", "app", "2", ""},
      {"app@" + kDigest, "docker.io", "library/app", "", kDigest},
      {"quay.io/x/app:1@" + kDigest, "quay.io", "x/app", "1", kDigest},
  };
  for (const Row& row : rows) {
    INFO(row.text);
    const auto reference = ParseReference(row.text);
    REQUIRE(reference);
    CHECK(reference->host == row.host);
    CHECK(reference->repository == row.repository);
    CHECK(reference->tag == row.tag);
    CHECK(reference->digest == row.digest);
  }
  CHECK(ParseReference("nginx")->ApiHost() == "registry-1.docker.io");
  CHECK(ParseReference("nginx:1@" + kDigest)->Name() == "docker.io/library/nginx:1");
  CHECK(ParseReference("127.0.0.1:5000/x")->IsLoopback());
  CHECK_FALSE(ParseReference("127.example.com/x")->IsLoopback());
}

TEST_CASE("the longest name is that of what is asked for, library/ included") {
  CHECK(ParseReference(std::string(247, 'a')));
  CHECK_FALSE(ParseReference(std::string(248, 'a')));
  CHECK(ParseReference("x.org/" + std::string(255, 'a')));
  CHECK_FALSE(ParseReference("x.org/" + std::string(256, 'a')));
}

TEST_CASE("what names no image of a registry is no reference") {
  for (const char* text : {"",
                           "[::1]1]:5000/app",
                           "[::1].example.org]:5000/app",
                           "[::1]example.org/app",
                           "[1.2.3.4]/app",
                           "[]:5000/app",
                           "::1:5000/app",
                           "x.org:/app",
                           "x.org:65536/app",
                           "a_b.org/app",
                           "/opt/app",
                           "./app",
                           "docker-archive:/x.tar",
                           "oci:/x",
                           "https://x/y",
                           "app:${TAG}",
                           "App",
                           "app:",
                           "app:-x",
                           "a//b",
                           "app@sha256:12",
                           "x.lan:/app",
                           "x.lan:70000000/app",
                           "a b",
                           "app:1\nHost: x",
                           "x.lan/../v2",
                           "x.lan/a..b",
                           "x.lan/%2e",
                           "me@host/x"}) {
    INFO(text);
    CHECK_FALSE(ParseReference(text));
  }
}

TEST_CASE("a number is taken off the front of a tag, of any that a version can have") {
  std::string_view text = "012.3-alpine";
  CHECK(TakeTagNumber(text) == 12U);
  CHECK(text == ".3-alpine");
  CHECK_FALSE(TakeTagNumber(text));
  CHECK(text == ".3-alpine");
  text = "999999999999999999";
  CHECK(TakeTagNumber(text) == 999999999999999999U);
  text = "1000000000000000000";
  CHECK_FALSE(TakeTagNumber(text));
  CHECK(text.size() == 19);
}

TEST_CASE("newer tags are of the same shape") {
  using Tags = std::vector<std::string>;
  const Tags tags = {"1.27.3", "1.28.0", "1.27.10",    "1.28",         "1.29.0-rc1",    "latest",
                     "1",      "2.0.0",  "v3.0.0",     "1.27",         "1.28.0-alpine", "1.27.3",
                     "2.0.0",  "1.9.9",  "2024.12.01", "1.28.0-alpine"};
  CHECK(NewerTags("1.27.3", tags) == Tags{"2.0.0", "1.28.0", "1.27.10"});
  CHECK(NewerTags("1.27", tags) == Tags{"1.28"});
  CHECK(NewerTags("1.27.3-alpine", tags) == Tags{"1.28.0-alpine"});
  CHECK(NewerTags("v2.9.9", tags) == Tags{"v3.0.0"});
  CHECK(NewerTags("latest", tags).empty());
  CHECK(NewerTags("2.0.0", tags).empty());
  CHECK(NewerTags("2024.1.1", {"2024.12.01", "2025.1.1-dev"}) == Tags{"2024.12.01"});
  CHECK(NewerTags("16", {"17", "20240101"}) == Tags{"17"});
  CHECK(NewerTags("1.0-alpine3.19", {"1.0-alpine3.20", "1.0-alpine"}) == Tags{"1.0-alpine3.20"});
  CHECK(NewerTags("1", {"9999999999999999999999999999", ""}).empty());
}
