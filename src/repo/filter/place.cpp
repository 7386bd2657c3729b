#include "repo/filter/place.h"

#include <algorithm>
#include <vector>

#include "nmgr/hcl/value/convert.h"
#include "nmgr/repo/filter/condition.h"

namespace nmgr::repo {
namespace {

using jobspec::EvaluatedAttribute;
using jobspec::EvaluatedBlock;
using jobspec::EvaluatedBody;

bool Contains(std::string_view text, const Sought& sought) { return sought.Find(text).has_value(); }

bool Holds(const hcl::Value& value, const Sought& sought) {
  if (!value.has_content()) return false;
  switch (value.kind()) {
    case hcl::Kind::kString:
      return Contains(value.as_string(), sought);
    case hcl::Kind::kList:
    case hcl::Kind::kSet:
    case hcl::Kind::kTuple:
      return std::any_of(value.elements().begin(), value.elements().end(),
                         [&](const hcl::Value& element) { return Holds(element, sought); });
    case hcl::Kind::kMap:
    case hcl::Kind::kObject:
      return std::any_of(value.fields().begin(), value.fields().end(),
                         [&](const hcl::Field& field) {
                           return Contains(field.key, sought) || Holds(field.value, sought);
                         });
    case hcl::Kind::kNumber:
    case hcl::Kind::kBool: {
      const hcl::Converted written = hcl::Convert(value, hcl::Type::String());
      return written && (*written).has_content() && Contains((*written).as_string(), sought);
    }
    case hcl::Kind::kDynamic:
      return false;
  }
  return false;
}

// Whether the flat text writes what is sought as it is, so that a search there decides.
bool IsPlain(const Sought& sought) {
  const auto plain = [](char c) {
    return c >= ' ' && c <= '~' && std::string_view("\"\\$%").find(c) == std::string_view::npos;
  };
  return !sought.pattern && std::all_of(sought.keywords.begin(), sought.keywords.end(),
                                        [&](const std::string& keyword) {
                                          return std::all_of(keyword.begin(), keyword.end(), plain);
                                        });
}

// What was found: an attribute of a block, or a label of it.
struct Way {
  std::vector<const EvaluatedBlock*> blocks;
  const EvaluatedAttribute* attribute = nullptr;
};

bool Search(const EvaluatedBody& body, const Sought& sought, Way& way) {
  for (const EvaluatedAttribute& attribute : body.attributes) {
    if (!Contains(attribute.name, sought) && !Holds(attribute.value, sought)) continue;
    way.attribute = &attribute;
    return true;
  }
  for (const EvaluatedBlock& block : body.blocks) {
    way.blocks.push_back(&block);
    if (std::any_of(block.labels.begin(), block.labels.end(),
                    [&](const std::string& label) { return Contains(label, sought); }) ||
        Search(block.body, sought, way)) {
      return true;
    }
    way.blocks.pop_back();
  }
  return false;
}

std::size_t LineOf(const Way& way, const jobspec::JobSpec& spec) {
  if (spec.body.blocks.empty()) return 0;
  const hcl::Span place =
      way.attribute != nullptr ? way.attribute->place.head : way.blocks.back()->place.header;
  return spec.source->PosAt(place.begin).line;
}

std::string PlaceName(const Way& way) {
  std::string name = way.blocks.empty() ? std::string() : way.blocks.back()->type;
  if (way.attribute == nullptr) return name;
  return name.empty() ? way.attribute->name : name + "." + way.attribute->name;
}

}  // namespace

std::optional<Place> FindPlace(const jobspec::JobSpec& spec, const Sought& sought) {
  const bool in_flat = Contains(spec.flat_hcl, sought);
  const bool partial = spec.flat_hcl.empty();
  if (!in_flat && !partial && IsPlain(sought)) return std::nullopt;
  Way way;
  const bool json = partial && spec.body.blocks.empty();
  if (Search(json ? spec.json_body : spec.body, sought, way))
    return Place{PlaceName(way), LineOf(way, spec)};
  if (in_flat) return Place{};
  return std::nullopt;
}

}  // namespace nmgr::repo
