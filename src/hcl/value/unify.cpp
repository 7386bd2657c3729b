// The one type that several values convert to.
#include <algorithm>
#include <array>
#include <initializer_list>
#include <unordered_set>
#include <utility>

#include "hcl/value/type_rules.h"
#include "nmgr/hcl/value/convert.h"

namespace nmgr::hcl {
namespace {

using Types = std::vector<Type>;

class Unifier {
 public:
  explicit Unifier(bool allow_unsafe) : unsafe_(allow_unsafe) {}

  std::optional<Type> Unify(const Types& all) const {
    if (all.empty()) return std::nullopt;
    const Types types = Distinct(all);
    if (types.size() == 1) return types.front();
    const Counts count(types);
    if (count.OnlyWithDynamic({Kind::kMap})) return UnifyCollections(types, count);
    if (count.OnlyWithDynamic({Kind::kList})) return UnifyCollections(types, count);
    if (count.OnlyWithDynamic({Kind::kSet})) return UnifyCollections(types, count);
    if (count.OnlyWithDynamic({Kind::kObject})) {
      return count.has(Kind::kDynamic) ? Type::Dynamic() : UnifyObjects(types);
    }
    if (count.OnlyWithDynamic({Kind::kTuple})) {
      return count.has(Kind::kDynamic) ? Type::Dynamic() : UnifyTuples(types);
    }
    if (count.has(Kind::kMap) && count.OnlyWithDynamic({Kind::kMap, Kind::kObject})) {
      if (auto result = UnifyAs(types, Kind::kObject, Kind::kMap)) return result;
    } else if (count.has(Kind::kList) && count.OnlyWithDynamic({Kind::kList, Kind::kTuple})) {
      if (auto result = UnifyAs(types, Kind::kTuple, Kind::kList)) return result;
    } else if (count.has(Kind::kObject) && count.has(Kind::kTuple)) {
      return std::nullopt;
    }
    return MostGeneral(types, count);
  }

 private:
  class Counts {
   public:
    explicit Counts(const Types& types) : total_(types.size()) {
      for (const Type& type : types) ++of_[static_cast<std::size_t>(type.kind())];
    }
    bool has(Kind kind) const { return of(kind) > 0; }
    // Some of these kinds, perhaps dynamic, and nothing else.
    bool OnlyWithDynamic(std::initializer_list<Kind> kinds) const {
      std::size_t found = 0;
      for (const Kind kind : kinds) found += of(kind);
      return found > 0 && found + of(Kind::kDynamic) == total_;
    }

   private:
    std::size_t of(Kind kind) const { return of_[static_cast<std::size_t>(kind)]; }
    std::array<std::size_t, 9> of_{};
    std::size_t total_;
  };

  static Types Distinct(const Types& types) {
    const auto hash = [](const Type& type) { return type.Hash(); };
    std::unordered_set<Type, decltype(hash)> seen;
    Types distinct;
    for (const Type& type : types) {
      if (seen.insert(type).second) distinct.push_back(type);
    }
    return distinct;
  }

  static Type Collection(Kind kind, Type element) {
    switch (kind) {
      case Kind::kMap:
        return Type::Map(std::move(element));
      case Kind::kSet:
        return Type::Set(std::move(element));
      default:
        return Type::List(std::move(element));
    }
  }

  bool AllConvert(const Types& types, const Type& target) const {
    return std::all_of(types.begin(), types.end(),
                       [&](const Type& type) { return ConversionExists(type, target, unsafe_); });
  }

  std::optional<Type> IfAllConvert(const Types& types, Type target) const {
    if (!AllConvert(types, target)) return std::nullopt;
    return target;
  }

  std::optional<Type> UnifyCollections(const Types& types, const Counts& count) const {
    if (count.has(Kind::kDynamic)) return Type::Dynamic();
    Types elements;
    for (const Type& type : types) elements.push_back(type.element());
    const std::optional<Type> element = Unify(elements);
    if (!element) return std::nullopt;
    return IfAllConvert(types, Collection(types.front().kind(), *element));
  }

  // All parts of all types as elements of one collection.
  std::optional<Type> UnifyParts(const Types& types, Kind collection) const {
    Types parts;
    for (const Type& type : types) {
      for (Type& part : PartTypes(type)) parts.push_back(std::move(part));
    }
    const std::optional<Type> element = Unify(parts);
    if (!element) return std::nullopt;
    return IfAllConvert(types, Collection(collection, *element));
  }

  // Position by position; the names and their number are the same in all types.
  std::optional<Types> UnifyAcross(const Types& types) const {
    std::vector<Types> parts;
    for (const Type& type : types) parts.push_back(PartTypes(type));
    Types result;
    for (std::size_t i = 0; i < parts.front().size(); ++i) {
      Types across;
      for (const Types& of_one : parts) across.push_back(of_one[i]);
      std::optional<Type> unified = Unify(across);
      if (!unified) return std::nullopt;
      result.push_back(*std::move(unified));
    }
    return result;
  }

  static bool HaveSameNames(const Types& types) {
    const auto first = types.front().attributes();
    return std::all_of(types.begin(), types.end(), [&](const Type& type) {
      const auto own = type.attributes();
      return std::equal(first.begin(), first.end(), own.begin(), own.end(),
                        [](const auto& a, const auto& b) { return a.name == b.name; });
    });
  }

  std::optional<Type> UnifyObjects(const Types& types) const {
    if (!HaveSameNames(types)) return UnifyParts(types, Kind::kMap);
    std::optional<Types> unified = UnifyAcross(types);
    if (!unified) return std::nullopt;
    std::vector<TypeAttribute> attributes;
    for (std::size_t i = 0; i < unified->size(); ++i) {
      attributes.push_back({types.front().attributes()[i].name, (*unified)[i]});
    }
    Type result = Type::Object(std::move(attributes));
    return AllConvert(types, result) ? result : UnifyParts(types, Kind::kMap);
  }

  std::optional<Type> UnifyTuples(const Types& types) const {
    const std::size_t length = types.front().elements().size();
    const bool same_length = std::all_of(types.begin(), types.end(), [&](const Type& type) {
      return type.elements().size() == length;
    });
    if (!same_length) return UnifyParts(types, Kind::kList);
    std::optional<Types> unified = UnifyAcross(types);
    if (!unified) return std::nullopt;
    Type result = Type::Tuple(*std::move(unified));
    return AllConvert(types, result) ? result : UnifyParts(types, Kind::kList);
  }

  // The structural ones first become one collection, which then stands in for each of them.
  std::optional<Type> UnifyAs(const Types& types, Kind structural, Kind collection) const {
    Types of_kind;
    for (const Type& type : types) {
      if (type.kind() == structural) of_kind.push_back(type);
    }
    const std::optional<Type> common = UnifyParts(of_kind, collection);
    if (!common) return std::nullopt;
    Types replaced = types;
    for (Type& type : replaced) {
      if (type.kind() == structural) type = *common;
    }
    std::optional<Type> result = Unify(replaced);
    if (!result || result->kind() != collection) return std::nullopt;
    return result;
  }

  // Indices, more general types before those they are more general than.
  static std::vector<std::size_t> ByGenerality(const Types& types) {
    const std::size_t count = types.size();
    std::vector<std::vector<std::size_t>> less_general(count);
    std::vector<std::size_t> superiors(count);
    for (std::size_t i = 0; i + 1 < count; ++i) {
      for (std::size_t j = i + 1; j < count; ++j) {
        const int order = CompareGenerality(types[i], types[j]);
        if (order == 0) continue;
        const std::size_t general = order < 0 ? i : j;
        const std::size_t special = order < 0 ? j : i;
        less_general[general].push_back(special);
        ++superiors[special];
      }
    }
    std::vector<std::size_t> result;
    for (std::size_t i = 0; i < count; ++i) {
      if (superiors[i] == 0) result.push_back(i);
    }
    for (std::size_t next = 0; next < result.size(); ++next) {
      for (const std::size_t special : less_general[result[next]]) {
        if (--superiors[special] == 0) result.push_back(special);
      }
    }
    return result;
  }

  // Comparing every one with every other is for few. So many types that differ and are not all
  // objects or all tuples have nothing in common but dynamic.
  std::optional<Type> MostGeneral(const Types& types, const Counts& count) const {
    constexpr std::size_t kMost = 1000;
    if (types.size() > kMost) {
      return count.has(Kind::kDynamic) ? std::optional(Type::Dynamic()) : std::nullopt;
    }
    for (const std::size_t i : ByGenerality(types)) {
      if (AllConvert(types, types[i])) return types[i];
    }
    return std::nullopt;
  }

  bool unsafe_;
};

}  // namespace

std::optional<Type> Unify(std::span<const Type> types, bool allow_unsafe) {
  return Unifier(allow_unsafe).Unify(Types(types.begin(), types.end()));
}

}  // namespace nmgr::hcl
