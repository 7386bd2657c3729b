#include "repo/filter/place.h"

#include <algorithm>
#include <vector>

#include "nmgr/hcl/value/convert.h"

namespace nmgr::repo {
namespace {

using jobspec::EvaluatedAttribute;
using jobspec::EvaluatedBlock;
using jobspec::EvaluatedBody;

bool Contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

bool Holds(const hcl::Value& value, std::string_view text) {
  if (!value.has_content()) return false;
  switch (value.kind()) {
    case hcl::Kind::kString:
      return Contains(value.as_string(), text);
    case hcl::Kind::kList:
    case hcl::Kind::kSet:
    case hcl::Kind::kTuple:
      return std::any_of(value.elements().begin(), value.elements().end(),
                         [&](const hcl::Value& element) { return Holds(element, text); });
    case hcl::Kind::kMap:
    case hcl::Kind::kObject:
      return std::any_of(value.fields().begin(), value.fields().end(),
                         [&](const hcl::Field& field) {
                           return Contains(field.key, text) || Holds(field.value, text);
                         });
    case hcl::Kind::kNumber:
    case hcl::Kind::kBool: {
      const hcl::Converted written = hcl::Convert(value, hcl::Type::String());
      return written && (*written).has_content() && Contains((*written).as_string(), text);
    }
    case hcl::Kind::kDynamic:
      return false;
  }
  return false;
}

// Whether the flat text writes `text` as it is, so that a search there decides.
bool IsPlain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return c >= ' ' && c <= '~' && std::string_view("\"\\$%").find(c) == std::string_view::npos;
  });
}

// The way to what was found: the blocks around it, and the attribute unless it is a label.
struct Way {
  std::vector<const EvaluatedBlock*> blocks;
  const EvaluatedAttribute* attribute = nullptr;
};

bool Search(const EvaluatedBody& body, std::string_view text, Way& way) {
  for (const EvaluatedAttribute& attribute : body.attributes) {
    if (!Contains(attribute.name, text) && !Holds(attribute.value, text)) continue;
    way.attribute = &attribute;
    return true;
  }
  for (const EvaluatedBlock& block : body.blocks) {
    way.blocks.push_back(&block);
    if (std::any_of(block.labels.begin(), block.labels.end(),
                    [&](const std::string& label) { return Contains(label, text); }) ||
        Search(block.body, text, way)) {
      return true;
    }
    way.blocks.pop_back();
  }
  return false;
}

bool SameLabels(const hcl::Block& block, const EvaluatedBlock& evaluated) {
  return std::equal(block.labels.begin(), block.labels.end(), evaluated.labels.begin(),
                    evaluated.labels.end(),
                    [](const hcl::Label& a, const std::string& b) { return a.text == b; });
}

// The block of `body` that `evaluated` was written as, or the `dynamic` block that made it.
const hcl::Block* WrittenAs(const hcl::Body& body, const EvaluatedBlock& evaluated) {
  const hcl::Block* maker = nullptr;
  for (const hcl::BodyItem& item : body.items) {
    if (item.block == nullptr) continue;
    if (item.block->type == evaluated.type && SameLabels(*item.block, evaluated)) return item.block;
    const bool makes = item.block->type == "dynamic" && !item.block->labels.empty() &&
                       item.block->labels.front().text == evaluated.type;
    if (makes && maker == nullptr) maker = item.block;
  }
  return maker;
}

const hcl::Body& ContentOf(const hcl::Block& block) {
  if (block.type != "dynamic") return *block.body;
  for (const hcl::BodyItem& item : block.body->items) {
    if (item.block != nullptr && item.block->type == "content") return *item.block->body;
  }
  return *block.body;
}

std::size_t LineOf(const Way& way, const jobspec::ParsedSpec& parsed) {
  if (parsed.body == nullptr) return 0;
  const hcl::Body* body = &parsed.body->root();
  hcl::Span place{};
  for (const EvaluatedBlock* block : way.blocks) {
    const hcl::Block* written = WrittenAs(*body, *block);
    if (written == nullptr) return parsed.source->PosAt(place.begin).line;
    place = written->type_span;
    body = &ContentOf(*written);
  }
  for (const hcl::BodyItem& item : body->items) {
    if (way.attribute == nullptr || item.attribute == nullptr) continue;
    if (item.attribute->name == way.attribute->name) place = item.attribute->name_span;
  }
  return parsed.source->PosAt(place.begin).line;
}

std::string NameOf(const Way& way) {
  std::string name = way.blocks.empty() ? std::string() : way.blocks.back()->type;
  if (way.attribute == nullptr) return name;
  return name.empty() ? way.attribute->name : name + "." + way.attribute->name;
}

}  // namespace

std::optional<Place> FindPlace(const jobspec::JobSpec& spec, const jobspec::ParsedSpec& parsed,
                               std::string_view text) {
  const bool in_flat = Contains(spec.flat_hcl, text);
  if (!in_flat && IsPlain(text)) return std::nullopt;
  Way way;
  if (Search(spec.body, text, way)) return Place{NameOf(way), LineOf(way, parsed)};
  if (in_flat) return Place{};
  return std::nullopt;
}

}  // namespace nmgr::repo
