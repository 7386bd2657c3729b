// image --registry and --outdated, against stand-ins for Nomad and for a registry.
#include <catch2/catch.hpp>

#include "actions/lab.h"
#include "nmgr/base/base64.h"
#include "support/fake_registry.h"

namespace nmgr::testing {
namespace {

nlohmann::json ImagesOfRun(const NmgrResult& result) {
  INFO(result.out << result.err);
  const nlohmann::json document = nlohmann::json::parse(result.out, nullptr, false);
  REQUIRE(document.is_object());
  REQUIRE(document.contains("images"));
  return document["images"];
}

void WriteConfig(Lab& lab, const std::string& text) {
  lab.env["NMGR_CONFIG"] = lab.dir.Write("config.toml", text);
}

}  // namespace

TEST_CASE(
    "image --registry names newer tags of the same shape, and moved ones where that is known") {
  FakeRegistry registry;
  for (const char* tag : {"1.27.3", "1.28.0", "1.28.0-alpine", "1.29.0-rc1", "latest"}) {
    registry.Put("app", tag, 'a');
  }
  Lab lab;
  lab.Service("web", registry.host() + "/app:1.27.3");
  lab.Service("pinned", registry.host() + "/app:1.28.0@" + FakeRegistry::Digest('b'));
  lab.Service("fixed", registry.host() + "/app:1.28.0@" + FakeRegistry::Digest('a'));
  REQUIRE(lab.Run({"up", "all"}).exit_code == 0);
  const NmgrResult result = lab.Run({"image", "--registry", "all"});
  CHECK(result.exit_code == 0);
  const Words web = LinesWith(result.out, "*  web ");
  REQUIRE(web.size() == 1);
  CHECK(Mentions(web[0], "  unknown  1.28.0"));
  const Words pinned = LinesWith(result.out, "*  pinned ");
  REQUIRE(pinned.size() == 1);
  CHECK(Mentions(pinned[0], "  moved    -"));
  const Words fixed = LinesWith(result.out, "   fixed ");
  REQUIRE(fixed.size() == 1);
  CHECK(Mentions(fixed[0], "  same     -"));
  CHECK(result.err == "3 tasks: 1 tag has moved, 1 has a newer tag, of 1 not all is known\n");
  CHECK(lab.Run({"--detailed-exitcode", "image", "--registry", "all"}).exit_code == 2);
  CHECK(lab.Run({"--detailed-exitcode", "image", "--registry", "fixed"}).exit_code == 0);

  const NmgrResult outdated = lab.Run({"image", "--outdated", "all"});
  CHECK(outdated.exit_code == 0);
  CHECK_FALSE(Mentions(outdated.out, "fixed"));
  CHECK(Mentions(outdated.out, "pinned"));

  const nlohmann::json images = ImagesOfRun(lab.Run({"-o", "json", "image", "--registry", "web"}));
  REQUIRE(images.size() == 1);
  CHECK(images[0]["moved"] == "unknown");
  CHECK(images[0]["newer"] == nlohmann::json{"1.28.0"});
  CHECK(images[0]["newer_known"] == true);
  CHECK(images[0]["digest"] == FakeRegistry::Digest('a'));
  CHECK(images[0]["reference"] == registry.host() + "/app:1.27.3");
}

TEST_CASE("An image that was made after a start says in the first run that the tag has moved") {
  FakeRegistry registry;
  FakeRegistry store;
  registry.Put("app", "1.0.0", 'a');
  const std::string image = FakeRegistry::Digest('b');
  const std::string config = FakeRegistry::Digest('c');
  const auto manifest = [&](char mark) {
    return "GET /v2/app/manifests/" + FakeRegistry::Digest(mark) + " ";
  };
  registry.Answer(
      manifest('a'),
      Answer(200, R"({"manifests":[{"digest":")" + FakeRegistry::Digest('d') +
                      R"(","platform":{"os":"unknown","architecture":"unknown"}},{"digest":")" +
                      FakeRegistry::Digest('e') +
                      R"(","platform":{"os":"linux","architecture":"arm64"}},{"digest":")" + image +
                      R"(","platform":{"os":"linux","architecture":"amd64"}}]})"));
  registry.Answer(manifest('b'),
                  Answer(200, R"({"config":{"digest":")" + config + R"("},"layers":[]})"));
  const std::string blob = "GET /v2/app/blobs/" + config + " ";
  const bool new_image = GENERATE(true, false);
  const std::string created =
      Answer(200, new_image ? R"({"created":"2200-01-01T00:00:00.5Z"})"
                            : R"({"created":"2001-01-01T00:00:00Z","history":[[[]]]})");
  const bool elsewhere = GENERATE(true, false);
  if (elsewhere) {
    registry.Answer(blob, Answer(307, "", "text/plain",
                                 "Location: http://" + store.host() + "/blob?signed=x\r\n"));
    store.Answer("GET /blob?signed=x ", created);
  } else {
    registry.Answer(blob, created);
  }
  Lab lab;
  lab.Service("web", registry.host() + "/app:1.0.0");
  REQUIRE(lab.Run({"up", "all"}).exit_code == 0);
  for (int run = 0; run < 2; ++run) {
    const NmgrResult result = lab.Run({"-o", "json", "image", "--registry", "web"});
    CHECK(result.exit_code == 0);
    const nlohmann::json row = ImagesOfRun(result)[0];
    CHECK(row["moved"] == (new_image ? "likely" : "unknown"));
    CHECK(row["troubles"].empty());
    CHECK(registry.Asked(manifest('a')) == 1);
    CHECK(registry.Asked(manifest('b')) == 1);
  }
  CHECK(store.requests().size() == (elsewhere ? 1 : 0));
  for (const std::string& request : store.requests()) {
    CHECK_FALSE(Mentions(request, "Authorization"));
  }
}

TEST_CASE("Who holds the registry's bytes is sent no credentials, and may answer what he likes") {
  FakeRegistryOptions options;
  options.auth = GENERATE(RegistryAuth::kBasic, RegistryAuth::kToken);
  FakeRegistry registry(options);
  FakeRegistry store;
  registry.Put("app", "1.0.0", 'a');
  Lab lab;
  lab.dir.Write("docker/config.json", "{\"auths\":{\"" + registry.host() +
                                          "\":{\"username\":\"me\",\"password\":\"" +
                                          options.password + "\"}}}");
  lab.env["DOCKER_CONFIG"] = lab.dir.At("docker");
  lab.Service("web", registry.host() + "/app:1.0.0");
  REQUIRE(lab.Run({"up", "all"}).exit_code == 0);
  registry.Answer("GET /v2/app/manifests/",
                  Answer(200, R"({"config":{"digest":")" + FakeRegistry::Digest('c') + R"("}})"));
  registry.Answer("GET /v2/app/blobs/",
                  Answer(307, "", "text/plain", "Location: http://" + store.host() + "/b\r\n"));
  store.Answer("GET /b", GENERATE(Answer(200, std::string(100'000, '[')), Answer(500, "{}"),
                                  Answer(302, "", "text/plain", "Location: http://[::1]:1/\r\n"),
                                  Answer(200, R"({"created":7})")));
  const NmgrResult result = lab.Run({"-o", "json", "image", "--registry", "web"});
  CHECK(result.exit_code == 0);
  CHECK(ImagesOfRun(result)[0]["moved"] == "unknown");
  REQUIRE(store.requests().size() == 1);
  CHECK_FALSE(Mentions(store.requests()[0], "Authorization"));
}

TEST_CASE("A registry is asked once for what several jobs share") {
  FakeRegistry registry;
  registry.Put("app", "1.0.0", 'a');
  Lab lab;
  for (const char* id : {"one", "two", "three"}) lab.Service(id, registry.host() + "/app:1.0.0");
  CHECK(lab.Run({"image", "--registry", "all"}).exit_code == 0);
  CHECK(registry.Asked("HEAD /v2/app/manifests/1.0.0 ") == 1);
  CHECK(registry.Asked("GET /v2/app/tags/list") == 1);
  CHECK(registry.Asked("GET /v2/app/manifests") == 0);
  for (const std::string& request : registry.requests()) {
    if (!request.starts_with("HEAD")) continue;
    for (const char* type : {"oci.image.index.v1+json", "distribution.manifest.list.v2+json",
                             "oci.image.manifest.v1+json", "distribution.manifest.v2+json"}) {
      CHECK(Mentions(request, type));
    }
  }
}

TEST_CASE("Credentials come from the config file or the docker config, and are never shown") {
  const auto auth = GENERATE(RegistryAuth::kBasic, RegistryAuth::kToken);
  FakeRegistryOptions options;
  options.auth = auth;
  FakeRegistry registry(options);
  registry.Put("app", "1.0.0", 'a');
  registry.Put("app", "1.1.0", 'a');
  Lab lab;
  lab.Service("web", registry.host() + "/app:1.0.0");

  const NmgrResult refused = lab.Run({"image", "--registry", "web"});
  CHECK(refused.exit_code == 1);
  CHECK(Mentions(refused.err, registry.host() + "/app: the registry wants credentials"));
  CHECK(Mentions(refused.out, "unknown"));
  CHECK_FALSE(Mentions(refused.err, "up to date"));

  const Path password = lab.dir.Write("password", options.password + "\n");
  WriteConfig(lab, "[registry.\"" + registry.host() + "\"]\nusername = \"me\"\npassword_file = \"" +
                       password + "\"\n");
  const NmgrResult allowed = lab.Run({"-v", "image", "--registry", "web"});
  CHECK(allowed.exit_code == 0);
  CHECK(Mentions(allowed.out, "1.1.0"));
  CHECK_FALSE(Mentions(allowed.out + allowed.err, options.password));
  CHECK_FALSE(Mentions(allowed.out + allowed.err, "t0ken"));

  lab.env.erase("NMGR_CONFIG");
  lab.dir.Write("docker/config.json", "{\"auths\":{\"" + registry.host() +
                                          "\":{\"username\":\"me\",\"password\":\"" +
                                          options.password + "\"}}}");
  lab.env["DOCKER_CONFIG"] = lab.dir.At("docker");
  CHECK(lab.Run({"image", "--registry", "web"}).exit_code == 0);

  lab.dir.Write("docker/config.json", R"({"credsStore":"desktop"})");
  const NmgrResult store = lab.Run({"image", "--registry", "web"});
  CHECK(store.exit_code == 1);
  CHECK(Mentions(store.err, "docker-credential-desktop, which is not run"));

  WriteConfig(lab, "[registry.\"" + registry.host() + "\"]\nusername = \"me\"\npassword_file = \"" +
                       lab.dir.Write("wrong", "not-the-password") + "\"\n");
  const NmgrResult wrong = lab.Run({"image", "--registry", "web"});
  CHECK(wrong.exit_code == 1);
  CHECK(Mentions(wrong.err, "refuses"));
  CHECK_FALSE(Mentions(wrong.err, "not-the-password"));
}

TEST_CASE("An identity token of the docker config gets a token where tokens are given out") {
  FakeRegistryOptions options;
  options.auth = RegistryAuth::kToken;
  FakeRegistry registry(options);
  registry.Put("app", "1.0.0", 'a');
  registry.Put("app", "1.1.0", 'a');
  Lab lab;
  lab.Service("web", registry.host() + "/app:1.0.0");
  lab.env["DOCKER_CONFIG"] = lab.dir.MakeFolder("docker");
  const auto log_in = [&](const std::string& token) {
    // As `docker login` writes it.
    lab.dir.Write("docker/config.json", "{\"auths\":{\"" + registry.host() + "\":{\"auth\":\"" +
                                            EncodeBase64("00000000-0000-0000-0000-000000000000:") +
                                            "\",\"identitytoken\":\"" + token + "\"}}}");
  };
  log_in(options.identity_token);
  const NmgrResult allowed = lab.Run({"-v", "image", "--registry", "web"});
  INFO(allowed.err);
  CHECK(allowed.exit_code == 0);
  CHECK(Mentions(allowed.out, "1.1.0"));
  CHECK(registry.Asked("POST /token ") == 1);
  CHECK_FALSE(Mentions(allowed.out + allowed.err, options.identity_token));
  log_in("wr0ng-token-of-mine");
  const NmgrResult wrong = lab.Run({"-v", "image", "--registry", "web"});
  CHECK(wrong.exit_code == 1);
  CHECK(Mentions(wrong.err, "the registry refuses the identity token that is there"));
  CHECK_FALSE(Mentions(wrong.out + wrong.err, "wr0ng"));
}

TEST_CASE("A registry's certificate is taken where ca_file vouches for it, and only there") {
  FakeRegistryOptions options;
  options.auth = GENERATE(RegistryAuth::kNone, RegistryAuth::kToken);
  options.socket = Socket::kTls;
  FakeRegistry registry(options);
  registry.Put("app", "1.0.0", 'a');
  registry.Put("app", "1.1.0", 'a');
  Lab lab;
  lab.Service("web", registry.host() + "/app:1.0.0");
  const auto trust = [&](const Path& file) {
    WriteConfig(lab, "[registry.\"" + registry.host() + "\"]\nca_file = \"" + file +
                         "\"\nusername = \"me\"\npassword_file = \"" +
                         lab.dir.Write("password", options.password) + "\"\n");
  };
  trust(Certificate().certificate_file);
  const NmgrResult trusted = lab.Run({"image", "--registry", "web"});
  INFO(trusted.err);
  CHECK(trusted.exit_code == 0);
  CHECK(Mentions(trusted.out, "1.1.0"));
  const std::size_t asked = registry.requests().size();
  trust(NamelessCertificate().certificate_file);
  const NmgrResult foreign = lab.Run({"image", "--registry", "web"});
  CHECK(foreign.exit_code == 1);
  CHECK(Mentions(foreign.err, "certificate"));
  CHECK(Mentions(foreign.err, "ca_file in [registry.\"" + registry.host() + "\"]"));
  CHECK(registry.requests().size() == asked);
  for (const Path& file : {lab.dir.At("none.pem"), lab.dir.Write("empty.pem", "no certificate")}) {
    trust(file);
    const NmgrResult unusable = lab.Run({"image", "--registry", "web"});
    CHECK(unusable.exit_code == 78);
    CHECK(Mentions(unusable.err, "ca_file: "));
  }
  CHECK(registry.requests().size() == asked);
}

TEST_CASE("Credentials of one registry do not reach another") {
  FakeRegistry mine;
  FakeRegistryOptions options;
  options.auth = RegistryAuth::kBasic;
  FakeRegistry other(options);
  mine.Put("app", "1.0.0", 'a');
  Lab lab;
  lab.Service("web", mine.host() + "/app:1.0.0");
  lab.Service("far", other.host() + "/app:1.0.0");
  WriteConfig(lab, "[registry.\"" + mine.host() + "\"]\nusername = \"me\"\npassword_file = \"" +
                       lab.dir.Write("password", options.password) + "\"\n");
  CHECK(lab.Run({"image", "--registry", "all"}).exit_code == 1);
  REQUIRE(!other.requests().empty());
  for (const std::string& request : other.requests()) {
    CHECK_FALSE(Mentions(request, "Authorization"));
  }
  // Nor where nobody asks for them.
  for (const std::string& request : mine.requests()) {
    CHECK_FALSE(Mentions(request, "Authorization"));
  }
}

TEST_CASE("What a registry says that has had enough stands for the rest and is no false word") {
  FakeRegistry registry;
  registry.Put("app", "1.0.0", 'a');
  registry.Answer("HEAD",
                  Answer(429, R"({"errors":[{"code":"TOOMANYREQUESTS","message":"slow down"}]})",
                         "application/json", "Retry-After: 300\r\n"));
  Lab lab;
  lab.Service("one", registry.host() + "/app:1.0.0");
  lab.Service("two", registry.host() + "/other:1.0.0");
  const NmgrResult result = lab.Run({"image", "--outdated", "all"});
  CHECK(result.exit_code == 1);
  CHECK(result.out.empty());
  CHECK(Mentions(result.err, "has had enough questions for now (429)"));
  CHECK(Mentions(result.err, "again in 5m"));
  CHECK(Mentions(result.err, "of 2 not all is known"));
  CHECK(registry.Asked("HEAD") == 1);
  CHECK(registry.Asked("GET /v2/app") == 0);
}

TEST_CASE("Few pulls left end the questions") {
  FakeRegistry registry;
  registry.Put("app", "1.0.0", 'a');
  registry.Answer("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nDocker-Content-Digest: " +
                              FakeRegistry::Digest('a') +
                              "\r\nratelimit-limit: 100;w=21600\r\nratelimit-remaining: "
                              "3;w=21600\r\n\r\n");
  Lab lab;
  lab.Service("one", registry.host() + "/app:1.0.0");
  const NmgrResult result = lab.Run({"image", "--registry", "all"});
  CHECK(result.exit_code == 1);
  CHECK(Mentions(result.err, "3 pulls are left"));
  CHECK(Mentions(result.out, "unknown"));
  CHECK(registry.Asked("GET /v2/app/tags") == 0);
}

TEST_CASE("A registry that is not there or sends something else is unknown, never up to date") {
  Lab lab;
  SECTION("nobody listens") {
    lab.Service("web", "127.0.0.1:1/app:1.0.0");
    const NmgrResult result = lab.Run({"image", "--registry", "web"});
    CHECK(result.exit_code == 1);
    CHECK(Mentions(result.err, "the registry 127.0.0.1:1 cannot be asked: connection refused"));
    CHECK(Mentions(result.out, "unknown  unknown"));
  }
  SECTION("hostile answers") {
    FakeRegistry registry;
    registry.Put("app", "1.0.0", 'a');
    const std::string tags =
        GENERATE(std::string("{"), std::string("[]"), std::string(R"({"tags":[1]})"),
                 std::string(R"({"tags":{}})"), std::string("\x1b[2J"), std::string(5U << 20U, 'x'),
                 std::string(3U << 20U, '['));
    registry.Answer("GET /v2/app/tags", Answer(200, tags));
    lab.Service("web", registry.host() + "/app:1.0.0");
    const NmgrResult result = lab.Run({"-o", "json", "image", "--registry", "web"});
    CHECK(result.exit_code == 1);
    const nlohmann::json images = ImagesOfRun(result);
    CHECK(images[0]["newer_known"] == false);
    CHECK_FALSE(Mentions(result.err, "\x1b"));
  }
  SECTION("a page in the place of a manifest") {
    FakeRegistry registry;
    registry.Put("app", "latest", 'a');
    lab.Service("web", registry.host() + "/app:latest");
    REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
    const std::string page = "<html><title>Log in</title></html>";
    for (const char* method : {"HEAD", "GET"}) {
      registry.Answer(std::string(method) + " /v2/app/manifests", Answer(200, page, "text/html"));
    }
    for (int look = 0; look < 2; ++look) {
      const NmgrResult result = lab.Run({"image", "--registry", "web"});
      INFO(result.out << result.err);
      CHECK(result.exit_code == 1);
      CHECK(Mentions(result.err, "sends no manifest of latest"));
      CHECK_FALSE(Mentions(result.out, "moved"));
    }
  }
  SECTION("redirects are not followed") {
    FakeRegistry registry;
    FakeRegistry other;
    other.Put("app", "1.0.0", 'b');
    registry.Answer("HEAD",
                    Answer(307, "", "text/plain",
                           "Location: http://" + other.host() + "/v2/app/manifests/1.0.0\r\n"));
    lab.Service("web", registry.host() + "/app:1.0.0");
    const NmgrResult result = lab.Run({"image", "--registry", "web"});
    CHECK(result.exit_code == 1);
    CHECK(Mentions(result.err, "points somewhere else (307)"));
    CHECK(other.requests().empty());
  }
}

TEST_CASE("Lists of tags are read in pages on the same host alone, and not for ever") {
  FakeRegistryOptions options;
  options.page_size = 2;
  FakeRegistry registry(options);
  Lab lab;
  SECTION("to the end") {
    for (const char* tag : {"1.0.0", "1.1.0", "1.2.0", "1.3.0", "1.4.0"})
      registry.Put("app", tag, 'a');
    lab.Service("web", registry.host() + "/app:1.0.0");
    const auto images = ImagesOfRun(lab.Run({"-o", "json", "image", "--registry", "web"}));
    CHECK(images[0]["newer"] == nlohmann::json({"1.4.0", "1.3.0", "1.2.0", "1.1.0"}));
    CHECK(images[0]["newer_known"] == true);
  }
  SECTION("too many pages") {
    for (int i = 0; i < 60; ++i) registry.Put("app", "1." + std::to_string(100 + i) + ".0", 'a');
    lab.Service("web", registry.host() + "/app:1.100.0");
    const NmgrResult result = lab.Run({"image", "--registry", "web"});
    CHECK(registry.Asked("GET /v2/app/tags/list") == 10);
    CHECK(Mentions(result.out, "1.119.0 or newer"));
    CHECK(Mentions(result.err, "newer tags are not all known"));
  }
  SECTION("a page elsewhere") {
    FakeRegistry other;
    registry.Put("app", "1.0.0", 'a');
    registry.Answer("GET /v2/app/tags",
                    Answer(200, R"({"tags":["1.0.0"]})", "application/json",
                           "Link: <http://" + other.host() + "/v2/app/tags/list>; rel=next\r\n"));
    lab.Service("web", registry.host() + "/app:1.0.0");
    const NmgrResult result = lab.Run({"image", "--registry", "web"});
    CHECK(Mentions(result.out, "unknown  unknown"));
    CHECK(Mentions(result.err, "goes on at another host"));
    CHECK(other.requests().empty());
  }
  SECTION("a page that leads to itself") {
    registry.Put("app", "1.0.0", 'a');
    registry.Answer("GET /v2/app/tags",
                    Answer(200, R"({"tags":["1.0.0"]})", "application/json",
                           "Link: </v2/app/tags/list?last=x>; rel=\"next\"\r\n"));
    lab.Service("web", registry.host() + "/app:1.0.0");
    const NmgrResult result = lab.Run({"image", "--registry", "web"});
    CHECK(Mentions(result.out, "unknown  unknown"));
    CHECK(registry.Asked("GET /v2/app/tags/list") == 2);
  }
}

TEST_CASE("What no registry holds is passed over, and wrong settings are told with their place") {
  Lab lab;
  lab.Service("web", "/opt/images/app");
  const NmgrResult result = lab.Run({"image", "--registry", "web"});
  CHECK(result.exit_code == 0);
  CHECK(Mentions(result.out, "/opt/images/app  -    -"));
  WriteConfig(lab, "[registry.ghcr.io]\nusername = \"me\"\n");
  NmgrResult wrong = lab.Run({"image", "--registry", "web"});
  CHECK(wrong.exit_code == 78);
  CHECK(Mentions(wrong.err, "config.toml:2: username and password_file come together"));
  WriteConfig(lab, "[registry.\"ghcr.io\"]\npassword = \"s3same-open\"\n");
  wrong = lab.Run({"image", "--registry", "web"});
  CHECK(wrong.exit_code == 78);
  CHECK_FALSE(Mentions(wrong.err, "s3same"));
  WriteConfig(lab, "[registry.\"https://ghcr.io\"]\ninsecure = true\n");
  CHECK(Mentions(lab.Run({"image", "--registry", "web"}).err, "without a scheme"));
  lab.env.erase("NMGR_CONFIG");
  CHECK(lab.Run({"image", "--registry", "--unpinned", "web"}).exit_code == 64);
}

TEST_CASE("What a tag pointed at is remembered, so that a later run knows that it has moved") {
  FakeRegistry registry;
  registry.Put("app", "stable", 'a');
  Lab lab;
  lab.Service("web", registry.host() + "/app:stable");
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  const Words look = {"image", "--registry", "web"};
  CHECK(Mentions(lab.Run(look).out, "app:stable  unknown"));
  registry.Put("app", "stable", 'b');
  NmgrResult result = lab.Run({"-n", "image", "--registry", "web"});
  CHECK(Mentions(result.out, "app:stable  moved"));
  result = lab.Run({"--detailed-exitcode", "image", "--outdated", "web"});
  CHECK(result.exit_code == 2);
  CHECK(LinesWith(result.out, "*  web ").size() == 1);
  const nlohmann::json images = ImagesOfRun(lab.Run({"-o", "json", "image", "--registry", "web"}));
  CHECK(images[0]["moved"] == "certain");
  lab.dir.Write("state/nmgr/images.json", "nonsense");
  CHECK(Mentions(lab.Run(look).out, "app:stable  unknown"));
  REQUIRE(lab.Run({"down", "-p", "web"}).exit_code == 0);
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  result = lab.Run(look);
  CHECK(Mentions(result.out, "app:stable  likely same"));
  CHECK(result.exit_code == 0);
}

TEST_CASE("mutable_tags of the config file say which tags move") {
  Lab lab;
  lab.Service("web", "app:canary");
  lab.Service("api", "app:stable");
  CHECK(Mentions(lab.Run({"image", "--unpinned", "all"}).out, "app:stable"));
  WriteConfig(lab, "[general]\nmutable_tags = [\"canary\"]\n");
  const NmgrResult result = lab.Run({"image", "--unpinned", "all"});
  CHECK(Mentions(result.out, "app:canary"));
  CHECK_FALSE(Mentions(result.out, "app:stable"));
}

}  // namespace nmgr::testing
