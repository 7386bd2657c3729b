// Every recorded expression: value, type, error or not, and where the first error points.
#include <catch2/catch.hpp>
#include <fstream>
#include <regex>

#include "conformance/shared_data.h"
#include "nmgr/hcl/eval/evaluate.h"
#include "nmgr/hcl/syntax/parse.h"
#include "nmgr/hcl/value/json.h"

namespace nmgr::conformance {
namespace {

std::string DecodeBase64(const std::string& text) {
  static const std::string digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const std::size_t digit = digits.find(c);
    if (digit == std::string::npos) break;
    bits = (bits << 6U) | static_cast<std::uint32_t>(digit);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out += static_cast<char>((bits >> static_cast<unsigned>(count)) & 0xFFU);
  }
  return out;
}

// One case without its `value`, whose numbers a JSON reader of doubles refuses; `canon` says the
// same.
nlohmann::json ReadCase(const std::string& line) {
  const Expected<hcl::Value> all = hcl::DecodeJson(line);
  if (!all) FAIL(all.error().message);
  nlohmann::json test;
  for (const hcl::Field& field : (*all).fields()) {
    if (field.key != "value")
      test[field.key] = nlohmann::json::parse(*hcl::EncodeJson(field.value));
  }
  return test;
}

struct Outcome {
  hcl::Value value;
  hcl::Diagnostics diagnostics;
};

Outcome Run(const nlohmann::json& test, const Path& shared) {
  const std::string text =
      test.contains("expr_b64") ? DecodeBase64(test["expr_b64"]) : test["expr"].get<std::string>();
  const auto source = std::make_shared<hcl::SourceFile>("t.hcl", text);
  Outcome outcome;
  const hcl::ExpressionPtr parsed = test.value("mode", "") == "template"
                                        ? hcl::ParseTemplate(source, outcome.diagnostics)
                                        : hcl::ParseExpression(source, outcome.diagnostics);
  if (outcome.diagnostics.HasErrors()) return outcome;

  hcl::Scope scope;
  if (test.value("undef", false)) {
    scope.Set("var", hcl::Value::Object({}));
    scope.Set("local", hcl::Value::Object({}));
  }
  if (test.contains("vars")) {
    for (const auto& [name, variable] : test["vars"].items()) {
      scope.Set(name, ValueFromJson(variable["value"], TypeFromJson(variable["type"])));
    }
  }
  hcl::FunctionContext functions;
  functions.files = test.value("nofs", false) ? nullptr : &RealFileSystem();
  functions.base_dir = shared + "/conformance/fsroot";
  functions.home = shared + "/conformance/home";
  hcl::EvalContext context;
  context.file = source;
  context.scope = test.value("noctx", false) ? nullptr : &scope;
  context.literal_references = test.value("undef", false);
  context.function_context = &functions;
  outcome.value = hcl::Evaluate(parsed->root(), context, outcome.diagnostics);
  return outcome;
}

std::string Compare(const nlohmann::json& test, const Outcome& outcome, const Path& shared) {
  if (test.value("error", false)) {
    if (!outcome.diagnostics.HasErrors()) {
      return "should fail: " + test["summary"].get<std::string>() + "; got " + Canon(outcome.value);
    }
    if (test["pos"].is_null()) return {};
    const std::string wanted =
        std::to_string(test["pos"][0].get<int>()) + ":" + std::to_string(test["pos"][1].get<int>());
    if (FirstErrorPlace(outcome.diagnostics) == wanted) return {};
    return "error should be at " + wanted + " (" + test["summary"].get<std::string>() + "), is " +
           FirstErrorText(outcome.diagnostics);
  }
  if (outcome.diagnostics.HasErrors()) return "fails: " + FirstErrorText(outcome.diagnostics);
  if (test.contains("type") &&
      nlohmann::json::parse(outcome.value.type().ToJson()) != test["type"]) {
    return "type should be " + test["type"].dump() + ", is " + outcome.value.type().ToJson();
  }
  if (test.contains("shape")) {
    const std::string text(outcome.value.as_string());
    if (std::regex_match(text, std::regex(test["shape"].get<std::string>()))) return {};
    return "should have the shape " + test["shape"].get<std::string>() + ", is " + text;
  }
  std::string canon = Canon(outcome.value);
  canon = ReplaceAll(canon, shared + "/conformance/fsroot", "<FSROOT>");
  canon = ReplaceAll(canon, shared + "/conformance/home", "<HOME>");
  canon = ReplaceAll(canon, shared + "/conformance", "<HOMEPARENT>");
  if (canon == test["canon"].get<std::string>()) return {};
  return "should be " + test["canon"].get<std::string>() + ", is " + canon;
}

}  // namespace

TEST_CASE("Recorded expressions evaluate as Nomad's do") {
  const std::optional<Path> shared = SharedFolder("recorded expressions");
  if (!shared) return;
  std::ifstream lines(*shared + "/conformance/expr.jsonl");
  Tally tally("expr.jsonl");
  for (std::string line; std::getline(lines, line);) {
    const nlohmann::json test = ReadCase(line);
    tally.Add(test["id"], Compare(test, Run(test, *shared), *shared));
  }
  tally.Finish();
}

}  // namespace nmgr::conformance
