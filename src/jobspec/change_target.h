// What the key of a change names in an evaluated spec. Private to jobspec.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jobspec/change_key.h"
#include "jobspec/images.h"
#include "jobspec/json_job.h"
#include "jobspec/top_level.h"
#include "jobspec/variables.h"

namespace nmgr::jobspec {

// A spec evaluated as EvaluateSpec does it, with what that throws away: places, names, their
// values. Stays where it is.
class Evaluation {
 public:
  Evaluation(const ParsedSpec& spec, const SpecContext& context);

  // False after an error.
  bool Run(hcl::Diagnostics& diagnostics);

  const ParsedSpec& spec() const { return spec_; }
  const Session& session() const { return session_; }
  const TopLevel& top() const { return top_; }
  const Variables& variables() const { return variables_; }
  const EvaluatedBody* body() const { return job_ ? &job_->body : nullptr; }  // native syntax
  const EvaluatedJson* json() const { return json_job_ ? &json_job_->body : nullptr; }
  std::string_view label() const;
  std::vector<PlacedImage> Images() const;

  // The expression of the definition that counts.
  std::optional<SpecExpr> Local(std::string_view name) const;
  std::optional<SpecExpr> Default(std::string_view variable) const;

  // The expression that stands at this place of the job.
  std::optional<SpecExpr> At(hcl::Span place) const;
  // How many attributes of the evaluated job come from there: several where a dynamic block makes
  // them.
  std::size_t CountAt(hcl::Span place) const;

 private:
  const ParsedSpec spec_;
  const SpecContext& context_;
  VariableFilesPtr files_;
  TopLevel top_;
  Session session_;
  Variables variables_;
  std::optional<EvaluatedBlock> job_;
  std::optional<EvaluatedJsonJob> json_job_;
};

struct Target {
  std::string argument;  // its path
  SpecExpr expr;
  Steps rest;                 // into the expression
  hcl::Value value;           // of the part that `rest` leads to
  bool takes_text = false;    // a text may stand where a number stands: env, meta, config, a local
  std::string variable = {};  // the argument is the default of this one
};

// Nothing and a diagnostic where the key names nothing, or several things.
std::optional<Target> FindTarget(const Evaluation& evaluation, std::string_view key,
                                 hcl::Diagnostics& diagnostics);

}  // namespace nmgr::jobspec
