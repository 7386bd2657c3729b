// The parts of a spec around its job: `variable`, `variables` and `locals` blocks, from either
// syntax in one form. Private to jobspec.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jobspec/session.h"

namespace nmgr::jobspec {

// An expression of a spec or a var file in either syntax, with the text it stands in. A text that
// was given as it is has neither tree.
struct SpecExpr {
  hcl::SourcePtr file;
  hcl::Span span;
  const hcl::Expr* native = nullptr;
  const hcl::JsonValue* json = nullptr;

  hcl::Span start() const;  // where messages about its type point
};

SpecExpr ExprOf(const hcl::Expr& expr, const hcl::SourcePtr& file);
SpecExpr ExprOf(const hcl::JsonValue& value, const hcl::SourcePtr& file);

// `context` says what may be used; its file is replaced by the expression's own. JSON strings are
// templates, but verbatim where no names are in force.
hcl::Value EvaluateExpr(const SpecExpr& expr, hcl::EvalContext context,
                        hcl::Diagnostics& diagnostics);
// JSON has types as strings that hold native syntax.
std::optional<hcl::Type> EvaluateTypeExpr(const SpecExpr& expr, hcl::Diagnostics& diagnostics);

// A root name and its first attribute ("" where it has none or something else stands there), with
// their places in the expression's file.
struct Reference {
  std::string root;
  std::string attribute;
  hcl::Span span;
  hcl::Span attribute_span;
};
std::vector<Reference> ReferencesOf(const SpecExpr& expr);

struct SectionAttribute {
  std::string name;
  hcl::Span name_span;
  SpecExpr expr;
};

struct Section {
  std::string type = {};
  std::vector<std::string> labels;
  std::vector<hcl::Span> label_spans;
  hcl::Span type_span;
  hcl::Span header;   // type and labels
  hcl::Span missing;  // where something that is not there is reported
  std::vector<SectionAttribute> attributes;
  std::vector<Section> blocks;

  const SectionAttribute* Find(std::string_view name) const;
};

// Attributes and blocks that a kind of section may have. Everything else is reported.
struct SectionSchema {
  std::vector<std::string_view> attributes;
  std::vector<std::string_view> required;
  std::vector<std::string_view> blocks;  // without labels
};
void CheckSection(const Section& section, const SectionSchema& schema, const hcl::SourcePtr& file,
                  hcl::Diagnostics& diagnostics);

// For sections of attributes only: reports a block.
void CheckAttributesOnly(const Section& section, const hcl::SourcePtr& file,
                         hcl::Diagnostics& diagnostics);

Section SectionOf(const hcl::Block& block, const hcl::SourcePtr& file);
Section SectionOf(const hcl::Body& body, const hcl::SourcePtr& file);  // a whole file

// Members of `body` whose names stand in `blocks` are blocks, all others attributes.
Section SectionOf(const hcl::JsonValue& body, const std::vector<std::string_view>& blocks,
                  const hcl::SourcePtr& file, hcl::Diagnostics& diagnostics);

}  // namespace nmgr::jobspec
