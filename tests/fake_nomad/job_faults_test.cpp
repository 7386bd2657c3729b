// What the stand-in finds wrong with a job is held to what a Nomad 2.0.5 answered to the same
// specs.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "fake_nomad/canonical.h"
#include "fake_nomad/job_spec.h"
#include "fake_nomad/plan.h"

namespace nmgr::fake {
namespace {

std::string Spec(const std::string& of_job, const std::string& of_group,
                 const std::string& of_task) {
  return "job \"v\" {\n" + of_job + "\n  group \"g\" {\n" + of_group +
         "\n    task \"t\" {\n      driver = \"raw_exec\"\n" + of_task +
         "\n      config {\n        command = \"/bin/true\"\n      }\n    }\n  }\n}\n";
}

std::vector<std::string> FaultsOf(const std::string& spec) {
  std::string error;
  Json job = ReadJobSpec(spec, error);
  INFO(spec);
  REQUIRE(error.empty());
  return JobFaults(Canonical(std::move(job)));
}

const std::string kGroup = "Task group g validation failed: 1 error occurred:\n\t* ";
const std::string kTask = kGroup + "Task t validation failed: 1 error occurred:\n\t* ";

struct Row {
  std::string job;
  std::string group;
  std::string task;
  std::string fault;
};

}  // namespace

TEST_CASE("Faults of a job are told in the words of a real server") {
  CHECK(FaultsOf(Spec("", "", "")).empty());
  for (const Row& row :
       {Row{"priority = 1000", "", "", "job priority must be between [1, 100]"},
        Row{"type = \"system\"", "count = 3", "",
            "Job task group g has count 3. Count cannot exceed 1 with system scheduler"},
        Row{"parameterized {}", "", "",
            "Parameterized job can only be used with \"batch\" or \"sysbatch\" scheduler"},
        Row{"constraint {\n  attribute = \"$${meta.x}\"\n  operator = \"foo\"\n}", "", "",
            "Constraint 1 validation failed: 1 error occurred:\n\t* Unknown constraint type "
            "\"foo\"\n\n"},
        Row{"constraint {\n  attribute = \"$${meta.x}\"\n  operator = \"regexp\"\n  value = "
            "\"([\"\n}",
            "", "",
            "Constraint 1 validation failed: 1 error occurred:\n\t* Regular expression failed to "
            "compile: error parsing regexp: missing closing ]: `[`\n\n"},
        Row{"", "network {\n  port \"h\" {\n    static = 70000\n  }\n}", "",
            kGroup + "Task group network validation failed: 1 error occurred:\n\t* Port h (70000) "
                     "cannot be greater than 65535\n\n\n\n"},
        Row{"type = \"system\"", "reschedule {\n  attempts = 0\n  unlimited = false\n}", "",
            kGroup + "System or sysbatch jobs should not have a reschedule policy\n\n"},
        Row{"", "restart {\n  mode = \"foo\"\n}", "",
            kGroup + "Unsupported restart mode: \"foo\"\n\n"},
        Row{"", "volume \"a\" {\n  type = \"host\"\n}", "",
            kGroup + "Task group volume validation for a failed: 1 error occurred:\n\t* volume has "
                     "an empty source\n\n\n\n"},
        Row{"", "", "template {\n  data = \"x\"\n}",
            kTask + "Template 1 validation failed: 1 error occurred:\n\t* Must specify a "
                    "destination for the template\n\n\n\n\n\n"},
        Row{"", "", "artifact {\n  source = \"\"\n}",
            kTask + "Artifact 1 validation failed: 1 error occurred:\n\t* source must be "
                    "specified\n\n\n\n\n\n"},
        Row{"", "", "lifecycle {\n  hook = \"bogus\"\n}",
            kTask + "Lifecycle validation failed: invalid hook: bogus\n\n\n\n"},
        Row{"", "", "volume_mount {\n  volume = \"n\"\n  destination = \"/x\"\n}",
            kTask + "Volume Mount (0) references undefined volume n\n\n\n\n"},
        Row{"", "", "resources {\n  cpu = 0\n}",
            kTask + "1 error occurred:\n\t* 1 error occurred:\n\t* minimum CPU value is 1; got "
                    "0\n\n\n\n\n\n\n\n"},
        Row{"", "", "resources {\n  memory = 1\n}",
            kTask + "1 error occurred:\n\t* 1 error occurred:\n\t* minimum MemoryMB value is 10; "
                    "got 1\n\n\n\n\n\n\n\n"}}) {
    CHECK(FaultsOf(Spec(row.job, row.group, row.task)) == std::vector<std::string>{row.fault});
  }
}

TEST_CASE("Several faults stand in the order of a real server") {
  const std::vector<std::string> faults = FaultsOf(
      "job \"sem\" {\n  type = \"system\"\n  group \"g\" {\n    reschedule {\n      attempts = 0\n "
      "     unlimited = false\n    }\n    network {\n      port \"http\" {\n        static = "
      "70000\n      }\n    }\n    constraint {\n      attribute = \"$${meta.x}\"\n      operator  "
      "= "
      "\"regexp\"\n      value     = \"([\"\n    }\n    task \"t\" {\n      driver = \"\"\n      "
      "template {\n        data = \"x\"\n      }\n      volume_mount {\n        volume      = "
      "\"nope\"\n        destination = \"/x\"\n      }\n    }\n  }\n}\n");
  CHECK(faults ==
        std::vector<std::string>{
            "Task group g validation failed: 4 errors occurred:\n\t* Constraint 1 validation "
            "failed: 1 error occurred:\n\t* Regular expression failed to compile: error parsing "
            "regexp: missing closing ]: `[`\n\n\n\t* System or sysbatch jobs should not have a "
            "reschedule policy\n\t* Task group network validation failed: 1 error occurred:\n\t* "
            "Port http (70000) cannot be greater than 65535\n\n\n\t* Task t validation failed: 3 "
            "errors occurred:\n\t* Missing task driver\n\t* Template 1 validation failed: 1 error "
            "occurred:\n\t* Must specify a destination for the template\n\n\n\t* Volume Mount (0) "
            "references undefined volume nope\n\n\n\n"});
}

}  // namespace nmgr::fake
