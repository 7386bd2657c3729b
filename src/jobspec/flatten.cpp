#include "jobspec/flatten.h"

#include "nmgr/hcl/write/flat.h"

namespace nmgr::jobspec {
namespace {

class FlatWriter {
 public:
  FlatWriter(std::string& out, std::vector<LinePlace>& lines) : out_(out), lines_(lines) {}

  void Block(const EvaluatedBlock& block, std::size_t indent) {
    out_.append(indent, ' ');
    out_ += block.type;
    for (const std::string& label : block.labels) {
      out_ += ' ';
      hcl::AppendQuoted(label, out_);
    }
    out_ += " {\n";
    lines_.push_back({block.place.header, block.place.open});
    Body(block.body, indent + 2);
    out_.append(indent, ' ');
    out_ += "}\n";
    lines_.push_back({block.place.close, block.place.close});
  }

 private:
  void Attribute(const EvaluatedAttribute& attribute, std::size_t indent) {
    out_.append(indent, ' ');
    out_ += attribute.name;
    out_ += " = ";
    const hcl::Kind kind = attribute.value.kind();
    const bool is_object =
        attribute.value.has_content() && (kind == hcl::Kind::kMap || kind == hcl::Kind::kObject);
    const bool parentheses = is_object && !attribute.constructor;
    if (parentheses) out_ += '(';
    hcl::AppendLiteral(attribute.value, out_);
    if (parentheses) out_ += ')';
    out_ += '\n';
    lines_.push_back(attribute.place);
  }

  void Body(const EvaluatedBody& body, std::size_t indent) {
    auto attribute = body.attributes.begin();
    for (std::size_t i = 0; i < body.blocks.size(); ++i) {
      for (; attribute != body.attributes.end() && attribute->blocks_before <= i; ++attribute) {
        Attribute(*attribute, indent);
      }
      Block(body.blocks[i], indent);
    }
    for (; attribute != body.attributes.end(); ++attribute) Attribute(*attribute, indent);
  }

  std::string& out_;
  std::vector<LinePlace>& lines_;
};

}  // namespace

void AppendFlat(const EvaluatedBlock& block, std::string& out, std::vector<LinePlace>& lines) {
  FlatWriter(out, lines).Block(block, 0);
}

}  // namespace nmgr::jobspec
