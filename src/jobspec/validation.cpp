#include "jobspec/validation.h"

#include <fmt/format.h>

#include "nmgr/hcl/value/convert.h"
#include "nmgr/hcl/value/unicode.h"

namespace nmgr::jobspec {
namespace {

const SectionSchema& ValidationSchema() {
  static const SectionSchema schema{
      {"condition", "error_message"}, {"condition", "error_message"}, {}};
  return schema;
}

void CheckReferences(const SpecExpr& condition, std::string_view variable,
                     hcl::Diagnostics& diagnostics) {
  bool mentioned = false;
  for (const Reference& reference : ReferencesOf(condition)) {
    if (reference.root == "var" && reference.attribute == variable) {
      mentioned = true;
      continue;
    }
    diagnostics.Error(
        condition.file, reference.span, "Invalid reference in variable validation",
        fmt::format("The condition for variable \"{0}\" can only refer to the variable "
                    "itself, using var.{0}.",
                    variable));
  }
  if (mentioned) return;
  diagnostics.Error(
      condition.file, condition.span, "Invalid variable validation condition",
      fmt::format("The condition for variable \"{0}\" must refer to var.{0} in order to "
                  "test incoming values.",
                  variable));
}

std::string_view OriginText(std::string_view origin) {
  if (origin == "env") return "environment";
  if (origin == "varfile") return "variable file";
  if (origin == "cmd") return "--var";
  return origin;
}

void CheckOne(const Variable& variable, const VariableValidation& validation,
              const Session& session, hcl::Diagnostics& diagnostics) {
  hcl::Scope scope;
  scope.Set("var", hcl::Value::Object({{variable.name, *variable.value}}));
  const SpecExpr& condition = *validation.condition;
  const hcl::Value result = EvaluateExpr(condition, session.ForValidation(scope), diagnostics);
  if (!result.is_known()) return;
  const auto fail = [&](std::string detail) {
    diagnostics.Error(condition.file, condition.span, "Invalid variable validation result",
                      std::move(detail));
  };
  if (result.is_null()) {
    return fail("Validation condition expression must return either true or false, not null.");
  }
  const hcl::Converted fulfilled = hcl::Convert(result, hcl::Type::Bool());
  if (!fulfilled) {
    return fail(fmt::format("Invalid validation condition result value: {}.", fulfilled.error()));
  }
  if ((*fulfilled).as_bool()) return;
  const hcl::SourcePos rule = session.source->PosAt(validation.header.begin);
  diagnostics.Error(
      variable.value_file, variable.value_span,
      fmt::format("Invalid value for {} variable", OriginText(variable.origin)),
      fmt::format("{}\n\nThis was checked by the validation rule at {}:{}:{}.", validation.message,
                  session.source->name(), rule.line, rule.column));
}

}  // namespace

std::optional<std::string> ReadConstantString(const SpecExpr& expr, const Session& session,
                                              hcl::Diagnostics& diagnostics) {
  const std::size_t before = diagnostics.error_count();
  const hcl::Value value = EvaluateExpr(expr, session.ForConstant(expr.file), diagnostics);
  const auto fail = [&](const std::string& why) {
    diagnostics.Error(expr.file, expr.start(), "Unsuitable value type",
                      fmt::format("Unsuitable value: {}", why));
    return std::nullopt;
  };
  const hcl::Converted text = hcl::Convert(value, hcl::Type::String());
  if (!text) return fail(text.error());
  if (!(*text).is_known())
    return diagnostics.error_count() == before ? fail("value must be known") : std::nullopt;
  if ((*text).is_null()) return fail("null value is not allowed");
  return std::string((*text).as_string());
}

VariableValidation ReadValidation(const Section& block, std::string_view variable,
                                  const Session& session, hcl::Diagnostics& diagnostics) {
  VariableValidation validation;
  validation.header = block.header;
  CheckSection(block, ValidationSchema(), session.source, diagnostics);
  if (const SectionAttribute* condition = block.Find("condition")) {
    validation.condition = condition->expr;
    CheckReferences(condition->expr, variable, diagnostics);
  }
  if (const SectionAttribute* message = block.Find("error_message")) {
    const std::optional<std::string> text = ReadConstantString(message->expr, session, diagnostics);
    if (text && hcl::TrimSpaceLeft(*text).empty()) {
      diagnostics.Error(session.source, message->expr.span, "Invalid validation error message",
                        "An empty or blank string is not a valid nor useful error message.");
    }
    validation.message = text.value_or("");
  }
  return validation;
}

void CheckVariable(const Variable& variable, const Session& session,
                   hcl::Diagnostics& diagnostics) {
  for (const VariableValidation& validation : variable.validations) {
    if (validation.condition) CheckOne(variable, validation, session, diagnostics);
  }
}

}  // namespace nmgr::jobspec
