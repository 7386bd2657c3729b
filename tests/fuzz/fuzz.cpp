#include "fuzz/fuzz.h"

#include <nlohmann/json.hpp>

#include "hcl/value/value_check.h"

namespace nmgr::fuzz {
namespace {

constexpr std::int64_t kBudget = hcl::kEvaluationBudget / 64;

hcl::Scope JobScope() {
  using hcl::Value;
  const Value names = Value::List(hcl::Type::String(), {Value::Of("a"), Value::Of("b")});
  hcl::Scope scope;
  scope.Set("var", Value::Object({{"name", Value::Of("web")},
                                  {"count", Value::OfInt(3)},
                                  {"names", names},
                                  {"nothing", Value()}}));
  scope.Set("local",
            Value::Object({{"ports", Value::Map(hcl::Type::Number(), {{"http", Value::OfInt(80)}})},
                           {"zones", Value::Set(hcl::Type::String(), {Value::Of("z1")})}}));
  return scope;
}

}  // namespace

hcl::SourcePtr Source(std::string_view text) {
  return std::make_shared<hcl::SourceFile>("jobs/x.hcl", std::string(text));
}

std::string Lines(const hcl::Diagnostics& diagnostics) {
  std::string lines;
  for (const hcl::Diagnostic& diagnostic : diagnostics.items()) {
    Require(!diagnostic.summary.empty() && !diagnostic.detail.empty(), "a diagnostic says nothing");
    if (diagnostic.subject) {
      Require(diagnostic.file != nullptr, "a diagnostic has a place and no file");
      Require(diagnostic.subject->begin <= diagnostic.subject->end &&
                  diagnostic.subject->end <= diagnostic.file->text().size(),
              "a diagnostic points outside its text");
    }
    lines += ToLine(diagnostic);
    lines += '\n';
  }
  return lines;
}

testing::MemoryFileSystem Files() {
  return testing::MemoryFileSystem({{"jobs/.env", "A=1\nB=${x}\n"},
                                    {"jobs/conf/app.json", "{\"a\": [1, 2.5, null]}"},
                                    {"/home/me/t.yaml", "a: &x [1, two]\nb: *x\n"}});
}

Evaluation Evaluate(const hcl::ParsedExpression& tree) {
  testing::MemoryFileSystem files = Files();
  std::int64_t budget = kBudget;
  hcl::FunctionContext functions;
  functions.files = &files;
  functions.base_dir = "jobs";
  functions.home = "/home/me";
  functions.budget = &budget;
  const hcl::Scope scope = JobScope();
  hcl::EvalContext context;
  context.file = tree.source();
  context.scope = &scope;
  context.literal_references = true;
  context.function_context = &functions;
  Evaluation evaluation;
  evaluation.value = hcl::Evaluate(tree.root(), context, evaluation.diagnostics);
  RequireNone(hcl::test::ValueCheck::Fault(evaluation.value));
  return evaluation;
}

std::optional<jobspec::JobSpec> ReadSpec(std::string_view text) {
  testing::MemoryFileSystem files = Files();
  jobspec::VariableInput variables;
  variables.environment = {{"name", "web"}, {"count", "3"}};
  const jobspec::SpecContext context{&variables, &files, "/home/me"};
  hcl::Diagnostics of_text;
  const jobspec::ParsedSpec parsed =
      jobspec::ParseSpec("jobs/x.hcl", std::string(text), context, of_text);
  hcl::Diagnostics of_values;
  std::optional<jobspec::JobSpec> spec = jobspec::EvaluateSpec(parsed, context, of_values);
  Require(parsed.valid || of_text.HasErrors(), "a text is not valid and nothing says why");
  Require(spec.has_value() == (parsed.valid && !of_values.HasErrors()),
          "a spec without errors and without a job, or with both");
  Lines(of_text);
  Lines(of_values);
  return spec;
}

bool IsJson(std::string_view text) {
  try {
    return !nlohmann::json::parse(text).is_discarded();
  } catch (const nlohmann::json::out_of_range&) {
    return true;  // a number that no double holds
  } catch (const nlohmann::json::parse_error&) {
    return false;
  }
}

bool IsRandom(std::string_view text) {
  return text.find("uuidv4") != std::string_view::npos ||
         text.find("bcrypt") != std::string_view::npos;
}

}  // namespace nmgr::fuzz
