#include <catch2/catch.hpp>

#include "jobspec/spec_support.h"

namespace nmgr::jobspec {
namespace {

// "GROUP/TASK IMAGE" of each image, as far as they are known.
std::vector<std::string> PartsOf(Trial&& trial) {
  const ParsedSpec parsed = trial.Parse();
  const PartialSpec partial =
      EvaluatePartly(parsed, SpecContext{&trial.variables, &trial.files, trial.home});
  std::vector<std::string> texts;
  for (const Image& image : partial.images) {
    CHECK(image.known == (image.image != kUnknownImage));
    texts.push_back(image.group + "/" + image.task + " " + image.image);
  }
  return texts;
}

using Texts = std::vector<std::string>;

std::string Task(const std::string& name, const std::string& image, const std::string& more = {}) {
  return "task \"" + name + "\" {\n driver = \"docker\"\n config {\n image = " + image + "\n}\n" +
         more + "}\n";
}

std::string InGroup(const std::string& body) {
  return "job \"x\" {\n group \"g\" {\n" + body + "}\n}\n";
}

}  // namespace

TEST_CASE("An image that hangs on nothing that is unset is known") {
  const std::string spec =
      "variable \"config\" { type = string }\nvariable \"tag\" { default = \"1.2\" }\n"
      "locals {\n  name = \"app\"\n  lost = var.config\n  both = "
      "\"${local.name}-${local.lost}\"\n}\n" +
      InGroup(Task("lit", "\"nginx:1\"", "template {\n data = var.config\n}\n") +
              Task("var", "\"${local.name}:${var.tag}\"") + Task("unset", "\"x:${var.config}\"") +
              Task("local", "local.lost") + Task("through", "local.both"));
  CHECK(PartsOf({spec}) ==
        Texts{"g/lit nginx:1", "g/var app:1.2", "g/unset ?", "g/local ?", "g/through ?"});
  Trial set{spec};
  set.variables.environment["config"] = "c";
  CHECK(PartsOf(std::move(set)) ==
        Texts{"g/lit nginx:1", "g/var app:1.2", "g/unset x:c", "g/local c", "g/through app-c"});
}

TEST_CASE("What is broken somewhere else hides no image") {
  CHECK(PartsOf({InGroup(Task("t", "\"a:1\"", "env {\n X = file(\"nowhere\")\n}\n"))}) ==
        Texts{"g/t a:1"});
  CHECK(PartsOf({InGroup(Task("t", "file(\"nowhere\")") + Task("u", "\"b:1\""))}) ==
        Texts{"g/t ?", "g/u b:1"});
  CHECK(PartsOf({"foo {}\n" + InGroup(Task("t", "\"a:1\""))}) == Texts{"g/t a:1"});
  CHECK(PartsOf({"locals {\n a = local.b\n b = local.a\n}\n" +
                 InGroup(Task("t", "\"a:1\"") + Task("u", "local.a"))}) ==
        Texts{"g/t a:1", "g/u ?"});
  CHECK(PartsOf({"locals {\n a = file(\"nowhere\")\n}\n" +
                 InGroup(Task("t", "try(local.a, \"a:1\")"))}) == Texts{"g/t ?"});
  CHECK(PartsOf({"variable \"n\" {\n type = number\n default = \"x\"\n}\n" +
                 InGroup(Task("t", "\"a:${var.n}\"") + Task("u", "\"b:1\""))}) ==
        Texts{"g/t ?", "g/u b:1"});
  CHECK(PartsOf({"variable \"v\" {\n default = \"bad\"\n validation {\n condition = var.v == "
                 "\"good\"\n error_message = \"No.\"\n }\n}\n" +
                 InGroup(Task("t", "\"a:${var.v}\"") + Task("u", "\"b:1\""))}) ==
        Texts{"g/t ?", "g/u b:1"});
  Trial missing{InGroup(Task("t", "\"a:1\""))};
  missing.variables.files = {"nowhere.vars"};
  CHECK(PartsOf(std::move(missing)) == Texts{"g/t a:1"});
  CHECK(PartsOf({InGroup(Task("t", "null") + Task("u", "\"b:1\""))}) == Texts{"g/u b:1"});
  CHECK(PartsOf({"job \"x\" {\n group \"g\" {\n"}).empty());
}

TEST_CASE("What a dynamic block makes out of an unknown list stands there once") {
  const std::string spec =
      "variable \"names\" { type = list(string) }\njob \"x\" {\n dynamic \"group\" {\n for_each = "
      "var.names\n labels = [\"g-${group.value}\"]\n content {\n" +
      Task("t", "\"a:1\"") + Task("u", "\"a:${group.value}\"") + "}\n}\n group \"last\" {\n" +
      Task("v", "\"b:1\"") + "}\n}\n";
  CHECK(PartsOf({spec}) == Texts{"?/t a:1", "?/u ?", "last/v b:1"});
  Trial set{spec};
  set.variables.flags = {{"names", "[\"one\", \"two\"]"}};
  CHECK(PartsOf(std::move(set)) ==
        Texts{"g-one/t a:1", "g-one/u a:one", "g-two/t a:1", "g-two/u a:two", "last/v b:1"});
  CHECK(PartsOf({"variable \"p\" {}\njob \"x\" {\n dynamic \"group\" {\n for_each = [\"a\", "
                 "\"b\"]\n labels = [\"${var.p}-${group.value}\"]\n content {\n" +
                 Task("t", "\"a:${group.value}\"") + "}\n}\n}\n"}) == Texts{"?/t a:a", "?/t a:b"});
}

TEST_CASE("Specs in JSON syntax are read as far as they go, too") {
  CHECK(PartsOf({R"({"variable": {"tag": {"type": "string"}}, "job": {"x": {"group": {"g": {
    "task": {"t": {"driver": "docker", "config": {"image": "a:${var.tag}"}},
             "u": {"driver": "docker", "config": [{"image": "b:1"}]}},
    "dynamic": {"task": {"for_each": "${var.tag}", "labels": ["${task.value}"],
                         "content": {"config": {"image": "c:1"}}}}}}}}})"}) ==
        Texts{"g/t ?", "g/u b:1", "g/? c:1"});
}

TEST_CASE("An image in sidecar_task belongs to the task that Nomad runs beside the service") {
  const auto images = [](const std::string& text) {
    Trial trial{text};
    const std::optional<JobSpec> spec = trial.Evaluate();
    REQUIRE(spec.has_value());
    return spec->images;
  };
  const std::string sidecar =
      "sidecar_task {\n driver = \"docker\"\n config {\n image = \"envoy:1\"\n}\n}\n";
  const auto service = [&](const std::string& name, const std::string& connect) {
    return "service {\n" + name + " port = \"1\"\n connect {\n" + connect + sidecar + "}\n}\n";
  };
  CHECK(images(InGroup(service(" name = \"api\"\n", "sidecar_service {}\n") +
                       Task("web", "\"nginx:1\""))) ==
        std::vector<Image>{{"g", "web", "nginx:1"},
                           {"g", "connect-proxy-api", "envoy:1", "connect-proxy:api"}});
  const auto kind = [&](const std::string& connect) {
    return images(InGroup(service(" name = \"api\"\n", connect))).at(0).kind;
  };
  CHECK(kind("gateway {\n mesh {}\n}\n") == "connect-mesh:api");
  CHECK(kind("gateway {\n proxy {}\n ingress {\n listener {}\n}\n}\n") == "connect-ingress:api");
  CHECK(kind("gateway {\n terminating {}\n}\n") == "connect-terminating:api");
  CHECK(images("job \"x\" {\n group \"g\" {\n service {\n name = \"api\"\n connect {\n "
               "sidecar_service {}\n sidecar_task {\n name = \"own\"\n config {\n image = "
               "\"envoy:1\"\n}\n}\n}\n}\n}\n}\n") ==
        std::vector<Image>{{"g", "own", "envoy:1", "connect-proxy:api"}});
  CHECK(images(InGroup(service("", "sidecar_service {}\n"))).at(0).kind == "connect-proxy:x-g");
  CHECK(images(InGroup(service(" name = \"${NOMAD_JOB_NAME}-${TASKGROUP}-api\"\n",
                               "sidecar_service {}\n")))
            .at(0)
            .task == "connect-proxy-x-g-api");
  CHECK(images(InGroup("service {\n name = \"api\"\n connect {\n sidecar_service {}\n sidecar_task "
                       "{\n resources {\n cpu = 1\n}\n}\n}\n}\n"))
            .empty());
  CHECK(images(R"({"job": {"x": {"group": {"g": {"service": [{"name": "api", "connect": [{
    "sidecar_service": {}, "sidecar_task": {"config": {"image": "envoy:1"}}}]}]}}}}})") ==
        std::vector<Image>{{"g", "connect-proxy-api", "envoy:1", "connect-proxy:api"}});
}

TEST_CASE("Tags that move") {
  const std::vector<std::string> moving = {"latest", "stable", "edge", "nightly",
                                           "main",   "master", "dev"};
  for (const char* pinned : {"nginx:1.27", "nginx@sha256:0123", "nginx:latest@sha256:0123",
                             "r.lan:5000/x/app:v1", "x:main-0a1b2c3", "x:nightly-20240101",
                             "docker-archive:/images/x.tar", "/images/x", "https://x/y.tar", ""}) {
    INFO(pinned);
    CHECK(MovingTag(pinned, moving).empty());
  }
  CHECK(MovingTag("nginx", moving) == "latest");
  CHECK(MovingTag("registry.lan:5000/x/app", moving) == "latest");
  CHECK(MovingTag("registry.lan:5000/x/app:edge", moving) == "edge");
  CHECK(MovingTag("docker://docker.io/x/app", moving) == "latest");
  CHECK(MovingTag("x:latest-alpine", moving) == "latest-alpine");
  for (const char* tag : {"latest", "stable", "nightly", "main", "master", "dev"}) {
    CHECK(MovingTag(std::string("x:") + tag, moving) == tag);
  }
  CHECK(MovingTag("x:${NOMAD_META_TAG}", moving) == "${NOMAD_META_TAG}");
  CHECK(MovingTag("${meta.connect.sidecar_image}", moving) == "${meta.connect.sidecar_image}");
  CHECK(MovingTag("${NOMAD_META_REGISTRY}/app:1.2", moving).empty());
  CHECK(MovingTag("x:canary", {"canary"}) == "canary");
  CHECK(MovingTag("x:latest-alpine", {"canary"}).empty());
  CHECK(MovingTag("x", {}) == "latest");
}

TEST_CASE("A header that hangs on nothing that is unset is known") {
  Trial trial{
      "variable \"ns\" { default = \"apps\" }\nvariable \"unset\" {}\njob \"x\" {\n "
      "namespace = var.ns\n region = \"r-${var.ns}\"\n}\n"};
  const ParsedSpec parsed = trial.Parse();
  CHECK(trial.diagnostics.empty());
  CHECK(parsed.header.name_space == "apps");
  CHECK(parsed.header.region == "r-apps");
  Trial hangs{"variable \"unset\" {}\njob \"x\" {\n namespace = var.unset\n}\n"};
  hangs.Parse();
  CHECK(hangs.FirstError() == "1:1 Unset variable \"unset\"");
}

}  // namespace nmgr::jobspec
