// Two evaluations agree; values are sound; a call's result has the type that its rule announced; a
// conversion done again changes nothing; the budget ends everything.

#include "fuzz/fuzz.h"
#include "hcl/value/value_check.h"
#include "nmgr/hcl/functions/table.h"
#include "nmgr/hcl/syntax/parse.h"
#include "nmgr/hcl/value/convert.h"
#include "nmgr/hcl/value/json.h"
#include "nmgr/hcl/write/flat.h"

namespace nmgr::fuzz {
namespace {

using hcl::Diagnostics;
using hcl::Type;
using hcl::Value;

void CheckConversions(const Value& value) {
  const Type targets[] = {Type::String(),
                          Type::Number(),
                          Type::Bool(),
                          Type::Dynamic(),
                          Type::List(Type::Dynamic()),
                          Type::Set(Type::Dynamic()),
                          Type::Map(Type::Dynamic()),
                          Type::List(Type::String()),
                          Type::Set(Type::String()),
                          Type::Map(Type::String())};
  for (const Type& target : targets) {
    const hcl::Converted once = Convert(value, target);
    if (!once) continue;
    RequireNone(hcl::test::ValueCheck::Fault(*once));
    const hcl::Converted twice = Convert(*once, target);
    Require(twice && *twice == *once, "a conversion is not idempotent: " + target.ToJson());
    if ((*once).type().HasDynamic()) continue;
    const hcl::Converted same = Convert(*once, (*once).type());
    Require(same && *same == *once, "a value does not convert to its own type");
  }
}

// The value written out means the same again, as far as literals can say it: tuples and objects.
void CheckLiteral(const Value& value) {
  std::string text;
  hcl::AppendLiteral(value, text);
  Diagnostics diagnostics;
  const hcl::ExpressionPtr tree = hcl::ParseExpression(Source(text), diagnostics);
  if (value.depth() > hcl::kMaxNesting - 2) return;
  Require(!diagnostics.HasErrors(), "a literal does not parse: " + Lines(diagnostics));
  const Evaluation again = Evaluate(*tree);
  if (again.diagnostics.HasErrors()) return;  // out of budget
  std::string second;
  hcl::AppendLiteral(again.value, second);
  Require(second == text, "a literal reads back as another one: " + text + " and " + second);
}

void CheckCall(const hcl::CallExpr& call, const hcl::ParsedExpression& tree) {
  const hcl::Function* function = hcl::FindFunction(call.name);
  if (function == nullptr || !function->call || call.expand_last) return;
  hcl::Values arguments;
  for (std::size_t i = 0; i < call.arguments.size(); ++i) {
    Diagnostics diagnostics;
    const hcl::SourcePtr source = Source(tree.source()->TextOf(call.arguments[i]->span));
    const hcl::ExpressionPtr argument = hcl::ParseExpression(source, diagnostics);
    if (diagnostics.HasErrors()) return;  // a heredoc's span ends before the line end that it needs
    Evaluation evaluation = Evaluate(*argument);
    if (evaluation.diagnostics.HasErrors() || hcl::ParameterFor(*function, i) == nullptr) return;
    hcl::FunctionResult converted = hcl::ConvertArgument(*function, i, evaluation.value);
    if (!converted) return;
    arguments.push_back(*converted);
  }
  if (arguments.size() < function->parameters.size()) return;
  testing::MemoryFileSystem files = Files();
  std::int64_t budget = 1'000'000;
  hcl::FunctionContext context;
  context.files = &files;
  context.budget = &budget;
  const hcl::FunctionResult result = hcl::CallFunction(*function, arguments, context);
  if (!result) return;
  RequireNone(hcl::test::ValueCheck::Fault(*result));
  if (!(*result).has_content()) return;
  Type announced = function->static_type;
  if (function->type_rule) {
    const hcl::TypeResult ruled = function->type_rule(arguments);
    Require(static_cast<bool>(ruled), "a call succeeds that its type rule refuses");
    announced = *ruled;
  }
  if (announced.HasDynamic()) return;
  Require((*result).type() == announced, "the result is " + (*result).type().ToJson() + ", but " +
                                             announced.ToJson() + " was announced");
}

}  // namespace

void Eval(std::string_view text) {
  Diagnostics diagnostics;
  const hcl::ExpressionPtr tree = hcl::ParseExpression(Source(text), diagnostics);
  const Evaluation first = Evaluate(*tree);
  if (!IsRandom(text)) {
    const Evaluation second = Evaluate(*tree);
    Require(first.value == second.value, "two evaluations differ");
    Require(Lines(first.diagnostics) == Lines(second.diagnostics),
            "two evaluations fail differently");
  }
  if (diagnostics.HasErrors()) return;
  if (tree->root().kind == hcl::ExprKind::kCall) {
    CheckCall(hcl::As<hcl::CallExpr>(tree->root()), *tree);
  }
  Diagnostics of_type;
  hcl::EvaluateType(tree->root(), tree->source(), true, of_type);
  Lines(of_type);
  if (first.diagnostics.HasErrors()) return;
  Require(first.value.IsWhollyKnown(), "an unknown value and no error");
  CheckConversions(first.value);
  CheckLiteral(first.value);
}

}  // namespace nmgr::fuzz
