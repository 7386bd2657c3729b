#include "nmgr/hcl/value/value.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "hcl/value/set_order.h"
#include "nmgr/hcl/value/unicode.h"

namespace nmgr::hcl {

// The forms of payload, by kind and state, and how a Value gets one.
struct ValueAccess {
  using Payload = Value::Payload;
  using State = Value::State;

  struct String : Payload {
    explicit String(std::size_t length) : size(length) {}
    std::size_t size;
    char* text() { return reinterpret_cast<char*>(this + 1); }
    const char* text() const { return reinterpret_cast<const char*>(this + 1); }
  };
  struct Wide : Payload {
    explicit Wide(Number value) : number(std::move(value)) {}
    Number number;
  };
  struct Typed : Payload {  // null and unknown
    explicit Typed(Type value) : type(std::move(value)) {}
    Type type;
  };
  struct Sequence : Payload {
    Sequence(Type type, Values values, int deep)
        : element(std::move(type)), elements(std::move(values)), depth(deep) {}
    Type element;  // of a list or set
    Values elements;
    int depth;
  };
  struct Record : Payload {
    Record(Type type, Fields values, int deep)
        : element(std::move(type)), fields(std::move(values)), depth(deep) {}
    Type element;  // of a map
    Fields fields;
    int depth;
  };

  template <class Form>
  static const Form& Get(const Value& value) {
    return *static_cast<const Form*>(value.payload());
  }

  static Value Make(Kind kind, State state, const Payload* payload) {
    Value value(kind, state);
    value.word_ = static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(payload));
    value.has_payload_ = true;
    return value;
  }

  static Value MakeString(std::string_view text) {
    void* memory = ::operator new(sizeof(String) + text.size());
    auto* payload = new (memory) String(text.size());
    if (!text.empty()) std::memcpy(payload->text(), text.data(), text.size());
    return Make(Kind::kString, State::kContent, payload);
  }

  static Value MakeWithout(State state, const Type& type) {
    if (type.is_dynamic() || type.is_primitive()) return Value(type.kind(), state);
    return Make(type.kind(), state, new Typed(type));
  }

  static Value MakeSequence(Kind kind, const Type& element, Values values) {
    int depth = 0;
    for (const Value& value : values) depth = std::max(depth, value.depth());
    if (depth >= Type::kMaxDepth) return Value::Unknown();
    return Make(kind, State::kContent, new Sequence(element, std::move(values), depth + 1));
  }

  static Value MakeRecord(Kind kind, const Type& element, Fields fields) {
    int depth = 0;
    for (const Field& field : fields) depth = std::max(depth, field.value.depth());
    if (depth >= Type::kMaxDepth) return Value::Unknown();
    return Make(kind, State::kContent, new Record(element, std::move(fields), depth + 1));
  }
};

namespace {

bool ByKey(const Field& a, const Field& b) { return a.key < b.key; }

// Sorted by normalised key, the last of equal keys kept.
void SortFields(Fields& fields) {
  for (Field& field : fields) {
    if (!IsNfc(field.key)) field.key = NormalizeNfc(field.key);
  }
  const auto not_before = [](const Field& a, const Field& b) { return b.key <= a.key; };
  if (std::adjacent_find(fields.begin(), fields.end(), not_before) == fields.end()) return;
  std::stable_sort(fields.begin(), fields.end(), ByKey);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i + 1 < fields.size() && fields[i + 1].key == fields[i].key) continue;
    if (kept != i) fields[kept] = std::move(fields[i]);
    ++kept;
  }
  fields.erase(fields.begin() + static_cast<std::ptrdiff_t>(kept), fields.end());
}

// A null or unknown without a type, as an element, has the type of its collection.
void GiveType(const Type& element, Value& value) {
  if (value.kind() != Kind::kDynamic || element.is_dynamic()) return;
  value = value.is_null() ? Value::Null(element) : Value::Unknown(element);
}

Value FromText(std::string_view text) {
  return IsNfc(text) ? ValueAccess::MakeString(text) : ValueAccess::MakeString(NormalizeNfc(text));
}

}  // namespace

void Value::Destroy() noexcept {
  const Payload* form = payload();
  if (state_ != State::kContent) {
    delete static_cast<const ValueAccess::Typed*>(form);
    return;
  }
  switch (kind_) {
    case Kind::kString: {
      const auto* string = static_cast<const ValueAccess::String*>(form);
      string->~String();
      ::operator delete(const_cast<ValueAccess::String*>(string));
      return;
    }
    case Kind::kNumber:
      delete static_cast<const ValueAccess::Wide*>(form);
      return;
    case Kind::kList:
    case Kind::kSet:
    case Kind::kTuple:
      delete static_cast<const ValueAccess::Sequence*>(form);
      return;
    case Kind::kMap:
    case Kind::kObject:
      delete static_cast<const ValueAccess::Record*>(form);
      return;
    case Kind::kDynamic:
    case Kind::kBool:
      return;
  }
}

Value Value::Null(const Type& type) { return ValueAccess::MakeWithout(State::kNull, type); }
Value Value::Unknown(const Type& type) { return ValueAccess::MakeWithout(State::kUnknown, type); }

Value Value::Bool(bool value) {
  Value result(Kind::kBool, State::kContent);
  result.word_ = value ? 1 : 0;
  return result;
}

Value Value::Of(Number number) {
  if (number.is_wide_) {
    return ValueAccess::Make(Kind::kNumber, State::kContent,
                             new ValueAccess::Wide(std::move(number)));
  }
  Value result(Kind::kNumber, State::kContent);
  result.word_ = number.small();
  result.small_precision_ = number.precision();
  return result;
}

Value Value::OfInt(std::int64_t value, std::uint32_t precision) {
  return Of(Number::FromInt(value, precision));
}

Value Value::Of(std::string_view text) { return FromText(text); }
Value Value::Of(std::string&& text) { return FromText(text); }

Value Value::List(const Type& element, Values values) {
  for (Value& value : values) GiveType(element, value);
  return ValueAccess::MakeSequence(Kind::kList, element, std::move(values));
}

Value Value::Set(const Type& element, Values values) {
  for (Value& value : values) GiveType(element, value);
  SortSet(element, values);
  return ValueAccess::MakeSequence(Kind::kSet, element, std::move(values));
}

Value Value::Map(const Type& element, Fields fields) {
  for (Field& field : fields) GiveType(element, field.value);
  SortFields(fields);
  return ValueAccess::MakeRecord(Kind::kMap, element, std::move(fields));
}

Value Value::Tuple(Values values) {
  return ValueAccess::MakeSequence(Kind::kTuple, {}, std::move(values));
}

Value Value::Object(Fields fields) {
  SortFields(fields);
  return ValueAccess::MakeRecord(Kind::kObject, {}, std::move(fields));
}

Type Value::type() const {
  if (state_ != State::kContent && has_payload_)
    return ValueAccess::Get<ValueAccess::Typed>(*this).type;
  switch (kind_) {
    case Kind::kDynamic:
      return Type::Dynamic();
    case Kind::kBool:
      return Type::Bool();
    case Kind::kNumber:
      return Type::Number();
    case Kind::kString:
      return Type::String();
    case Kind::kList:
      return Type::List(ValueAccess::Get<ValueAccess::Sequence>(*this).element);
    case Kind::kSet:
      return Type::Set(ValueAccess::Get<ValueAccess::Sequence>(*this).element);
    case Kind::kMap:
      return Type::Map(ValueAccess::Get<ValueAccess::Record>(*this).element);
    case Kind::kTuple: {
      std::vector<Type> types;
      types.reserve(size());
      for (const Value& element : elements()) types.push_back(element.type());
      return Type::Tuple(std::move(types));
    }
    case Kind::kObject:
      break;
  }
  std::vector<TypeAttribute> attributes;
  attributes.reserve(size());
  for (const Field& field : fields()) attributes.push_back({field.key, field.value.type()});
  return Type::Object(std::move(attributes));
}

bool Value::IsWhollyKnown() const {
  if (state_ != State::kContent) return is_known();
  if (kind_ == Kind::kMap || kind_ == Kind::kObject) {
    const auto all = fields();
    return std::all_of(all.begin(), all.end(),
                       [](const Field& field) { return field.value.IsWhollyKnown(); });
  }
  if (kind_ < Kind::kList) return true;
  const auto all = elements();
  return std::all_of(all.begin(), all.end(), [](const Value& v) { return v.IsWhollyKnown(); });
}

bool Value::as_bool() const { return word_ != 0; }

Number Value::as_number() const {
  if (has_payload_) return ValueAccess::Get<ValueAccess::Wide>(*this).number;
  return {word_, small_precision_};
}

std::string_view Value::as_string() const {
  const auto& string = ValueAccess::Get<ValueAccess::String>(*this);
  return {string.text(), string.size};
}

std::span<const Value> Value::elements() const {
  return ValueAccess::Get<ValueAccess::Sequence>(*this).elements;
}

std::span<const Field> Value::fields() const {
  return ValueAccess::Get<ValueAccess::Record>(*this).fields;
}

const Type& Value::element_type() const {
  if (kind_ == Kind::kMap) return ValueAccess::Get<ValueAccess::Record>(*this).element;
  return ValueAccess::Get<ValueAccess::Sequence>(*this).element;
}

const Value* Value::Find(std::string_view key) const {
  const std::span<const Field> all = fields();
  const auto found =
      std::lower_bound(all.begin(), all.end(), key,
                       [](const Field& field, std::string_view name) { return field.key < name; });
  return found != all.end() && found->key == key ? &found->value : nullptr;
}

std::size_t Value::size() const {
  return kind_ == Kind::kMap || kind_ == Kind::kObject ? fields().size() : elements().size();
}

int Value::depth() const {
  if (state_ != State::kContent || kind_ < Kind::kList) return 0;
  if (kind_ == Kind::kMap || kind_ == Kind::kObject) {
    return ValueAccess::Get<ValueAccess::Record>(*this).depth;
  }
  return ValueAccess::Get<ValueAccess::Sequence>(*this).depth;
}

}  // namespace nmgr::hcl
