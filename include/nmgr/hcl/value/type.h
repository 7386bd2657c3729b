// The types of HCL values (go-cty's): string, number, bool, list(T), set(T), map(T), tuple, object,
// and "dynamic", the type of a bare null and of what cannot be known yet. Cheap to copy, immutable,
// thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nmgr::hcl {

enum class Kind : std::uint8_t {
  kDynamic,
  kBool,
  kNumber,
  kString,
  kList,
  kSet,
  kMap,
  kTuple,
  kObject,
};

constexpr bool IsSequence(Kind kind) { return kind == Kind::kList || kind == Kind::kTuple; }
constexpr bool IsSequenceOrSet(Kind kind) { return IsSequence(kind) || kind == Kind::kSet; }
constexpr bool IsRecord(Kind kind) { return kind == Kind::kMap || kind == Kind::kObject; }

struct TypeAttribute;

class Type {
 public:
  // Types and values nest no deeper: a type that would becomes dynamic, a value unknown. The parser
  // and jsondecode refuse such depths before; this bound is what makes it safe to walk them by
  // recursion, also with the large stack frames of a sanitizer build.
  static constexpr int kMaxDepth = 600;

  Type() = default;  // dynamic
  static Type Dynamic() { return {}; }
  static Type Bool() { return Type(Kind::kBool); }
  static Type Number() { return Type(Kind::kNumber); }
  static Type String() { return Type(Kind::kString); }
  static Type List(Type element);
  static Type Set(Type element);
  static Type Map(Type element);
  static Type Tuple(std::vector<Type> elements);
  // Any order; the last of equal names wins.
  static Type Object(std::vector<TypeAttribute> attributes);

  Kind kind() const { return kind_; }
  bool is_dynamic() const { return kind_ == Kind::kDynamic; }
  bool is_primitive() const {
    return kind_ == Kind::kBool || kind_ == Kind::kNumber || kind_ == Kind::kString;
  }
  bool is_collection() const {
    return kind_ == Kind::kList || kind_ == Kind::kSet || kind_ == Kind::kMap;
  }
  const Type& element() const;                             // list, set, map
  std::span<const Type> elements() const;                  // tuple
  std::span<const TypeAttribute> attributes() const;       // object; sorted by name
  const Type* FindAttribute(std::string_view name) const;  // object; null pointer if absent
  const TypeAttribute* FindTypeAttribute(std::string_view name) const;
  int depth() const;  // 0 for primitive types and dynamic

  // Whether dynamic stands anywhere inside.
  bool HasDynamic() const;
  // Whether an optional attribute stands anywhere inside: only in constraints, no value has such a
  // type.
  bool HasOptional() const;
  // The same type with every attribute required.
  Type WithoutOptional() const;

  friend bool operator==(const Type& a, const Type& b);
  // Equal for equal types, and worked out when a type is made.
  std::size_t Hash() const;

  // For messages: "list of string", "object", as Nomad's.
  std::string FriendlyName() const;
  // The same for what is demanded: "any type" where FriendlyName says "dynamic".
  std::string ConstraintName() const;
  // cty's JSON form: "string", ["list","number"], ["object",{"a":"string"}], ["tuple",[..]].
  std::string ToJson() const;

 private:
  struct Node;
  explicit Type(Kind kind) : kind_(kind) {}
  Type(Kind kind, std::shared_ptr<const Node> node) : kind_(kind), node_(std::move(node)) {}
  static Type Make(Kind kind, std::vector<Type> elements, std::vector<TypeAttribute> attributes);
  Kind kind_ = Kind::kDynamic;
  std::shared_ptr<const Node> node_;
};

// `optional` only in type constraints given to convert().
struct TypeAttribute {
  std::string name;  // NFC
  Type type;
  bool optional = false;
  friend bool operator==(const TypeAttribute&, const TypeAttribute&) = default;
};

}  // namespace nmgr::hcl
