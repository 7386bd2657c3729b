// An HCL value: immutable, cheap to copy (two words, shared payload), thread-safe to read.
//
// Strings are NFC and valid UTF-8. Maps and objects are sorted by the bytes of their keys, without
// duplicates. Sets are in set order without duplicates (set_order.cpp, shared reference 2.3).
// A null has a type. An unknown value has a type and no content; it occurs only while a
// for-expression's condition is tried in advance, in the tail of an empty splat, and beside an
// error (reference 2.6).
//
// Booleans and integers of 64 bits are in the value itself, a string is one allocation, a copy one
// relaxed atomic increment. What as_string(), elements() and the like give lives as long as any
// copy of the value, but a Number comes by value.
//
// Values nest at most Type::kMaxDepth deep; one that would go deeper is unknown of dynamic type.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nmgr/hcl/value/number.h"
#include "nmgr/hcl/value/type.h"

namespace nmgr::hcl {

class Value;
struct Field;
using Values = std::vector<Value>;
using Fields = std::vector<Field>;

class Value {
 public:
  Value() noexcept = default;  // null of dynamic type
  Value(const Value& other) noexcept
      : word_(other.word_),
        small_precision_(other.small_precision_),
        kind_(other.kind_),
        state_(other.state_),
        has_payload_(other.has_payload_) {
    if (has_payload_) payload()->references.fetch_add(1, std::memory_order_relaxed);
  }
  Value(Value&& other) noexcept { Swap(other); }
  Value& operator=(const Value& other) noexcept {
    Value(other).Swap(*this);
    return *this;
  }
  Value& operator=(Value&& other) noexcept {
    Value(std::move(other)).Swap(*this);
    return *this;
  }
  ~Value() {
    if (has_payload_ && payload()->references.fetch_sub(1, std::memory_order_acq_rel) == 1)
      Destroy();
  }

  static Value Null(const Type& type = {});
  static Value Unknown(const Type& type = {});
  static Value Bool(bool value);
  static Value Of(Number number);
  static Value OfInt(std::int64_t value, std::uint32_t precision = Number::kLiteralPrecision);
  // Normalises to NFC (free for ASCII). `text` is valid UTF-8.
  static Value Of(std::string_view text);
  static Value Of(std::string&& text);
  static Value Of(const char* text) { return Of(std::string_view(text)); }
  static Value Of(const std::string& text) { return Of(std::string_view(text)); }
  // Preconditions: every element has type `element` (or, where that is dynamic, any type); bare
  // nulls and unknowns are given it.
  static Value List(const Type& element, Values values);
  static Value Set(const Type& element, Values values);  // sorts, drops duplicates
  // Fields in any order; of equal keys the last wins. Keys are normalised.
  static Value Map(const Type& element, Fields fields);
  static Value Tuple(Values values);
  static Value Object(Fields fields);

  Kind kind() const { return kind_; }  // of the type, also for null and unknown
  Type type() const;                   // computed for tuples and objects: not for hot paths
  bool is_null() const { return state_ == State::kNull; }
  bool is_known() const { return state_ != State::kUnknown; }
  bool IsWhollyKnown() const;
  // Known and not null: the accessors below may be used.
  bool has_content() const { return state_ == State::kContent; }

  bool as_bool() const;
  Number as_number() const;
  std::string_view as_string() const;
  const Type& element_type() const;               // list, set, map
  std::span<const Value> elements() const;        // list, set, tuple
  std::span<const Field> fields() const;          // map, object
  const Value* Find(std::string_view key) const;  // map, object; null pointer if absent
  std::size_t size() const;                       // elements or fields
  int depth() const;                              // 0 for what holds no other values
  // Whether both have the same type; never builds one for content.
  static bool SameType(const Value& a, const Value& b);

  // Type and content equal, null and unknown included (cty's RawEquals): for tests and set
  // membership, not HCL's `==`.
  friend bool operator==(const Value& a, const Value& b);

 private:
  enum class State : std::uint8_t { kNull, kUnknown, kContent };
  // The head of what is shared; value.cpp alone knows the forms that begin with it.
  struct Payload {
    mutable std::atomic<std::uint32_t> references{1};
  };
  friend struct ValueAccess;

  Value(Kind kind, State state) noexcept : kind_(kind), state_(state) {}
  const Payload* payload() const {
    return reinterpret_cast<const Payload*>(static_cast<std::uintptr_t>(word_));
  }
  void Swap(Value& other) noexcept {
    std::swap(word_, other.word_);
    std::swap(small_precision_, other.small_precision_);
    std::swap(kind_, other.kind_);
    std::swap(state_, other.state_);
    std::swap(has_payload_, other.has_payload_);
  }
  void Destroy() noexcept;

  std::int64_t word_ = 0;  // a bool, an integer (at small_precision_), or where the payload is
  std::uint32_t small_precision_ = 0;
  Kind kind_ = Kind::kDynamic;
  State state_ = State::kNull;
  bool has_payload_ = false;
};

struct Field {
  std::string key;
  Value value;
};

// HCL's `==` (reference 2.4): never converts; nulls equal each other whatever their types. Unknown
// operands give an unknown bool.
Value Equals(const Value& a, const Value& b);

// Order of elements in a set: <0, 0, >0 (reference 2.3, Go's cty.Set order).
int CompareInSet(const Type& element, const Value& a, const Value& b);

}  // namespace nmgr::hcl
