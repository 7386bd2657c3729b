#include "nmgr/hcl/value/type.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "hcl/value/mix_hash.h"
#include "nmgr/hcl/value/json.h"
#include "nmgr/hcl/value/unicode.h"

namespace nmgr::hcl {

struct Type::Node {
  std::vector<Type> elements;  // one for collections
  std::vector<TypeAttribute> attributes;
  int depth = 1;
  bool has_dynamic = false;
  bool has_optional = false;
  std::size_t hash = 0;  // types that differ deep inside are told apart at once
};

namespace {

bool ByName(const TypeAttribute& a, const TypeAttribute& b) { return a.name < b.name; }

// Sorted by normalised name, the last of equal names kept.
void SortAttributes(std::vector<TypeAttribute>& attributes) {
  for (TypeAttribute& attribute : attributes) {
    if (!IsNfc(attribute.name)) attribute.name = NormalizeNfc(attribute.name);
  }
  std::stable_sort(attributes.begin(), attributes.end(), ByName);
  std::vector<TypeAttribute> kept;
  kept.reserve(attributes.size());
  for (TypeAttribute& attribute : attributes) {
    if (!kept.empty() && kept.back().name == attribute.name) kept.pop_back();
    kept.push_back(std::move(attribute));
  }
  attributes = std::move(kept);
}

}  // namespace

std::size_t Type::Hash() const {
  const auto kind = static_cast<std::size_t>(kind_);
  return node_ == nullptr ? kind : MixHash(kind, node_->hash);
}

int Type::depth() const { return node_ == nullptr ? 0 : node_->depth; }

Type Type::Make(Kind kind, std::vector<Type> elements, std::vector<TypeAttribute> attributes) {
  auto node = std::make_shared<Node>();
  const auto look_at = [&node](const Type& part) {
    node->depth = std::max(node->depth, part.depth() + 1);
    node->has_dynamic = node->has_dynamic || part.HasDynamic();
    node->has_optional = node->has_optional || part.HasOptional();
    node->hash = MixHash(node->hash, part.Hash());
  };
  for (const Type& element : elements) look_at(element);
  for (const TypeAttribute& attribute : attributes) {
    look_at(attribute.type);
    node->has_optional = node->has_optional || attribute.optional;
    node->hash = MixHash(node->hash, std::hash<std::string>()(attribute.name));
  }
  if (node->depth > kMaxDepth) return Dynamic();
  node->elements = std::move(elements);
  node->attributes = std::move(attributes);
  return Type(kind, std::move(node));
}

Type Type::List(Type element) { return Make(Kind::kList, {std::move(element)}, {}); }
Type Type::Set(Type element) { return Make(Kind::kSet, {std::move(element)}, {}); }
Type Type::Map(Type element) { return Make(Kind::kMap, {std::move(element)}, {}); }

Type Type::Tuple(std::vector<Type> elements) { return Make(Kind::kTuple, std::move(elements), {}); }

Type Type::Object(std::vector<TypeAttribute> attributes) {
  SortAttributes(attributes);
  return Make(Kind::kObject, {}, std::move(attributes));
}

const Type& Type::element() const { return node_->elements.front(); }
std::span<const Type> Type::elements() const { return node_->elements; }
std::span<const TypeAttribute> Type::attributes() const { return node_->attributes; }

const TypeAttribute* Type::FindTypeAttribute(std::string_view name) const {
  const auto& all = node_->attributes;
  const auto found = std::lower_bound(
      all.begin(), all.end(), name,
      [](const TypeAttribute& attribute, std::string_view x) { return attribute.name < x; });
  return found != all.end() && found->name == name ? &*found : nullptr;
}

const Type* Type::FindAttribute(std::string_view name) const {
  const TypeAttribute* found = FindTypeAttribute(name);
  return found == nullptr ? nullptr : &found->type;
}

bool Type::HasDynamic() const { return node_ == nullptr ? is_dynamic() : node_->has_dynamic; }

bool Type::HasOptional() const { return node_ != nullptr && node_->has_optional; }

Type Type::WithoutOptional() const {
  if (!HasOptional()) return *this;
  std::vector<Type> elements;
  for (const Type& element : node_->elements) elements.push_back(element.WithoutOptional());
  std::vector<TypeAttribute> attributes;
  for (const TypeAttribute& attribute : node_->attributes) {
    attributes.push_back({attribute.name, attribute.type.WithoutOptional()});
  }
  return Make(kind_, std::move(elements), std::move(attributes));
}

bool operator==(const Type& a, const Type& b) {
  if (a.kind_ != b.kind_) return false;
  if (a.node_ == b.node_) return true;
  return a.node_->hash == b.node_->hash && a.node_->elements == b.node_->elements &&
         a.node_->attributes == b.node_->attributes;
}

namespace {

std::string Name(const Type& type, bool constraint) {
  const auto of = [&](const char* what) {
    const bool any = constraint && type.element().is_dynamic();
    return what + (any ? "any single type" : Name(type.element(), constraint));
  };
  switch (type.kind()) {
    case Kind::kDynamic:
      return constraint ? "any type" : "dynamic";
    case Kind::kBool:
      return "bool";
    case Kind::kNumber:
      return "number";
    case Kind::kString:
      return "string";
    case Kind::kList:
      return of("list of ");
    case Kind::kSet:
      return of("set of ");
    case Kind::kMap:
      return of("map of ");
    case Kind::kTuple:
      return "tuple";
    case Kind::kObject:
      return "object";
  }
  return {};
}

void AppendObjectJson(const Type& type, std::string& out);

void AppendJson(const Type& type, std::string& out) {
  const auto collection = [&](const char* start) {
    out += start;
    AppendJson(type.element(), out);
    out += ']';
  };
  switch (type.kind()) {
    case Kind::kDynamic:
      out += "\"dynamic\"";
      return;
    case Kind::kBool:
      out += "\"bool\"";
      return;
    case Kind::kNumber:
      out += "\"number\"";
      return;
    case Kind::kString:
      out += "\"string\"";
      return;
    case Kind::kList:
      collection("[\"list\",");
      return;
    case Kind::kSet:
      collection("[\"set\",");
      return;
    case Kind::kMap:
      collection("[\"map\",");
      return;
    case Kind::kObject:
      AppendObjectJson(type, out);
      return;
    case Kind::kTuple:
      break;
  }
  out += "[\"tuple\",[";
  const char* separator = "";
  for (const Type& element : type.elements()) {
    out += separator;
    AppendJson(element, out);
    separator = ",";
  }
  out += "]]";
}

void AppendObjectJson(const Type& type, std::string& out) {
  std::string optional;
  out += "[\"object\",{";
  const char* separator = "";
  for (const TypeAttribute& attribute : type.attributes()) {
    out += separator;
    AppendJsonString(attribute.name, out);
    out += ':';
    AppendJson(attribute.type, out);
    separator = ",";
    if (!attribute.optional) continue;
    optional += optional.empty() ? ",[" : ",";
    AppendJsonString(attribute.name, optional);
  }
  out += '}';
  if (!optional.empty()) out += optional + ']';
  out += ']';
}

}  // namespace

std::string Type::FriendlyName() const { return Name(*this, false); }
std::string Type::ConstraintName() const { return Name(*this, true); }

std::string Type::ToJson() const {
  std::string out;
  AppendJson(*this, out);
  return out;
}

}  // namespace nmgr::hcl
