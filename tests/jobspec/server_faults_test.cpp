// What a server finds in the flat text is shown in the author's.
#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "jobspec/spec_support.h"
#include "nmgr/base/text.h"

using namespace nmgr;
using namespace nmgr::jobspec;

namespace {

constexpr const char* kText = R"(
locals {
  ports = ["a", "b"]
}

job "mail" {
  # a comment, and a template of several lines
  meta {
    x = "1"
  }
  group "main" {
    dynamic "network" {
      for_each = local.ports
      content {
        mode = network.value
      }
    }
    task "server" {
      template {
        data = <<EOT
line 1
line 2
EOT
      }
      lifecycle {
        sidecar = true
      }
    }
  }
}
)";

// 1-based line of the flat text that is `line` but for blanks, counted from `from`.
std::size_t FlatLine(const JobSpec& spec, std::string_view line, std::size_t skip = 0) {
  std::size_t number = 0;
  for (const std::string_view text : Split(spec.flat_hcl, '\n')) {
    ++number;
    if (TrimBlanks(text) == line && skip-- == 0) return number;
  }
  FAIL("no such line in the flat text: " << line);
  return 0;
}

std::string PlaceOf(const hcl::Diagnostic& fault) {
  if (fault.file == nullptr || !fault.subject) return "nowhere";
  const hcl::SourcePos pos = fault.file->PosAt(fault.subject->begin);
  return fmt::format("{}:{}:{}", fault.file->name(), pos.line, pos.column);
}

}  // namespace

TEST_CASE("a fault of the flat text at its place in the spec") {
  Trial trial{kText};
  const std::optional<JobSpec> spec = trial.Evaluate();
  REQUIRE(spec);
  const std::size_t line = FlatLine(*spec, "lifecycle {");
  const std::string words = fmt::format(
      "Failed to parse job: input.hcl:{},17-17: Missing required argument; The argument \"hook\" "
      "is "
      "required, but no definition was found.",
      line);
  const hcl::Diagnostics faults = ServerFaults(*spec, words);
  REQUIRE(faults.items().size() == 1);
  CHECK(faults.items()[0].summary == "Missing required argument");
  CHECK(faults.items()[0].detail ==
        "The argument \"hook\" is required, but no definition was found.");
  CHECK(PlaceOf(faults.items()[0]) == "jobs/x.hcl:25:17");
  CHECK(WithAuthorsPlaces(*spec, words).find("jobs/x.hcl:25:17: Missing required argument") !=
        std::string::npos);
}

TEST_CASE("names, values, ends of blocks and what a dynamic block made") {
  Trial trial{kText};
  const std::optional<JobSpec> spec = trial.Evaluate();
  REQUIRE(spec);
  const auto place = [&](std::size_t line, int column) {
    const hcl::Diagnostics faults =
        ServerFaults(*spec, fmt::format("input.hcl:{},{}-{}: X; y", line, column, column + 1));
    return PlaceOf(faults.items().at(0));
  };
  CHECK(place(FlatLine(*spec, "x = \"1\""), 5) == "jobs/x.hcl:9:5");
  CHECK(place(FlatLine(*spec, "x = \"1\""), 9) == "jobs/x.hcl:9:9");
  CHECK(place(FlatLine(*spec, "data = \"line 1\\nline 2\\n\""), 9) == "jobs/x.hcl:20:9");
  CHECK(place(FlatLine(*spec, "mode = \"a\""), 7) == "jobs/x.hcl:15:9");
  CHECK(place(FlatLine(*spec, "mode = \"b\""), 7) == "jobs/x.hcl:15:9");
  CHECK(place(FlatLine(*spec, "network {", 1), 5) == "jobs/x.hcl:14:7");
  CHECK(place(FlatLine(*spec, "task \"server\" {"), 5) == "jobs/x.hcl:18:5");
  CHECK(place(9999, 1) == "nowhere");
}

TEST_CASE("every line of the flat text has a place") {
  Trial trial{kText};
  const std::optional<JobSpec> spec = trial.Evaluate();
  REQUIRE(spec);
  CHECK(spec->lines.size() + 1 == Split(spec->flat_hcl, '\n').size());
}

TEST_CASE("several faults, and places that one mentions") {
  Trial trial{kText};
  const std::optional<JobSpec> spec = trial.Evaluate();
  REQUIRE(spec);
  const std::size_t meta = FlatLine(*spec, "meta {");
  const hcl::Diagnostics faults = ServerFaults(
      *spec, fmt::format("input.hcl:{},3-7: First; set before at input.hcl:{},5-6. Really; "
                         "input.hcl:9999,1-2: Second; far away",
                         meta, meta + 1));
  REQUIRE(faults.items().size() == 2);
  CHECK(PlaceOf(faults.items()[0]) == "jobs/x.hcl:8:3");
  CHECK(faults.items()[0].detail.find("set before at jobs/x.hcl:9:5. Really") == 0);
  CHECK(faults.items()[1].detail.find("line 9999 of `nmgr render mail`") != std::string::npos);
}

TEST_CASE("faults without a place stand at the block they name") {
  Trial trial{kText};
  const std::optional<JobSpec> spec = trial.Evaluate();
  REQUIRE(spec);
  const auto place = [&](std::string_view words) {
    return PlaceOf(ServerFaults(*spec, words).items().at(0));
  };
  CHECK(place("Task group main validation failed: Missing count") == "jobs/x.hcl:11:3");
  CHECK(place("Task group main validation failed: Task server validation failed: No driver") ==
        "jobs/x.hcl:18:5");
  CHECK(place("nonexistent namespace \"x\"") == "jobs/x.hcl:6:1");
  // One that is named and is not there: the block around it.
  CHECK(place("Task group main validation failed: Constraint 7 validation failed: bad") ==
        "jobs/x.hcl:11:3");
}

TEST_CASE("a place in the cluster that there is not stands at the attribute that names it") {
  Trial trial{"job \"web\" {\n  node_pool = \"gpu\"\n  namespace = \"ops\"\n}\n"};
  const std::optional<JobSpec> spec = trial.Evaluate();
  REQUIRE(spec);
  const auto place = [&](std::string_view words) {
    return PlaceOf(ServerFaults(*spec, words).items().at(0));
  };
  CHECK(place("job \"web\" is in nonexistent namespace \"ops\"") == "jobs/x.hcl:3:15");
  CHECK(place("job \"web\" is in nonexistent node pool \"gpu\"") == "jobs/x.hcl:2:15");
}

TEST_CASE("a fault says something also where Nomad does not") {
  Trial trial{"job \"web\" {\n}\n"};
  const std::optional<JobSpec> spec = trial.Evaluate();
  REQUIRE(spec);
  for (const char* words : {"", " ", "; ", "input.hcl:1,2-3: "}) {
    INFO(words);
    CHECK(ServerFaults(*spec, words).items().at(0).summary.find("does not say what") !=
          std::string::npos);
  }
  CHECK(ServerFaults(*spec, "; only this").items().at(0).summary == "only this");
}

TEST_CASE("a JSON spec keeps its file") {
  Trial trial{R"({"job": {"web": {"group": {"main": {}}}}})"};
  const std::optional<JobSpec> spec = trial.Evaluate();
  REQUIRE(spec);
  const hcl::Diagnostics faults = ServerFaults(*spec, "input.hcl:1,2-3: Bad; thing");
  REQUIRE(faults.items().size() == 1);
  CHECK(faults.items()[0].file != nullptr);
  CHECK_FALSE(faults.items()[0].subject);
  CHECK(faults.items()[0].detail.find("line 1 of `nmgr render web`") != std::string::npos);
}
