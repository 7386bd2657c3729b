// Evaluator: for-expressions and splats.
#include <fmt/format.h>

#include <map>

#include "hcl/eval/evaluator.h"

namespace nmgr::hcl {
namespace {

constexpr std::int64_t kRoundCost = 48;
constexpr std::int64_t kKeyCost = 160;  // of a round that makes an object, on top

bool IsIterable(Kind kind) {
  return kind == Kind::kList || kind == Kind::kSet || kind == Kind::kTuple || kind == Kind::kMap ||
         kind == Kind::kObject;
}

// Puts the names of a for-expression in force as long as it lives.
class LoopFrame {
 public:
  LoopFrame(const ForExpr& expr, const Scope*& current)
      : expr_(expr), current_(current), outer_(current), frame_(current) {
    current_ = &frame_;
  }
  ~LoopFrame() { current_ = outer_; }
  LoopFrame(const LoopFrame&) = delete;
  LoopFrame& operator=(const LoopFrame&) = delete;

  void Bind(Value key, Value value) {
    if (!expr_.key_name.empty()) frame_.Set(expr_.key_name, std::move(key));
    frame_.Set(expr_.value_name, std::move(value));
  }

 private:
  const ForExpr& expr_;
  const Scope*& current_;
  const Scope* outer_;
  Scope frame_;
};

// Entries in order of their first key; `index` finds them.
struct Groups {
  std::vector<std::pair<std::string, Values>>& entries;
  std::map<std::string, std::size_t, std::less<>> index = {};

  bool Add(std::string_view key, Value value, bool group) {
    const auto found = index.find(key);
    if (found == index.end()) {
      index.emplace(std::string(key), entries.size());
      entries.emplace_back(std::string(key), Values{std::move(value)});
      return true;
    }
    if (group) entries[found->second].second.push_back(std::move(value));
    return group;
  }
};

}  // namespace

bool Evaluator::CheckIterable(const ForExpr& expr, const Value& collection) {
  if (collection.is_null()) {
    Error(expr.collection->span, "Iteration over null value",
          "A null value cannot be used as the collection in a 'for' expression.", expr.span);
    return false;
  }
  if (collection.kind() == Kind::kDynamic) return false;
  if (!IsIterable(collection.kind())) {
    Error(expr.collection->span, "Iteration over non-iterable value",
          fmt::format("A value of type {} cannot be used as the collection in a 'for' expression.",
                      collection.type().FriendlyName()),
          expr.span);
    return false;
  }
  return collection.is_known();
}

// The condition with unknown names, before the first round: its faults count even if there is none.
bool Evaluator::TryCondition(const ForExpr& expr) {
  LoopFrame frame(expr, scope_);
  frame.Bind(Value::Unknown(), Value::Unknown());
  const std::size_t before = diagnostics_->error_count();
  const Value condition = Eval(*expr.condition);
  if (condition.is_null()) {
    Error(expr.condition->span, "Condition is null",
          "The value of the 'if' clause must not be null.", expr.span);
    return false;
  }
  const Converted included = Convert(condition, Type::Bool());
  if (!included) {
    Error(expr.condition->span, "Invalid 'for' condition",
          fmt::format("The 'if' clause value is invalid: {}.", included.error()), expr.span);
    return false;
  }
  return diagnostics_->error_count() == before;
}

bool Evaluator::Included(const ForExpr& expr, ForResult& result) {
  if (expr.condition == nullptr) return true;
  const Value condition = Eval(*expr.condition);
  const auto fail = [&](std::string_view why) {
    if (result.known) {
      Error(expr.condition->span, "Invalid 'for' condition", std::string(why), expr.span);
    }
    result.known = false;
    return false;
  };
  if (condition.is_null()) return fail("The value of the 'if' clause must not be null.");
  const Converted included = Convert(condition, Type::Bool());
  if (!included)
    return fail(fmt::format("The 'if' clause value is invalid: {}.", included.error()));
  if (!(*included).is_known()) {
    result.known = false;
    return false;
  }
  return (*included).as_bool();
}

void Evaluator::IterateObject(const ForExpr& expr, const Value& collection, ForResult& result) {
  Groups groups{result.groups};
  ForEachRound(expr, collection, [&] {
    if (!Included(expr, result) || !Charge(kKeyCost)) return;
    const Value raw_key = Eval(*expr.key);
    const auto fail = [&](std::string why) {
      if (result.known) Error(expr.key->span, "Invalid object key", std::move(why), expr.span);
      result.known = false;
    };
    if (raw_key.is_null()) {
      return fail("Key expression in 'for' expression must not produce a null value.");
    }
    if (!raw_key.is_known()) {
      result.known = false;
      return;
    }
    const Converted key = Convert(raw_key, Type::String());
    if (!key) {
      return fail(fmt::format("The key expression produced an invalid result: {}.", key.error()));
    }
    Value value = Eval(*expr.value);
    if (groups.Add((*key).as_string(), std::move(value), expr.group)) return;
    Error(expr.key->span, "Duplicate object key",
          fmt::format("Two different items produced the key \"{}\" in this 'for' expression. If "
                      "duplicates are expected, use the ellipsis (...) after the value expression "
                      "to enable grouping by key.",
                      (*key).as_string()),
          expr.span);
  });
}

template <class Round>
void Evaluator::ForEachRound(const ForExpr& expr, const Value& collection, const Round& round) {
  LoopFrame frame(expr, scope_);
  if (!IsSequenceOrSet(collection.kind())) {
    for (const Field& field : collection.fields()) {
      if (!Charge(kRoundCost)) return;
      frame.Bind(Value::Of(field.key), field.value);
      round();
    }
    return;
  }
  std::int64_t index = 0;
  for (const Value& element : collection.elements()) {
    if (!Charge(kRoundCost)) return;
    frame.Bind(collection.kind() == Kind::kSet ? element
                                               : Value::OfInt(index++, Number::kIntegerPrecision),
               element);
    round();
  }
}

Value Evaluator::EvalFor(const ForExpr& expr) {
  const Value collection = Eval(*expr.collection);
  if (!CheckIterable(expr, collection)) return Value::Unknown();
  if (expr.condition != nullptr && !TryCondition(expr)) return Value::Unknown();

  ForResult result;
  if (expr.key == nullptr) {
    ForEachRound(expr, collection, [&] {
      if (Included(expr, result)) result.values.push_back(Eval(*expr.value));
    });
    if (!result.known || exhausted_) return Value::Unknown();
    return Value::Tuple(std::move(result.values));
  }
  IterateObject(expr, collection, result);
  if (!result.known || exhausted_) return Value::Unknown();
  Fields fields;
  fields.reserve(result.groups.size());
  for (auto& [key, values] : result.groups) {
    fields.push_back(
        {std::move(key), expr.group ? Value::Tuple(std::move(values)) : std::move(values.front())});
  }
  return Value::Object(std::move(fields));
}

// What the tail makes of unknown elements: the only way to know the type of an empty result.
Type Evaluator::SplatType(const SplatExpr& expr, const Type& source) {
  const auto of_element = [&](const Type& element) {
    splat_items_.emplace_back(expr.item, Value::Unknown(element));
    const Type type = Eval(*expr.each).type();
    splat_items_.pop_back();
    return type;
  };
  if (source.kind() != Kind::kTuple) return Type::List(of_element(source.element()));
  std::vector<Type> types;
  for (const Type& element : source.elements()) types.push_back(of_element(element));
  return Type::Tuple(std::move(types));
}

Value Evaluator::SplatList(const SplatExpr& expr, const Type& source, Values values) {
  if (values.empty()) return Value::List(SplatType(expr, source).element(), {});
  const Type element = values.front().type();
  for (const Value& value : values) {
    if (value.type() == element) continue;
    Error(expr.span, "Inconsistent splat results",
          "The elements give results of different types, which a list cannot hold. Use a 'for' "
          "expression instead.");
    return Value::Unknown();
  }
  return Value::List(element, std::move(values));
}

Value Evaluator::EvalSplat(const SplatExpr& expr) {
  const std::size_t before = diagnostics_->error_count();
  Value source = Eval(*expr.source);
  if (exhausted_ || diagnostics_->error_count() != before) return Value::Unknown();
  const bool upgrade = !IsSequenceOrSet(source.kind());
  if (source.is_null()) {
    if (upgrade) return Value::Tuple({});
    Error(expr.source->span, "Splat of null value",
          "Splat expressions (with the * symbol) cannot be applied to null sequences.",
          Span{expr.source->span.begin, expr.marker_span.end});
    return Value::Unknown();
  }
  if (source.kind() == Kind::kDynamic) return Value::Unknown();
  const bool upgraded_unknown = upgrade && !source.is_known();
  if (upgrade) source = Value::Tuple({source});
  if (!source.is_known()) return Value::Unknown(SplatType(expr, source.type()));

  Values values;
  bool known = true;
  splat_items_.emplace_back(expr.item, Value());
  const std::size_t slot = splat_items_.size() - 1;
  for (const Value& element : source.elements()) {
    if (!Charge(kRoundCost)) break;
    splat_items_[slot].second = element;
    const std::size_t errors = diagnostics_->error_count();
    values.push_back(Eval(*expr.each));
    if (diagnostics_->error_count() != errors) known = false;
  }
  splat_items_.pop_back();
  if (upgraded_unknown || exhausted_) return Value::Unknown();
  if (!known) {
    const std::size_t reported = diagnostics_->size();
    const Type type = SplatType(expr, source.type());
    diagnostics_->Truncate(reported);
    return Value::Unknown(type);
  }
  if (source.kind() == Kind::kTuple) return Value::Tuple(std::move(values));
  return SplatList(expr, source.type(), std::move(values));
}

}  // namespace nmgr::hcl
