#include "fake_nomad/diff_parts.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace nmgr::fake {
namespace {

const Json kNone;

bool IsStringMap(std::string_view key) {
  constexpr std::array<std::string_view, 7> kMaps = {
      "Env", "Meta", "CanaryMeta", "GetterHeaders", "GetterOptions", "TaggedAddresses", "Args"};
  return std::find(kMaps.begin(), kMaps.end(), key) != kMaps.end();
}

std::string ScalarText(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.is_null() ? "nil" : value.dump();
}

void FlattenInto(const std::string& path, const Json& value, FlatFields& flat) {
  if (value.is_object()) {
    for (const auto& [key, item] : value.items()) {
      FlattenInto(path.empty() ? key : path + "[" + key + "]", item, flat);
    }
  } else if (value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i) {
      FlattenInto(path + "[" + std::to_string(i) + "]", value[i], flat);
    }
  } else {
    flat[path] = ScalarText(value);
  }
}

Json Field(const std::string& name, const std::string& before, const std::string& after) {
  const char* type = before == after  ? "None"
                     : before.empty() ? "Added"
                     : after.empty()  ? "Deleted"
                                      : "Edited";
  return {
      {"Annotations", nullptr}, {"Name", name}, {"New", after}, {"Old", before}, {"Type", type}};
}

Json Object(const char* name, const char* type, Json fields, Json objects = nullptr) {
  return {{"Fields", std::move(fields)},
          {"Name", name},
          {"Objects", IsEmpty(objects) ? Json() : std::move(objects)},
          {"Type", type}};
}

// What the fields alone say about their object; null if nothing changed.
const char* TypeOfFields(const Json& fields) {
  bool added = false;
  bool deleted = false;
  bool edited = false;
  for (const Json& field : fields) {
    added = added || field["Type"] == "Added";
    deleted = deleted || field["Type"] == "Deleted";
    edited = edited || field["Type"] == "Edited";
  }
  return edited || (added && deleted) ? "Edited" : added ? "Added" : deleted ? "Deleted" : nullptr;
}

int TypeRank(const Json& object) {
  const std::string& type = Text(object, "Type");
  return type == "Edited" ? 0 : type == "Added" ? 1 : type == "Deleted" ? 2 : 3;
}

bool ObjectLess(const Json& a, const Json& b) {
  if (Text(a, "Name") != Text(b, "Name")) return Text(a, "Name") < Text(b, "Name");
  if (TypeRank(a) != TypeRank(b)) return TypeRank(a) < TypeRank(b);
  if (a["Fields"].size() != b["Fields"].size()) return a["Fields"].size() < b["Fields"].size();
  return a["Fields"].dump() < b["Fields"].dump();
}

void AppendSorted(Json found, Json& objects) {
  std::stable_sort(found.begin(), found.end(), ObjectLess);
  for (Json& object : found) objects.push_back(std::move(object));
}

Json ScalarsDiff(const Json& before, const Json& after, const ChildShape& child) {
  const Json fields =
      DiffFields(FlattenScalars(before, child.without), FlattenScalars(after, child.without), true);
  const char* type = TypeOfFields(fields);
  return type == nullptr ? Json() : Object(child.name, type, fields);
}

Json BlockDiff(const Json& before, const Json& after, const ChildShape& child) {
  if (before == after) return nullptr;  // one of a list
  const char* type = before.is_null() ? "Added" : after.is_null() ? "Deleted" : "Edited";
  Json objects = Json::array();
  Json fields;
  if (child.shape != nullptr) {
    fields = DiffFields(FlattenScalars(before, child.shape->without),
                        FlattenScalars(after, child.shape->without), true);
    DiffChildren(before, after, child.shape->children, objects);
  } else {
    fields = DiffFields(FlattenScalars(before, child.without), FlattenScalars(after, child.without),
                        true);
  }
  return Object(child.name, type, std::move(fields), std::move(objects));
}

Json FreeDiff(const Json& before, const Json& after, const ChildShape& child) {
  if (IsEmpty(before) && IsEmpty(after)) return nullptr;
  const char* type = IsEmpty(before) ? "Added" : IsEmpty(after) ? "Deleted" : "Edited";
  const auto flat = [](const Json& value) {
    return value.is_null() ? FlatFields{} : FlattenDeep(value);
  };
  return Object(child.name, type, DiffFields(flat(before), flat(after), true));
}

Json StringsDiff(const Json& before, const Json& after, const ChildShape& child) {
  const auto texts = [](const Json& list) {
    std::set<std::string> all;
    for (const Json& item : list) all.insert(ScalarText(item));
    return all;
  };
  const std::set<std::string> old_set = texts(before);
  const std::set<std::string> new_set = texts(after);
  std::set<std::string> all = old_set;
  all.insert(new_set.begin(), new_set.end());
  std::vector<Json> fields;
  for (const std::string& text : all) {
    fields.push_back(Field(child.name, old_set.count(text) != 0 ? text : "",
                           new_set.count(text) != 0 ? text : ""));
  }
  std::stable_sort(fields.begin(), fields.end(), [](const Json& a, const Json& b) {
    return std::pair(Text(a, "Old"), Text(a, "New")) < std::pair(Text(b, "Old"), Text(b, "New"));
  });
  const char* type = TypeOfFields(fields);
  if (fields.empty() || (type == nullptr && !child.keep_unchanged)) return nullptr;
  return Object(child.name, type == nullptr ? "None" : type, fields);
}

std::string Identity(const Json& block, const Keys& id) {
  std::string identity;
  for (const std::string_view key : id) identity += ScalarText(Member(block, key)) + "\x1f";
  return identity;
}

using Pairs = std::vector<std::pair<const Json*, const Json*>>;

// By identity; the last of several with one identity stands for all, as in Nomad's maps.
Pairs PairById(const Json& before, const Json& after, const Keys& id) {
  std::map<std::string, std::pair<const Json*, const Json*>> found;
  for (const Json& block : before)
    found.try_emplace(Identity(block, id), &kNone, &kNone).first->second.first = &block;
  for (const Json& block : after)
    found.try_emplace(Identity(block, id), &kNone, &kNone).first->second.second = &block;
  Pairs pairs;
  for (const auto& entry : found) pairs.push_back(entry.second);
  return pairs;
}

Pairs PairByPlace(const Json& before, const Json& after) {
  Pairs pairs;
  for (std::size_t i = 0; i < std::max(before.size(), after.size()); ++i) {
    pairs.emplace_back(i < before.size() ? &before[i] : &kNone,
                       i < after.size() ? &after[i] : &kNone);
  }
  return pairs;
}

// Equal blocks cancel out; what remains was removed or added.
Pairs PairByContent(const Json& before, const Json& after) {
  Pairs pairs;
  std::vector<bool> taken(after.size(), false);
  for (const Json& block : before) {
    std::size_t i = 0;
    while (i < after.size() && (taken[i] || after[i] != block)) ++i;
    if (i == after.size()) {
      pairs.emplace_back(&block, &kNone);
    } else {
      taken[i] = true;
    }
  }
  for (std::size_t i = 0; i < after.size(); ++i) {
    if (!taken[i]) pairs.emplace_back(&kNone, &after[i]);
  }
  return pairs;
}

Pairs PairServices(const Json& before, const Json& after) {
  if (before.size() == 1 && after.size() == 1) return {{&before[0], &after[0]}};
  Pairs pairs;
  std::vector<bool> taken(after.size(), false);
  for (std::size_t i = 0; i < before.size(); ++i) {
    int best = 2;
    std::size_t match = after.size();
    for (std::size_t j = 0; j < after.size(); ++j) {
      const int score = (i == j ? 1 : 0) +
                        (before[i]["PortLabel"] == after[j]["PortLabel"] ? 2 : 0) +
                        (before[i]["Name"] == after[j]["Name"] ? 3 : 0);
      if (taken[j] || score <= best) continue;
      best = score;
      match = j;
    }
    if (match < after.size()) taken[match] = true;
    pairs.emplace_back(&before[i], match < after.size() ? &after[match] : &kNone);
  }
  for (std::size_t j = 0; j < after.size(); ++j) {
    if (!taken[j]) pairs.emplace_back(&kNone, &after[j]);
  }
  return pairs;
}

Pairs PairList(const Json& before, const Json& after, const ChildShape& child) {
  if (child.kind == ChildShape::Kind::kServices) return PairServices(before, after);
  if (!child.id.empty()) return PairById(before, after, child.id);
  return child.kind == ChildShape::Kind::kScalarSet ? PairByContent(before, after)
                                                    : PairByPlace(before, after);
}

void DiffChild(const Json& before, const Json& after, const ChildShape& child, Json& objects) {
  using Kind = ChildShape::Kind;
  if (child.kind != Kind::kStrings && before == after) return;
  Json found = Json::array();
  const auto add = [&found](Json object) {
    if (!object.is_null()) found.push_back(std::move(object));
  };
  switch (child.kind) {
    case Kind::kScalars:
      add(ScalarsDiff(before, after, child));
      break;
    case Kind::kBlock:
      add(BlockDiff(before, after, child));
      break;
    case Kind::kFree:
      add(FreeDiff(before, after, child));
      break;
    case Kind::kStrings:
      add(StringsDiff(before, after, child));
      break;
    case Kind::kScalarSet:
      for (const auto& pair : PairList(before, after, child)) {
        add(ScalarsDiff(*pair.first, *pair.second, child));
      }
      break;
    case Kind::kBlocks:
    case Kind::kServices:
      for (const auto& pair : PairList(before, after, child)) {
        add(BlockDiff(*pair.first, *pair.second, child));
      }
      break;
  }
  AppendSorted(std::move(found), objects);
}

}  // namespace

FlatFields FlattenScalars(const Json& object, const Keys& without) {
  FlatFields flat;
  if (!object.is_object()) return flat;
  for (const auto& [key, value] : object.items()) {
    if (std::find(without.begin(), without.end(), key) != without.end()) continue;
    if (value.is_object() && IsStringMap(key)) {
      for (const auto& [name, item] : value.items())
        flat[key + "[" + name + "]"] = ScalarText(item);
    } else if (!value.is_null() && value.is_primitive()) {
      flat[key] = ScalarText(value);
    }
  }
  return flat;
}

FlatFields FlattenDeep(const Json& value) {
  FlatFields flat;
  FlattenInto("", value, flat);
  return flat;
}

Json DiffFields(const FlatFields& before, const FlatFields& after, bool contextual) {
  Json fields = Json::array();
  FlatFields all = before;
  all.insert(after.begin(), after.end());
  const auto text = [](const FlatFields& flat, const std::string& name) {
    const auto found = flat.find(name);
    return found == flat.end() ? std::string() : found->second;
  };
  for (const auto& entry : all) {
    const std::string old_text = text(before, entry.first);
    const std::string new_text = text(after, entry.first);
    if (contextual || old_text != new_text)
      fields.push_back(Field(entry.first, old_text, new_text));
  }
  return fields.empty() ? Json() : fields;
}

void DiffChildren(const Json& before, const Json& after, const std::vector<ChildShape>& children,
                  Json& objects) {
  for (const ChildShape& child : children) {
    DiffChild(Member(before, child.key), Member(after, child.key), child, objects);
  }
}

}  // namespace nmgr::fake
