#include "nmgr/sync/source.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <string>
#include <vector>

namespace nmgr::sync {
namespace {

Source SourceWith(std::string url) {
  Source source;
  source.name = "homelab";
  source.place = "config.toml:1";
  source.url = std::move(url);
  return source;
}

std::string Fault(const Source& source, const ServeConfig& config = {}) {
  const auto checked = Check(source, config);
  return checked ? "" : checked.error().message;
}

bool Has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

ServeConfig OpenToVariables() {
  ServeConfig config;
  config.serve.variable_sources.hosts = {"git.example.org"};
  config.serve.variable_sources.namespaces = {"media"};
  config.serve.variable_sources.credentials = {"forge"};
  config.credentials["forge"].host = "git.example.org";
  config.credentials["other"].host = "git.example.org";
  return config;
}

std::string ItemsFault(const std::map<std::string, std::string>& items,
                       const ServeConfig& config = OpenToVariables()) {
  const auto source = SourceFromItems("added", items, config);
  return source ? "" : source.error().message;
}

}  // namespace

TEST_CASE("URLs that git may be given, and those that it may not") {
  for (const char* url : {"https://git.example.org/a.git", "ssh://git@host:2222/a",
                          "git@host:a/b.git", "file:///srv/a", "http://10.0.0.1/a"}) {
    INFO(url);
    CHECK(Fault(SourceWith(url)).empty());
  }
  for (const char* url :
       {"", "--upload-pack=touch /tmp/x", "ext::sh -c id", "/srv/a", "../a", "ftp://a/b",
        "https://", "ssh://-oProxyCommand=x/a", "-oProxyCommand=x:a", "https://me:pw@host/a",
        "https://token@host/a", "https://a b/c", "https://host/\n"}) {
    INFO(url);
    CHECK_FALSE(Fault(SourceWith(url)).empty());
  }
  CHECK_FALSE(Has(Fault(SourceWith("https://me:hunter2@host/a")), "hunter2"));
}

TEST_CASE("branches, tags and commits") {
  Source source = SourceWith("https://host/a");
  CHECK(source.FullRef() == "refs/heads/main");
  source.ref_kind = RefKind::kTag;
  source.ref = "v1";
  CHECK(source.FullRef() == "refs/tags/v1");
  for (const char* ref : {"-x", "a..b", "a b", "a~1", "a:b", "/a", "a/", "x.lock", "a@{1}"}) {
    source.ref = ref;
    INFO(ref);
    CHECK(Has(Fault(source), "no name of a branch or tag"));
  }
  source.ref_kind = RefKind::kCommit;
  source.ref = "abc";
  CHECK(Has(Fault(source), "40"));
  source.ref = std::string(40, 'a');
  CHECK(Fault(source).empty());
  source.refs_given = 2;
  CHECK(Has(Fault(source), "not several"));
}

TEST_CASE("a credential goes to its own host and to no other") {
  ServeConfig config;
  config.credentials["forge"].host = "git.example.org";
  Source source = SourceWith("https://git.example.org/a");
  source.credential = "forge";
  CHECK(Fault(source, config).empty());
  source.url = "https://git.example.org.evil.net/a";
  CHECK(Has(Fault(source, config), "git.example.org alone"));
  source.url = "https://git.example.org:8443/a";
  CHECK_FALSE(Fault(source, config).empty());
  source.credential = "forg";
  CHECK(Has(Fault(source, config), "Did you mean \"forge\"?"));
}

TEST_CASE("hosts of URLs, as credentials and [serve.variable_sources] name them") {
  CHECK(HostOf("https://Git.Example.org:8443/a") == "git.example.org:8443");
  CHECK(HostOf("git@host:a/b") == "host");
  CHECK(HostOf("git@[::1]:a/b") == "[::1]");
  CHECK(HostOf("file:///srv/a").empty());
  CHECK(HostOf("https://allowed.example.org@evil.example.org/a").empty());
}

TEST_CASE("a source in a variable has the keys of the config file, and names no path") {
  const std::map<std::string, std::string> items = {{"url", "https://git.example.org/a"},
                                                    {"branch", "lab"},
                                                    {"interval", "5m"},
                                                    {"namespaces", "media"},
                                                    {"drift", "repair"},
                                                    {"credential", "forge"},
                                                    {"prune", "true"},
                                                    {"include", "a/*.hcl, b/*.hcl"}};
  const auto source = SourceFromItems("added", items, OpenToVariables());
  REQUIRE(source);
  CHECK(source->FullRef() == "refs/heads/lab");
  CHECK(source->interval == Duration(300'000));
  CHECK(source->drift == Drift::kRepair);
  CHECK(source->prune);
  CHECK(source->include == std::vector<std::string>{"a/*.hcl", "b/*.hcl"});
  CHECK(source->from_variable);

  const auto with = [&](const std::string& key, const std::string& value) {
    auto changed = items;
    changed[key] = value;
    return ItemsFault(changed);
  };
  for (const char* key : {"overlay", "var_file", "allow_paths", "allowed_signers"}) {
    INFO(key);
    CHECK(Has(with(key, "/secrets/nomad_token"), "is a path"));
  }
  CHECK(Has(with("url", "file:///srv/a"), "path"));
  CHECK(Has(with("url", "https://evil.net/a"), "evil.net"));
  CHECK(Has(with("credential", "other"), "other"));
  CHECK(Has(with("namespaces", "media,default"), "default"));
  CHECK(Has(with("namespaces", ""), "must name"));
  CHECK(Has(with("self", "true"), "self"));
  CHECK(Has(with("brunch", "x"), "Did you mean \"branch\"?"));
  CHECK(Has(with("interval", "soon"), "interval"));
  CHECK_FALSE(ItemsFault(items, ServeConfig{}).empty());
}

TEST_CASE("every key of a source has another name, and takes no value of a wrong kind") {
  std::vector<std::string_view> names;
  for (const KeyRow<Source>& row : SourceKeys()) {
    INFO(row.name);
    CHECK(std::find(names.begin(), names.end(), row.name) == names.end());
    names.push_back(row.name);
    Source source;
    CHECK_FALSE((row.set(RawValue(true), source) && row.set(RawValue(std::int64_t{5}), source)));
  }
}

}  // namespace nmgr::sync
