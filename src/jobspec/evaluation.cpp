#include "jobspec/evaluation.h"

#include <fmt/format.h>

#include "jobspec/body.h"
#include "jobspec/names.h"

namespace nmgr::jobspec {
namespace {

const hcl::Expr* FindExprAt(const hcl::Body& body, hcl::Span place) {
  for (const hcl::BodyItem& item : body.items) {
    if (item.attribute != nullptr) {
      if (item.attribute->expr->span == place) return item.attribute->expr;
    } else if (const hcl::Expr* found = FindExprAt(*item.block->body, place)) {
      return found;
    }
  }
  return nullptr;
}

const hcl::JsonValue* FindJsonAt(const hcl::JsonValue& value, hcl::Span place) {
  if (value.span == place) return &value;
  for (const hcl::JsonValue* item : value.items) {
    if (const hcl::JsonValue* found = FindJsonAt(*item, place)) return found;
  }
  for (const hcl::JsonMember& member : value.members) {
    if (const hcl::JsonValue* found = FindJsonAt(*member.value, place)) return found;
  }
  return nullptr;
}

std::size_t CountPlaced(const EvaluatedBody& body, hcl::Span place) {
  std::size_t count = 0;
  for (const EvaluatedAttribute& attribute : body.attributes) {
    count += attribute.place.tail == place ? 1 : 0;
  }
  for (const EvaluatedBlock& block : body.blocks) count += CountPlaced(block.body, place);
  return count;
}

std::size_t CountPlaced(const EvaluatedJson& value, hcl::Span place) {
  std::size_t count = value.place == place ? 1 : 0;
  for (const EvaluatedJson& item : value.items) count += CountPlaced(item, place);
  for (const EvaluatedJsonMember& member : value.members) count += CountPlaced(member.value, place);
  return count;
}

void TellSecrets(std::string_view name, const hcl::Value& value, Redactor& secrets) {
  if (!value.has_content()) return;
  if (value.kind() == hcl::Kind::kString) {
    secrets.AddNamed(name, value.as_string());
  } else if (value.kind() == hcl::Kind::kMap || value.kind() == hcl::Kind::kObject) {
    for (const hcl::Field& field : value.fields()) TellSecrets(field.key, field.value, secrets);
  }
}

void TellSecrets(const EvaluatedBody& body, Redactor& secrets) {
  for (const EvaluatedAttribute& attribute : body.attributes) {
    TellSecrets(attribute.name, attribute.value, secrets);
  }
  for (const EvaluatedBlock& block : body.blocks) TellSecrets(block.body, secrets);
}

// Reports that there is no job, or more than one.
void CheckJobs(const TopLevel& top, const ParsedSpec& spec, hcl::Diagnostics& diagnostics) {
  std::vector<hcl::Span> places;
  for (const hcl::Block* job : top.jobs) places.push_back(job->HeaderSpan());
  for (const JsonBlock& job : top.json_jobs) places.push_back(job.open);
  if (places.empty()) {
    diagnostics.Error("Missing job block",
                      fmt::format("{} has no job \"...\" {{ }} block.", spec.path));
  }
  if (places.size() < 2) return;
  const hcl::SourcePos first = spec.source->PosAt(places[0].begin);
  const std::string detail =
      fmt::format("A spec holds one job; the first is at {}:{}.", first.line, first.column);
  for (std::size_t i = 1; i < places.size(); ++i) {
    diagnostics.Error(spec.source, places[i], "Duplicate job block", detail);
  }
}

}  // namespace

Evaluation::Evaluation(const ParsedSpec& spec, const SpecContext& context)
    : spec_(spec.valid ? WithTree(spec) : spec),
      context_(context),
      session_(spec.source, spec.path, context),
      variables_(session_) {}

bool Evaluation::Run(hcl::Diagnostics& diagnostics) {
  if (!spec_.valid) return false;
  const std::size_t before = diagnostics.error_count();
  files_ = ReadVariableFiles(context_, diagnostics);
  if (!files_) return false;
  top_ = ReadTopLevel(spec_, diagnostics);
  CheckTopLevel(spec_, diagnostics);
  if (diagnostics.error_count() != before) return false;
  const VariableInput& input = InputOf(context_);
  if (!EvaluateNames(top_, input, *files_, session_, variables_, diagnostics)) return false;
  if (context_.secrets != nullptr) TellSecrets("", variables_.AsObject(), *context_.secrets);
  CheckJobs(top_, spec_, diagnostics);
  if (!top_.jobs.empty()) {
    job_ = EvaluateJob(*top_.jobs.front(), session_, diagnostics);
  } else if (!top_.json_jobs.empty()) {
    json_job_ = EvaluateJsonJob(top_.json_jobs.front(), session_, diagnostics);
  }
  if (diagnostics.error_count() != before) return false;
  if (context_.secrets != nullptr && job_) TellSecrets(job_->body, *context_.secrets);
  return true;
}

std::string_view Evaluation::label() const {
  if (json_job_) return json_job_->label;
  return job_ ? std::string_view(FirstLabel(*job_)) : std::string_view();
}

std::vector<PlacedImage> Evaluation::Images() const {
  return job_ ? PlacedImagesOf(*job_) : PlacedImagesOf(*json_job_);
}

std::optional<SpecExpr> Evaluation::Local(std::string_view name) const {
  std::optional<SpecExpr> found;
  for (const Section& section : top_.locals) {
    for (const SectionAttribute& attribute : section.attributes) {
      if (attribute.name == name) found = attribute.expr;
    }
  }
  return found;
}

std::optional<SpecExpr> Evaluation::Default(std::string_view variable) const {
  for (const Section& section : top_.variables) {
    const bool is_block = section.type == "variable";
    if (is_block && section.labels.front() != variable) continue;
    const SectionAttribute* attribute = section.Find(is_block ? "default" : variable);
    if (attribute != nullptr) return attribute->expr;
  }
  return std::nullopt;
}

std::optional<SpecExpr> Evaluation::At(hcl::Span place) const {
  if (!top_.jobs.empty()) {
    const hcl::Expr* expr = FindExprAt(*top_.jobs.front()->body, place);
    return expr == nullptr ? std::nullopt : std::optional(ExprOf(*expr, spec_.source));
  }
  const hcl::JsonValue* value = FindJsonAt(*top_.json_jobs.front().body, place);
  return value == nullptr ? std::nullopt : std::optional(ExprOf(*value, spec_.source));
}

std::size_t Evaluation::CountAt(hcl::Span place) const {
  return job_ ? CountPlaced(job_->body, place) : CountPlaced(json_job_->body, place);
}

}  // namespace nmgr::jobspec
