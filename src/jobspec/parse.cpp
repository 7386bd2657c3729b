// ParseSpec: the text, and of the job no more than its header.

#include "nmgr/hcl/syntax/parse.h"

#include <algorithm>

#include "jobspec/header.h"
#include "jobspec/images.h"
#include "jobspec/names.h"
#include "jobspec/quick_header.h"

namespace nmgr::jobspec {
namespace {

std::string* FieldOf(JobHeader& header, std::string_view attribute) {
  if (attribute == "id") return &header.id;
  if (attribute == "namespace") return &header.name_space;
  if (attribute == "region") return &header.region;
  return attribute == "type" ? &header.type : nullptr;
}

// An attribute of the job that is not a plain string.
struct HeaderAttribute {
  std::string_view name;
  SpecExpr expr;
};

// A header that needs variables or locals; without the strictness of a whole evaluation, so that
// what the header does not hang on may be wrong.
void EvaluateHeader(const TopLevel& top, const std::vector<HeaderAttribute>& attributes,
                    const SpecContext& context, ParsedSpec& spec, hcl::Diagnostics& diagnostics) {
  VariableInput input = InputOf(context);
  input.strict = false;
  const VariableFilesPtr files = ReadVariableFiles(context, diagnostics);
  if (!files) return;
  Session session(spec.source, spec.path, context);
  Variables variables(session);
  hcl::Diagnostics of_names;
  session.partly = !EvaluateNames(top, input, *files, session, variables, of_names);
  if (session.partly) EvaluateNamesPartly(top, input, *files, session);
  bool unknown = false;
  for (const HeaderAttribute& attribute : attributes) {
    hcl::Diagnostics faults;
    const hcl::Value value = EvaluateExpr(attribute.expr, session.ForJob(session.scope), faults);
    const bool known = !faults.HasErrors() && value.is_known();
    if (known) *FieldOf(spec.header, attribute.name) = TextOf(value);
    unknown = unknown || !known;
    if (!session.partly) diagnostics.Append(std::move(faults));
  }
  if (session.partly && unknown) diagnostics.Append(std::move(of_names));
}

// Fills in what is literal and returns the rest.
std::vector<HeaderAttribute> ReadNativeHeader(const hcl::Block& job, ParsedSpec& spec) {
  std::vector<HeaderAttribute> rest;
  for (const hcl::BodyItem& item : job.body->items) {
    if (item.attribute == nullptr) continue;
    std::string* const field = FieldOf(spec.header, item.attribute->name);
    if (field == nullptr) continue;
    const hcl::Expr& expr = *item.attribute->expr;
    if (expr.kind == hcl::ExprKind::kLiteral) {
      *field = TextOf(hcl::As<hcl::LiteralExpr>(expr).value);
    } else {
      rest.push_back({item.attribute->name, ExprOf(expr, spec.source)});
    }
  }
  return rest;
}

std::vector<HeaderAttribute> ReadJsonHeader(const JsonBlock& job, ParsedSpec& spec) {
  std::vector<HeaderAttribute> rest;
  hcl::Diagnostics ignored;
  for (const hcl::JsonMember* member : JsonMembers(*job.body, spec.source, ignored)) {
    std::string* const field = FieldOf(spec.header, member->name);
    if (field == nullptr) continue;
    const std::string_view text = member->value->text;
    const bool is_template = member->value->kind == hcl::JsonKind::kString &&
                             (text.find("${") != text.npos || text.find("%{") != text.npos);
    if (is_template) {
      rest.push_back({member->name, ExprOf(*member->value, spec.source)});
    } else {
      *field = TextOf(hcl::JsonScalar(*member->value));
    }
  }
  return rest;
}

void ReadHeader(const TopLevel& top, const SpecContext& context, ParsedSpec& spec,
                hcl::Diagnostics& diagnostics) {
  const std::vector<HeaderAttribute> rest = top.jobs.empty()
                                                ? ReadJsonHeader(top.json_jobs.front(), spec)
                                                : ReadNativeHeader(*top.jobs.front(), spec);
  if (!rest.empty() && spec.valid) EvaluateHeader(top, rest, context, spec, diagnostics);
  if (!spec.header.id.empty()) return;
  const JsonBlock* const json = top.jobs.empty() ? &top.json_jobs.front() : nullptr;
  spec.header.id =
      json != nullptr ? json->labels.front() : std::string(top.jobs.front()->labels.front().text);
  if (!spec.header.id.empty() || !spec.valid) return;
  const hcl::Span label =
      json != nullptr ? json->label_spans.front() : top.jobs.front()->labels.front().span;
  diagnostics.Error(spec.source, label, "Missing job ID",
                    "Nomad takes no job without an ID, which is its label or its `id`.");
}

std::vector<std::string> DeclaredNames(const TopLevel& top) {
  std::vector<std::string> names;
  for (const Section& section : top.variables) {
    if (section.type == "variable") {
      names.push_back(section.labels.front());
    } else {
      for (const SectionAttribute& attribute : section.attributes) names.push_back(attribute.name);
    }
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace

ParsedSpec WithTree(const ParsedSpec& spec) {
  ParsedSpec whole = spec;
  if (whole.body || whole.json) return whole;
  hcl::Diagnostics none;
  whole.body = hcl::ParseBody(whole.source, none);
  return whole;
}

ParsedSpec ParseSpec(Path path, std::string text, const SpecContext& context,
                     hcl::Diagnostics& diagnostics) {
  ParsedSpec spec;
  spec.path = std::move(path);
  spec.source = std::make_shared<hcl::SourceFile>(spec.path, std::move(text));
  if (std::optional<QuickHeader> quick = ReadQuickHeader(*spec.source)) {
    spec.header = std::move(quick->header);
    spec.variables = std::move(quick->variables);
    spec.has_job = spec.valid = true;
    return spec;
  }
  const std::size_t before = diagnostics.error_count();
  if (hcl::LooksLikeJson(spec.source->text())) {
    spec.json = hcl::ParseJson(spec.source, diagnostics);
  } else {
    spec.body = hcl::ParseBody(spec.source, diagnostics);
  }
  spec.valid = diagnostics.error_count() == before;

  hcl::Diagnostics of_shape;  // evaluation finds them once more
  const TopLevel top = ReadTopLevel(spec, of_shape);
  spec.variables = DeclaredNames(top);
  spec.has_job = !top.jobs.empty() || !top.json_jobs.empty();
  if (spec.has_job) {
    ReadHeader(top, context, spec, diagnostics);
  } else if (!spec.valid) {
    if (const std::optional<std::string> label = FindJobLabel(spec.source->text())) {
      spec.has_job = true;
      spec.header.id = *label;
    }
  }
  return spec;
}

}  // namespace nmgr::jobspec
