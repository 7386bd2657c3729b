#include <catch2/catch.hpp>
#include <string>

#include "fake_nomad/job_spec.h"
#include "fake_nomad/route_driver.h"

namespace nmgr::fake {
namespace {

constexpr const char* kSpec = R"(
job "web" {
  priority = 60
  constraint {
    attribute = "$${attr.kernel.name}"
    value = "linux"
  }
  group "app" {
    network {
      port "http" {
        to = 80
      }
    }
    task "server" {
      driver = "docker"
      config {
        image = "web:1"
        ports = ["http"]
      }
      env {
        A = "1"
      }
      template {
        data = "one\ntwo\n"
        destination = "local/a.txt"
      }
      service {
        name = "web"
        port = "http"
        tags = ["a", "b"]
      }
      resources {
        memory = 100
      }
    }
  }
}
)";

std::string Replaced(const std::string& from, const std::string& to) {
  std::string text = kSpec;
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

Json Spec(const std::string& text) {
  std::string error;
  Json job = ReadJobSpec(text, error);
  REQUIRE(error == "");
  return job;
}

// The plan of the changed spec, with the first one registered.
Json PlanOf(const std::string& from, const std::string& to) {
  RouteDriver nomad;
  nomad.Register(Spec(kSpec));
  nomad.Settle();
  return nomad.Plan(Spec(Replaced(from, to)));
}

const Json& Named(const Json& list, const std::string& name) {
  static const Json kNone;
  for (const Json& item : list) {
    if (Text(item, "Name") == name) return item;
  }
  return kNone;
}

TEST_CASE("the plan of an unchanged job is None") {
  RouteDriver nomad;
  nomad.Register(Spec(kSpec));
  nomad.Settle();
  const Json plan = nomad.Plan(Spec(kSpec));
  CHECK(Text(plan["Diff"], "Type") == "None");
  CHECK(plan["Annotations"]["DesiredTGUpdates"]["app"]["Ignore"] == 1);
  CHECK(plan["JobModifyIndex"] == nomad.Get("/v1/job/web")["JobModifyIndex"]);
  nomad.Register(nomad.Get("/v1/job/web"));
  CHECK(Text(nomad.Plan(nomad.Get("/v1/job/web"))["Diff"], "Type") == "None");
}

TEST_CASE("a plan changes nothing") {
  RouteDriver nomad;
  const std::uint64_t before = nomad.cluster().store().index();
  const Json plan = nomad.Plan(Spec(kSpec));
  CHECK(Text(plan["Diff"], "Type") == "Added");
  CHECK(nomad.cluster().store().index() == before);
  CHECK(nomad.Ask("GET", "/v1/job/web").status == 404);
}

TEST_CASE("an image is an edited field of the task's config") {
  const Json plan = PlanOf("web:1", "web:2");
  const Json& task = Named(Named(plan["Diff"]["TaskGroups"], "app")["Tasks"], "server");
  CHECK(Text(task, "Type") == "Edited");
  CHECK(task["Annotations"] == Json{"forces create/destroy update"});
  const Json& image = Named(Named(task["Objects"], "Config")["Fields"], "image");
  CHECK(Text(image, "Old") == "web:1");
  CHECK(Text(image, "New") == "web:2");
  CHECK(Text(image, "Type") == "Edited");
  CHECK(plan["Annotations"]["DesiredTGUpdates"]["app"]["DestructiveUpdate"] == 1);
}

TEST_CASE("a changed template shows both texts") {
  const Json plan = PlanOf("one\\ntwo", "one\\nthree");
  const Json& task = Named(plan["Diff"]["TaskGroups"][0]["Tasks"], "server");
  const Json& data = Named(Named(task["Objects"], "Template")["Fields"], "EmbeddedTmpl");
  CHECK(Text(data, "Old") == "one\ntwo\n");
  CHECK(Text(data, "New") == "one\nthree\n");
}

TEST_CASE("changes that need no new allocation are made in place") {
  for (const auto& [from, to] : {std::pair{"priority = 60", "priority = 70"},
                                 {"[\"a\", \"b\"]", "[\"c\"]"},
                                 {"\"linux\"", "\"windows\""}}) {
    const Json plan = PlanOf(from, to);
    INFO(to);
    CHECK(Text(plan["Diff"], "Type") == "Edited");
    CHECK(plan["Annotations"]["DesiredTGUpdates"]["app"]["InPlaceUpdate"] == 1);
  }
}

TEST_CASE("a changed port replaces the network and the allocation") {
  const Json plan = PlanOf("to = 80", "to = 81");
  const Json& group = plan["Diff"]["TaskGroups"][0];
  CHECK(plan["Annotations"]["DesiredTGUpdates"]["app"]["DestructiveUpdate"] == 1);
  REQUIRE(group["Objects"].size() == 2);
  CHECK(Text(group["Objects"][0], "Type") == "Added");
  CHECK(Text(group["Objects"][1], "Type") == "Deleted");
  CHECK(Text(group["Objects"][0]["Objects"][0], "Name") == "Dynamic Port");
}

TEST_CASE("a group that goes is deleted and its allocations stop") {
  const Json plan = PlanOf("group \"app\"", "group \"other\"");
  CHECK(Text(Named(plan["Diff"]["TaskGroups"], "app"), "Type") == "Deleted");
  CHECK(Text(Named(plan["Diff"]["TaskGroups"], "other"), "Type") == "Added");
  CHECK(plan["Annotations"]["DesiredTGUpdates"]["app"]["Stop"] == 1);
  CHECK(plan["Annotations"]["DesiredTGUpdates"]["other"]["Place"] == 1);
}

TEST_CASE("what the server cannot accept is refused with its reasons") {
  RouteDriver nomad;
  Json job = SmallJob("web");
  job["TaskGroups"][0]["Tasks"] = Json::array();
  const Answer answer = nomad.Register(job);
  CHECK(answer.status == 500);
  CHECK(answer.text ==
        "1 error occurred:\n\t* Task group app validation failed: 1 error occurred:\n\t* Missing "
        "tasks for task "
        "group\n\n\n\n");
  CHECK(nomad.Post("/v1/job/other/plan", {{"Job", job}}).text == "Job ID does not match");
}

}  // namespace
}  // namespace nmgr::fake
