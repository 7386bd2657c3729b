#include "jobspec/dynamic.h"

#include <fmt/format.h>

#include "jobspec/section.h"
#include "jobspec/unfit_values.h"
#include "nmgr/hcl/syntax/parse.h"
#include "nmgr/hcl/value/convert.h"

namespace nmgr::jobspec {
namespace {

const SectionSchema& DynamicSchema() {
  static const SectionSchema schema{{"for_each", "iterator", "labels"}, {"for_each"}, {"content"}};
  return schema;
}

// What the parts of a dynamic block are, before anything is evaluated.
struct Parts {
  const hcl::Attribute* for_each = nullptr;
  const hcl::Attribute* iterator = nullptr;
  const hcl::Attribute* labels = nullptr;
  std::vector<const hcl::Block*> contents;
};

Parts PartsOf(const hcl::Body& body) {
  Parts parts;
  for (const hcl::BodyItem& item : body.items) {
    if (item.block != nullptr) {
      if (item.block->type == "content") parts.contents.push_back(item.block);
    } else if (item.attribute->name == "for_each") {
      parts.for_each = item.attribute;
    } else if (item.attribute->name == "iterator") {
      parts.iterator = item.attribute;
    } else if (item.attribute->name == "labels") {
      parts.labels = item.attribute;
    }
  }
  return parts;
}

// The iterator's name; "" after an error. To Nomad null, true and false are names here.
std::string_view IteratorName(const hcl::Expr& expr, const hcl::SourcePtr& file,
                              hcl::Diagnostics& diagnostics) {
  if (expr.kind == hcl::ExprKind::kTraversal) {
    const auto& traversal = hcl::As<hcl::TraversalExpr>(expr);
    if (traversal.steps.empty()) return traversal.root;
    diagnostics.Error(file, expr.span, "Invalid dynamic iterator name",
                      "Dynamic iterator must be a single variable name.");
    return {};
  }
  if (expr.kind == hcl::ExprKind::kLiteral) {
    const std::string_view text =
        file->text().substr(expr.span.begin, expr.span.end - expr.span.begin);
    if (hcl::IsIdentifier(text)) return text;
  }
  diagnostics.Error(file, expr.span, "Invalid expression",
                    "The iterator is a bare name: no quotes, calculations or function calls.");
  return {};
}

class Expander {
 public:
  Expander(const hcl::Block& block, const hcl::Scope& scope, const Session& session,
           hcl::Diagnostics& diagnostics)
      : block_(block), scope_(scope), session_(session), diagnostics_(diagnostics) {}

  DynamicBlock Run();
  // One block with unknown labels and an unknown item; only what it is made of must be there.
  DynamicBlock Unknown() const;

 private:
  bool HasType();
  bool HasOneContent(const Parts& parts);
  bool ExpandOne(const hcl::TupleExpr* labels, Expansion& expansion);

  const hcl::Block& block_;
  const hcl::Scope& scope_;
  const Session& session_;
  hcl::Diagnostics& diagnostics_;
};

// The flat text has the type as a block's name, so it must be one there. Which names mean something
// is the server's to say, but "dynamic" it would expand again.
bool Expander::HasType() {
  if (block_.labels.size() == 1) {
    const hcl::Label& label = block_.labels[0];
    if (hcl::IsIdentifier(label.text) && label.text != "dynamic") return true;
    diagnostics_.Error(session_.source, label.span, "Unsupported block type",
                       fmt::format("No block of a job has the type \"{}\".", label.text));
    return false;
  }
  if (block_.labels.empty()) {
    diagnostics_.Error(session_.source, block_.open_span, "Missing type for dynamic",
                       "A dynamic block has one label: the type of the blocks that it makes.");
  } else {
    diagnostics_.Error(
        session_.source, block_.labels[1].span, "Extraneous label for dynamic",
        "A dynamic block has one label: the type of the blocks that it makes. Labels of "
        "those blocks are written as labels = [...].");
  }
  return false;
}

bool Expander::HasOneContent(const Parts& parts) {
  if (parts.contents.size() == 1) return true;
  if (parts.contents.empty()) {
    diagnostics_.Error(
        session_.source, {block_.open_span.begin, block_.open_span.begin},
        "Missing dynamic content block",
        "A dynamic block must have a nested block of type \"content\" to describe the body "
        "of each generated block.");
  } else {
    diagnostics_.Error(session_.source, parts.contents[1]->HeaderSpan(),
                       "Extraneous dynamic content block",
                       "Only one nested content block is allowed for each dynamic block.");
  }
  return false;
}

bool Expander::ExpandOne(const hcl::TupleExpr* labels, Expansion& expansion) {
  if (labels == nullptr) return true;
  hcl::Scope scope(&scope_);
  scope.Set(expansion.iterator, expansion.item);
  const hcl::EvalContext context = session_.ForJob(scope);
  for (const hcl::Expr* expr : labels->items) {
    const std::size_t before = diagnostics_.error_count();
    const hcl::Value value = hcl::Evaluate(*expr, context, diagnostics_);
    if (diagnostics_.error_count() != before) return false;
    std::optional<std::string> label = LabelOf(value, session_.source, expr->span, diagnostics_);
    if (!label) return false;
    expansion.labels.push_back(*std::move(label));
  }
  return true;
}

DynamicBlock Expander::Run() {
  DynamicBlock result;
  if (!HasType()) return result;
  result.type = block_.labels[0].text;
  const std::size_t before = diagnostics_.error_count();
  CheckSection(SectionOf(block_, session_.source), DynamicSchema(), session_.source, diagnostics_);
  if (diagnostics_.error_count() != before) return result;

  const Parts parts = PartsOf(*block_.body);
  std::string_view iterator = result.type;
  if (parts.iterator != nullptr) {
    iterator = IteratorName(*parts.iterator->expr, session_.source, diagnostics_);
    if (iterator.empty()) return result;
  }
  const hcl::Value each =
      hcl::Evaluate(*parts.for_each->expr, session_.ForJob(scope_), diagnostics_);
  if (diagnostics_.error_count() != before) return result;
  const std::optional<std::vector<Iteration>> iterations =
      IterationsOf(each, session_.source, parts.for_each->expr->span, diagnostics_);
  if (!iterations) return result;

  const hcl::TupleExpr* labels = nullptr;
  if (parts.labels != nullptr) {
    const hcl::Expr& expr = *parts.labels->expr;
    if (expr.kind != hcl::ExprKind::kTuple) {
      diagnostics_.Error(session_.source, hcl::StartSpan(expr, *session_.source),
                         "Invalid expression",
                         "A static list expression is required: labels = [...].");
      return result;
    }
    labels = &hcl::As<hcl::TupleExpr>(expr);
  }
  if (!HasOneContent(parts)) return result;

  for (const Iteration& iteration : *iterations) {
    Expansion expansion;
    expansion.iterator = iterator;
    expansion.item = hcl::Value::Object({{"key", iteration.key}, {"value", iteration.value}});
    if (!ExpandOne(labels, expansion)) {
      if (!session_.partly) continue;
      expansion.labels = {std::string(kUnknownImage)};
    }
    result.expansions.push_back(std::move(expansion));
  }
  result.content = parts.contents[0]->body;
  result.place = parts.contents[0];
  return result;
}

DynamicBlock Expander::Unknown() const {
  DynamicBlock result;
  const Parts parts = PartsOf(*block_.body);
  if (block_.labels.size() != 1 || parts.contents.empty()) return result;
  result.type = block_.labels[0].text;
  result.content = parts.contents[0]->body;
  result.place = parts.contents[0];
  Expansion expansion;
  expansion.labels = {std::string(kUnknownImage)};
  expansion.iterator = result.type;
  if (parts.iterator != nullptr) {
    hcl::Diagnostics ignored;
    expansion.iterator = IteratorName(*parts.iterator->expr, session_.source, ignored);
  }
  expansion.item = hcl::Value::Unknown();
  result.expansions.push_back(std::move(expansion));
  return result;
}

bool HasUnknownList(const hcl::Block& block, const hcl::Scope& scope, const Session& session) {
  const Parts parts = PartsOf(*block.body);
  if (parts.for_each == nullptr) return false;
  hcl::Diagnostics ignored;
  return !hcl::Evaluate(*parts.for_each->expr, session.ForJob(scope), ignored).is_known();
}

}  // namespace

std::optional<std::vector<Iteration>> IterationsOf(const hcl::Value& value,
                                                   const hcl::SourcePtr& file, hcl::Span place,
                                                   hcl::Diagnostics& diagnostics) {
  const auto fail = [&](std::string detail) {
    diagnostics.Error(file, place, "Invalid dynamic for_each value", std::move(detail));
    return std::nullopt;
  };
  const hcl::Kind kind = value.kind();
  if (kind == hcl::Kind::kBool || kind == hcl::Kind::kNumber || kind == hcl::Kind::kString) {
    return fail(
        fmt::format("Cannot use a {} value in for_each. An iterable collection is required.",
                    value.type().FriendlyName()));
  }
  if (value.is_null()) return fail("Cannot use a null value in for_each.");
  if (!value.is_known()) return fail(fmt::format("Unsuitable value: {}", kWhyUnknown));
  std::vector<Iteration> iterations;
  if (kind == hcl::Kind::kMap || kind == hcl::Kind::kObject) {
    for (const hcl::Field& field : value.fields()) {
      iterations.push_back({hcl::Value::Of(field.key), field.value});
    }
    return iterations;
  }
  std::int64_t index = 0;
  for (const hcl::Value& element : value.elements()) {
    iterations.push_back({kind == hcl::Kind::kSet
                              ? element
                              : hcl::Value::OfInt(index++, hcl::Number::kIntegerPrecision),
                          element});
  }
  return iterations;
}

std::optional<std::string> LabelOf(const hcl::Value& value, const hcl::SourcePtr& file,
                                   hcl::Span place, hcl::Diagnostics& diagnostics) {
  const auto fail = [&](std::string detail) {
    diagnostics.Error(file, place, "Invalid dynamic block label", std::move(detail));
    return std::nullopt;
  };
  const hcl::Converted text = hcl::Convert(value, hcl::Type::String());
  if (!text) {
    return fail(fmt::format("Cannot use this value as a dynamic block label: {}.", text.error()));
  }
  if ((*text).is_null()) return fail("Cannot use a null value as a dynamic block label.");
  if (!(*text).is_known()) return fail("This value is not known.");
  return std::string((*text).as_string());
}

DynamicBlock ExpandDynamic(const hcl::Block& block, const hcl::Scope& scope, const Session& session,
                           hcl::Diagnostics& diagnostics) {
  Expander expander(block, scope, session, diagnostics);
  if (session.partly && HasUnknownList(block, scope, session)) return expander.Unknown();
  const std::size_t before = diagnostics.error_count();
  DynamicBlock made = expander.Run();
  const bool failed = diagnostics.error_count() != before;
  return session.partly && failed && made.expansions.empty() ? expander.Unknown() : std::move(made);
}

}  // namespace nmgr::jobspec
