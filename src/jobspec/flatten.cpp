#include "jobspec/flatten.h"

#include "nmgr/hcl/write/flat.h"

namespace nmgr::jobspec {
namespace {

void AppendBlock(const EvaluatedBlock& block, std::size_t indent, std::string& out);

void AppendAttribute(const EvaluatedAttribute& attribute, std::size_t indent, std::string& out) {
  out.append(indent, ' ');
  out += attribute.name;
  out += " = ";
  const hcl::Kind kind = attribute.value.kind();
  const bool is_object =
      attribute.value.has_content() && (kind == hcl::Kind::kMap || kind == hcl::Kind::kObject);
  const bool parentheses = is_object && !attribute.constructor;
  if (parentheses) out += '(';
  hcl::AppendLiteral(attribute.value, out);
  if (parentheses) out += ')';
  out += '\n';
}

void AppendBody(const EvaluatedBody& body, std::size_t indent, std::string& out) {
  auto attribute = body.attributes.begin();
  for (std::size_t i = 0; i < body.blocks.size(); ++i) {
    for (; attribute != body.attributes.end() && attribute->blocks_before <= i; ++attribute) {
      AppendAttribute(*attribute, indent, out);
    }
    AppendBlock(body.blocks[i], indent, out);
  }
  for (; attribute != body.attributes.end(); ++attribute) AppendAttribute(*attribute, indent, out);
}

void AppendBlock(const EvaluatedBlock& block, std::size_t indent, std::string& out) {
  out.append(indent, ' ');
  out += block.type;
  for (const std::string& label : block.labels) {
    out += ' ';
    hcl::AppendQuoted(label, out);
  }
  out += " {\n";
  AppendBody(block.body, indent + 2, out);
  out.append(indent, ' ');
  out += "}\n";
}

}  // namespace

void AppendFlat(const EvaluatedBlock& block, std::string& out) { AppendBlock(block, 0, out); }

}  // namespace nmgr::jobspec
