// A header that is read without a tree is that of the tree, of a text without a fault.

#include "fuzz/fuzz.h"
#include "jobspec/quick_header.h"
#include "nmgr/hcl/syntax/parse.h"
#include "nmgr/hcl/value/convert.h"

namespace nmgr::fuzz {
namespace {

// The literal string that an attribute of the job is; "" for none.
std::string TextOf(const hcl::Body& job, std::string_view name) {
  for (const hcl::BodyItem& item : job.items) {
    if (item.attribute == nullptr || item.attribute->name != name) continue;
    Require(item.attribute->expr->kind == hcl::ExprKind::kLiteral, "a header is no literal");
    const hcl::Value& value = hcl::As<hcl::LiteralExpr>(*item.attribute->expr).value;
    Require(value.has_content() && value.kind() == hcl::Kind::kString, "a header is no string");
    return std::string(value.as_string());
  }
  return {};
}

void CheckHeader(std::string_view text) {
  const hcl::SourcePtr source = Source(text);
  const auto quick = jobspec::ReadQuickHeader(*source);
  if (!quick) return;
  hcl::Diagnostics diagnostics;
  const hcl::BodyPtr tree = hcl::ParseBody(source, diagnostics);
  Require(diagnostics.items().empty(), "a header was read of a text with a fault");
  const hcl::Block* job = nullptr;
  std::vector<std::string> variables;
  for (const hcl::BodyItem& item : tree->root().items) {
    Require(item.block != nullptr, "an attribute stands at the top");
    if (item.block->type == "job") {
      Require(job == nullptr && item.block->labels.size() == 1, "not one job");
      job = item.block;
    } else if (item.block->type == "variable") {
      Require(item.block->labels.size() == 1, "a variable without a name");
      variables.emplace_back(item.block->labels.front().text);
    } else {
      Require(item.block->type == "locals", "another block at the top");
    }
  }
  Require(job != nullptr, "no job");
  std::sort(variables.begin(), variables.end());
  variables.erase(std::unique(variables.begin(), variables.end()), variables.end());
  Require(variables == quick->variables, "other variables");
  const std::string id = TextOf(*job->body, "id");
  Require(quick->header.id == (id.empty() ? std::string(job->labels.front().text) : id),
          "another ID");
  Require(quick->header.name_space == TextOf(*job->body, "namespace"), "another namespace");
  Require(quick->header.region == TextOf(*job->body, "region"), "another region");
  Require(quick->header.type == TextOf(*job->body, "type"), "another type");
}

}  // namespace

void Header(std::string_view text) {
  CheckHeader(text);
  CheckHeader("job \"x\" {\n" + std::string(text) + "\n}\n");
  CheckHeader("job \"x\" {\n  a = " + std::string(text) + "\n}\n");
}

}  // namespace nmgr::fuzz
