#include "jobspec/body.h"

#include <algorithm>
#include <array>
#include <set>

#include "jobspec/driver_value.h"
#include "jobspec/dynamic.h"
#include "jobspec/unfit_values.h"

namespace nmgr::jobspec {
namespace {

BlockPlace PlaceOf(const hcl::Block& block) {
  return {block.HeaderSpan(), {block.open_span.begin, block.open_span.begin}, block.close_span};
}

// What a body is to Nomad: part of the job's schema, a block that is taken as it is, or inside of
// one.
enum class Form { kSchema, kMap, kData };

class BodyEvaluation {
 public:
  BodyEvaluation(Session& session, hcl::Diagnostics& diagnostics)
      : session_(session), diagnostics_(&diagnostics), unfit_(session, diagnostics) {}

  EvaluatedBody Evaluate(const hcl::Body& body, const hcl::Scope& scope, Form form);
  void ReportDeferred() {
    diagnostics_->Append(std::move(deferred_));
    unfit_.ReportTo(*diagnostics_);
  }

 private:
  void EvaluateAttribute(const hcl::Attribute& attribute, std::size_t blocks_before,
                         const hcl::EvalContext& context, EvaluatedBody& result);
  void EvaluateShadowed(const hcl::Attribute& attribute, std::size_t blocks_before,
                        const hcl::EvalContext& context, EvaluatedBody& result);
  void EvaluateStatic(const hcl::Block& block, const hcl::Scope& scope, Form form,
                      std::vector<EvaluatedBlock>& result);
  void EvaluateDynamic(DynamicBlock dynamic, const hcl::Scope& scope,
                       std::vector<EvaluatedBlock>& result);
  EvaluatedBody EvaluateInner(std::string_view type, const hcl::Body& body, const hcl::Scope& scope,
                              Form outer);
  // False once nothing more may be made; said once, at `place`.
  bool ChargeBlock(hcl::Span place);
  bool IsDriverData() const { return diagnostics_ == &deferred_; }
  bool Exhausted() const { return session_.budget < 0 || session_.output_left < 0; }

  Session& session_;
  hcl::Diagnostics* diagnostics_;
  hcl::Diagnostics deferred_;
  UnfitValues unfit_;
};

bool BodyEvaluation::ChargeBlock(hcl::Span place) {
  if (Exhausted()) return false;
  session_.budget -= kBlockCost;
  if (!Exhausted()) return true;
  diagnostics_->Error(session_.source, place, "Evaluation too large",
                      "The dynamic blocks of this spec make more blocks than any job needs.");
  return false;
}

EvaluatedBody BodyEvaluation::EvaluateInner(std::string_view type, const hcl::Body& body,
                                            const hcl::Scope& scope, Form outer) {
  if (outer != Form::kSchema) return Evaluate(body, scope, Form::kData);
  if (!IsDeferred(type))
    return Evaluate(body, scope, IsSchemaless(type) ? Form::kMap : Form::kSchema);
  hcl::Diagnostics* const before = diagnostics_;
  diagnostics_ = &deferred_;
  EvaluatedBody result = Evaluate(body, scope, Form::kMap);
  diagnostics_ = before;
  return result;
}

void BodyEvaluation::EvaluateStatic(const hcl::Block& block, const hcl::Scope& scope, Form form,
                                    std::vector<EvaluatedBlock>& result) {
  if (!ChargeBlock(block.type_span)) return;
  EvaluatedBlock& made = result.emplace_back();
  made.type = block.type;
  made.labels.reserve(block.labels.size());
  for (const hcl::Label& label : block.labels) made.labels.emplace_back(label.text);
  made.place = PlaceOf(block);
  made.body = EvaluateInner(block.type, *block.body, scope, form);
}

void BodyEvaluation::EvaluateDynamic(DynamicBlock dynamic, const hcl::Scope& scope,
                                     std::vector<EvaluatedBlock>& result) {
  for (Expansion& expansion : dynamic.expansions) {
    if (!ChargeBlock(dynamic.content->span) ||
        !session_.ChargeOutput(expansion.item, dynamic.content->span, *diagnostics_)) {
      return;
    }
    hcl::Scope inner(&scope);
    inner.Set(expansion.iterator, std::move(expansion.item));
    EvaluatedBlock& made = result.emplace_back();
    made.type = dynamic.type;
    made.labels = std::move(expansion.labels);
    made.place = PlaceOf(*dynamic.place);
    made.body = EvaluateInner(dynamic.type, *dynamic.content, inner, Form::kSchema);
  }
}

void BodyEvaluation::EvaluateAttribute(const hcl::Attribute& attribute, std::size_t blocks_before,
                                       const hcl::EvalContext& context, EvaluatedBody& result) {
  if (Exhausted()) return;
  hcl::Value value = hcl::Evaluate(*attribute.expr, context, *diagnostics_);
  if (!session_.ChargeOutput(value, attribute.expr->span, *diagnostics_)) return;
  EvaluatedAttribute& made = result.attributes.emplace_back();
  made.name = attribute.name;
  made.value = IsDriverData() ? DriverValue(std::move(value)) : std::move(value);
  made.constructor = attribute.expr->kind == hcl::ExprKind::kObject;
  made.place = {attribute.name_span, attribute.expr->span};
  made.blocks_before = blocks_before;
}

// An attribute of a map that also has blocks of that name: Nomad never looks at it, so its faults
// are none.
void BodyEvaluation::EvaluateShadowed(const hcl::Attribute& attribute, std::size_t blocks_before,
                                      const hcl::EvalContext& context, EvaluatedBody& result) {
  hcl::Diagnostics* const before = diagnostics_;
  hcl::Diagnostics faults;
  diagnostics_ = &faults;
  const std::size_t kept = result.attributes.size();
  EvaluateAttribute(attribute, blocks_before, context, result);
  diagnostics_ = before;
  if (result.attributes.size() == kept) return;
  const hcl::Value& value = result.attributes.back().value;
  if (faults.HasErrors() || HasInfinity(value) || !value.IsWhollyKnown())
    result.attributes.pop_back();
}

EvaluatedBody BodyEvaluation::Evaluate(const hcl::Body& body, const hcl::Scope& scope, Form form) {
  EvaluatedBody result;
  const bool schemaless = form != Form::kSchema;
  std::vector<DynamicBlock> dynamics;
  std::set<std::string_view> shadows;
  std::size_t attributes = 0;
  for (const hcl::BodyItem& item : body.items) {
    if (item.block == nullptr) {
      ++attributes;
    } else if (form == Form::kMap) {
      shadows.insert(item.block->type);
    } else if (!schemaless && item.block->type == "dynamic") {
      dynamics.push_back(ExpandDynamic(*item.block, scope, session_, *diagnostics_));
    }
  }

  result.attributes.reserve(attributes);
  const hcl::EvalContext context = session_.ForJob(scope);
  std::size_t blocks_before = 0;
  auto dynamic = dynamics.begin();
  for (const hcl::BodyItem& item : body.items) {
    if (item.attribute != nullptr && shadows.contains(item.attribute->name)) {
      EvaluateShadowed(*item.attribute, blocks_before, context, result);
    } else if (item.attribute != nullptr) {
      EvaluateAttribute(*item.attribute, blocks_before, context, result);
      if (Exhausted()) continue;
      unfit_.Check(result.attributes.back().value, item.attribute->expr->span, IsDriverData());
    } else if (!schemaless && item.block->type == "dynamic") {
      blocks_before += (dynamic++)->expansions.size();
    } else {
      ++blocks_before;
    }
  }

  result.blocks.reserve(blocks_before);
  dynamic = dynamics.begin();
  for (const hcl::BodyItem& item : body.items) {
    if (item.block == nullptr) continue;
    if (!schemaless && item.block->type == "dynamic") {
      EvaluateDynamic(std::move(*dynamic++), scope, result.blocks);
    } else {
      EvaluateStatic(*item.block, scope, form, result.blocks);
    }
  }
  return result;
}

}  // namespace

bool IsSchemaless(std::string_view block_type) {
  static constexpr std::array<std::string_view, 11> kTypes = {
      "add",  "canary_meta", "config", "env", "header",          "headers",
      "meta", "options",     "policy", "set", "tagged_addresses"};
  return std::find(kTypes.begin(), kTypes.end(), block_type) != kTypes.end();
}

bool IsDeferred(std::string_view block_type) {
  return block_type == "config" || block_type == "policy";
}

EvaluatedBlock EvaluateJob(const hcl::Block& block, Session& session,
                           hcl::Diagnostics& diagnostics) {
  EvaluatedBlock job;
  job.type = block.type;
  for (const hcl::Label& label : block.labels) job.labels.emplace_back(label.text);
  job.place = PlaceOf(block);
  BodyEvaluation evaluation(session, diagnostics);
  job.body = evaluation.Evaluate(*block.body, session.scope, Form::kSchema);
  evaluation.ReportDeferred();
  return job;
}

}  // namespace nmgr::jobspec
