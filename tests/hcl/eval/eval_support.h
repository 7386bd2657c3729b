// What the tests of the evaluator share.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "nmgr/hcl/eval/evaluate.h"
#include "nmgr/hcl/syntax/parse.h"
#include "nmgr/hcl/value/json.h"

namespace nmgr::hcl {

struct EvalOptions {
  const Scope* scope = nullptr;  // null: an empty one
  bool no_scope = false;
  bool literal_references = false;
  const FunctionContext* functions = nullptr;
};

// JSON of the value, else "LINE:COLUMN summary" of the first error.
inline std::string Eval(std::string_view text, const EvalOptions& options = {}) {
  const auto source = std::make_shared<SourceFile>("t.hcl", std::string(text));
  Diagnostics diagnostics;
  const ExpressionPtr parsed = ParseExpression(source, diagnostics);
  const Scope empty;
  EvalContext context;
  context.file = source;
  if (!options.no_scope) context.scope = options.scope == nullptr ? &empty : options.scope;
  context.literal_references = options.literal_references;
  context.function_context = options.functions;
  Value value;
  if (!diagnostics.HasErrors()) value = Evaluate(parsed->root(), context, diagnostics);
  if (diagnostics.HasErrors()) {
    const Diagnostic& first = diagnostics.items().front();
    const SourcePos place = source->PosAt(first.subject->begin);
    return std::to_string(place.line) + ":" + std::to_string(place.column) + " " + first.summary;
  }
  const Expected<std::string> json = EncodeJson(value);
  return json ? *json : json.error().message;
}

// The same with the detail of the first error.
inline std::string EvalDetail(std::string_view text, const EvalOptions& options = {}) {
  const auto source = std::make_shared<SourceFile>("t.hcl", std::string(text));
  Diagnostics diagnostics;
  const ExpressionPtr parsed = ParseExpression(source, diagnostics);
  const Scope empty;
  EvalContext context;
  context.file = source;
  context.scope = options.scope == nullptr ? &empty : options.scope;
  if (!diagnostics.HasErrors()) Evaluate(parsed->root(), context, diagnostics);
  return diagnostics.HasErrors() ? diagnostics.items().front().detail : "no error";
}

// The type of the value in cty's JSON form.
inline std::string EvalType(std::string_view text) {
  const auto source = std::make_shared<SourceFile>("t.hcl", std::string(text));
  Diagnostics diagnostics;
  const ExpressionPtr parsed = ParseExpression(source, diagnostics);
  const Scope scope;
  EvalContext context;
  context.file = source;
  context.scope = &scope;
  return Evaluate(parsed->root(), context, diagnostics).type().ToJson();
}

}  // namespace nmgr::hcl
