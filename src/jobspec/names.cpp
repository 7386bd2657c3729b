#include "jobspec/names.h"

#include "jobspec/locals.h"

namespace nmgr::jobspec {

bool EvaluateNames(const TopLevel& top, const VariableInput& input,
                   const std::vector<VariableFile>& files, Session& session, Variables& variables,
                   hcl::Diagnostics& diagnostics) {
  const std::size_t before = diagnostics.error_count();
  variables.Declare(top.variables, diagnostics);
  for (const Section& section : top.locals) {
    CheckAttributesOnly(section, session.source, diagnostics);
  }
  variables.Assign(input, files, diagnostics);
  variables.Check(diagnostics);
  session.scope.Set("var", variables.AsObject());
  session.scope.Set("local", hcl::Value::Object({}));
  if (diagnostics.error_count() != before) return false;
  EvaluateLocals(top.locals, session, diagnostics);
  return diagnostics.error_count() == before;
}

void EvaluateNamesPartly(const TopLevel& top, const VariableInput& input,
                         const std::vector<VariableFile>& files, Session& session) {
  hcl::Diagnostics ignored;
  Variables variables(session);
  variables.Declare(top.variables, ignored);
  variables.Assign(input, files, ignored);
  session.scope.Set("var", variables.AsObjectWithUnknowns());
  session.scope.Set("local", hcl::Value::Object({}));
  EvaluateLocals(top.locals, session, ignored);
}

}  // namespace nmgr::jobspec
