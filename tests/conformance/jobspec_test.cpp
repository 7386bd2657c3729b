// The recorded job specs with variables, locals, dynamic blocks and side files.
#include "nmgr/jobspec/jobspec.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "conformance/shared_data.h"

namespace nmgr::conformance {
namespace {

jobspec::VariableInput InputOf(const nlohmann::json& args) {
  jobspec::VariableInput input;
  input.strict = args.value("strict", false);
  for (const auto& flag : args.value("vars", nlohmann::json::array())) {
    const auto text = flag.get<std::string>();
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos) continue;  // Nomad ignores it
    input.flags.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  for (const auto& file : args.value("var_files", nlohmann::json::array())) {
    input.files.push_back(file.get<std::string>());
  }
  const std::string prefix = "NOMAD_VAR_";
  for (const auto& entry : args.value("env", nlohmann::json::array())) {
    const auto text = entry.get<std::string>();
    const std::size_t equals = text.find('=');
    if (text.compare(0, prefix.size(), prefix) != 0 || equals == std::string::npos) continue;
    input.environment[text.substr(prefix.size(), equals - prefix.size())] = text.substr(equals + 1);
  }
  return input;
}

std::string CompareSpec(const jobspec::JobSpec& spec, const nlohmann::json& expected) {
  if (spec.header.id != expected["id"]) return "ID is " + spec.header.id;
  if (expected.contains("body")) {
    const Expected<std::string> body = jobspec::BodyToJson(spec);
    if (!body) return body.error().message;
    if (nlohmann::json::parse(*body) != expected["body"]) {
      return "body should be " + expected["body"].dump() + ", is " + *body;
    }
  }
  const jobspec::Submission& submission = spec.submission;
  if (submission.format != expected["submission_format"]) return "format is " + submission.format;
  const nlohmann::json flags = submission.variable_flags;
  if (expected.value("submission_variable_flags", nlohmann::json::object()) != flags) {
    return "variable flags are " + flags.dump();
  }
  if (expected.value("submission_variables", "") != submission.variables) {
    return "variables are " + submission.variables;
  }
  return {};
}

std::string RunCase(const Path& folder) {
  const nlohmann::json args = ReadJson(folder + "/args.json");
  const nlohmann::json expected = ReadJson(folder + "/expected.json");
  RootedFiles files(folder + "/cwd");
  const jobspec::VariableInput input = InputOf(args);
  const jobspec::SpecContext context{&input, &files, "/home/operator"};
  hcl::Diagnostics of_text;
  const jobspec::ParsedSpec parsed = jobspec::ParseSpec(
      args.value("path", "job.hcl"), ReadText(folder + "/job.hcl"), context, of_text);
  hcl::Diagnostics of_meaning;
  const std::optional<jobspec::JobSpec> spec = jobspec::EvaluateSpec(parsed, context, of_meaning);
  const hcl::Diagnostics& faults = parsed.valid ? of_meaning : of_text;

  if (!expected["ok"].get<bool>() && expected["stage"] == "local") {
    if (spec) return "should fail: " + expected["error"].get<std::string>();
    if (!faults.HasErrors()) return "fails without a diagnostic";
    if (!expected.contains("line")) return {};
    const std::string wanted = std::to_string(expected["line"].get<int>()) + ":" +
                               std::to_string(expected["column"].get<int>());
    if (FirstErrorPlace(faults) == wanted) return {};
    return "error should be at " + wanted + " (" + expected["error"].get<std::string>() + "), is " +
           FirstErrorText(faults);
  }
  if (!spec) return "fails: " + FirstErrorText(faults);
  return expected["ok"].get<bool>() ? CompareSpec(*spec, expected) : std::string();
}

}  // namespace

TEST_CASE("Recorded job specs come to what Nomad makes of them") {
  const std::optional<Path> shared = SharedFolder("recorded job specs");
  if (!shared) return;
  const Expected<std::vector<FolderEntry>> cases =
      RealFileSystem().ListFolder(*shared + "/conformance/jobspec");
  REQUIRE(cases);
  Tally tally("jobspec", {
                             {"037-var-arg-no-equals",
                              "Nomad ignores a -var without `=` but submits it as a flag; nmgr's "
                              "input has no such flag"},
                             {"134-config-dynamic-not-expanded",
                              "recorded with the dynamic block expanded; Nomad keeps it as data, "
                              "as the reference says"},
                         });
  for (const FolderEntry& entry : *cases) {
    tally.Add(entry.name, RunCase(*shared + "/conformance/jobspec/" + entry.name));
  }
  tally.Finish();
}

}  // namespace nmgr::conformance
