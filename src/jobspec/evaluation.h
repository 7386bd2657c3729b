// How a spec is evaluated: the order of work of jobspec2's decode (shared reference 6). Private to
// jobspec.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "jobspec/images.h"
#include "jobspec/json_job.h"
#include "jobspec/top_level.h"
#include "jobspec/variables.h"

namespace nmgr::jobspec {

// The evaluation of one spec, and what it was made of: places, names, their values. EvaluateSpec
// keeps the job of it; who changes a spec looks at the rest. Stays where it is.
class Evaluation {
 public:
  Evaluation(const ParsedSpec& spec, const SpecContext& context);

  // False after an error. Tells the context's Redactor what is a secret by its name.
  bool Run(hcl::Diagnostics& diagnostics);

  const ParsedSpec& spec() const { return spec_; }
  const Session& session() const { return session_; }
  const Variables& variables() const { return variables_; }
  const std::vector<VariableFile>& files() const { return *files_; }
  // The job: one of these two, by the syntax of the spec.
  std::optional<EvaluatedBlock>& job() { return job_; }
  const std::optional<EvaluatedJsonJob>& json_job() const { return json_job_; }
  const EvaluatedBody* body() const { return job_ ? &job_->body : nullptr; }
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

}  // namespace nmgr::jobspec
