#include "fake_nomad/spec_decoder.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>

namespace nmgr::fake {
namespace {

constexpr std::array<const char*, 6> kAffinityWords = {
    "version", "semver", "regexp", "set_contains_any", "set_contains_all", "set_contains"};
constexpr std::array<const char*, 9> kConstraintWords = {
    "version",           "semver",           "regexp",
    "set_contains",      "set_contains_all", "set_contains_any",
    "distinct_property", "is_set",           "is_not_set"};

void Unsuitable(const Value& value, const std::string& why, SpecFaults& faults) {
  faults.push_back({value.range, "Unsuitable value type", "Unsuitable value: " + why});
}

Json AsString(const Value& value, SpecFaults& faults) {
  switch (value.kind) {
    case Value::Kind::kString:
    case Value::Kind::kNumber:
      return value.text;
    case Value::Kind::kBool:
      return value.flag ? "true" : "false";
    default:
      Unsuitable(value, "string required", faults);
      return "";
  }
}

Json AsInt(const Value& value, SpecFaults& faults) {
  if (value.kind != Value::Kind::kNumber && value.kind != Value::Kind::kString) {
    Unsuitable(value, "number required", faults);
    return 0;
  }
  Value number = value;
  number.kind = Value::Kind::kNumber;
  const std::string& text = value.text;
  if (text.empty() ||
      text.find_first_not_of("0123456789.", text[0] == '-' ? 1 : 0) != std::string::npos) {
    Unsuitable(value, "a number is required", faults);
    return 0;
  }
  const Json json = number.ToJson();
  if (json.is_number_integer()) return json;
  Unsuitable(value,
             "value must be a whole number, between -9223372036854775808 and 9223372036854775807",
             faults);
  return 0;
}

Json AsBool(const Value& value, SpecFaults& faults) {
  if (value.kind == Value::Kind::kBool) return value.flag;
  if (value.kind == Value::Kind::kString && (value.text == "true" || value.text == "false"))
    return value.text == "true";
  Unsuitable(value, value.kind == Value::Kind::kString ? "a bool is required" : "bool required",
             faults);
  return false;
}

Json AsDuration(const Value& value, SpecFaults& faults) {
  if (value.kind == Value::Kind::kNumber) return AsInt(value, faults);
  Nanos duration = 0;
  std::string error;
  if (value.kind != Value::Kind::kString) {
    Unsuitable(value, "expected a string", faults);
  } else if (!ParseGoDuration(value.text, duration, error)) {
    faults.push_back({value.range, "Unsuitable value type", "Unsuitable duration value: " + error});
  }
  return duration;
}

template <class Convert>
Json AsList(const Value& value, Convert convert, SpecFaults& faults) {
  if (value.kind != Value::Kind::kList) {
    Unsuitable(value, "list of string required", faults);
    return nullptr;
  }
  Json list = Json::array();
  for (const Value& item : value.items) list.push_back(convert(item, faults));
  return list;
}

Json AsMap(const Value& value, SpecFaults& faults) {
  if (value.kind != Value::Kind::kObject) {
    Unsuitable(value, "map of string required", faults);
    return nullptr;
  }
  Json map = Json::object();
  for (const auto& member : value.members) map[member.name] = AsString(member.value, faults);
  return map;
}

Json Absent(Kind kind) {
  switch (kind) {
    case Kind::kString:
      return "";
    case Kind::kInt:
    case Kind::kDuration:
      return 0;
    case Kind::kBool:
      return false;
    default:
      return nullptr;
  }
}

Json DecodeArgument(const Value& value, Kind kind, SpecFaults& faults) {
  if (value.kind == Value::Kind::kNull) {
    if (kind == Kind::kDuration || kind == Kind::kOptDuration) {
      faults.push_back({value.range, "Unsuitable value", "Unsuitable duration value: nil"});
    }
    return Absent(kind);
  }
  switch (kind) {
    case Kind::kString:
    case Kind::kOptString:
      return AsString(value, faults);
    case Kind::kInt:
    case Kind::kOptInt:
      return AsInt(value, faults);
    case Kind::kBool:
    case Kind::kOptBool:
      return AsBool(value, faults);
    case Kind::kDuration:
    case Kind::kOptDuration:
      return AsDuration(value, faults);
    case Kind::kStrings:
      return AsList(value, AsString, faults);
    case Kind::kInts:
      return AsList(value, AsInt, faults);
    default:
      return AsMap(value, faults);
  }
}

// A block holding free arguments of one type.
template <class Convert>
Json DecodeArguments(const Body& body, Convert convert, SpecFaults& faults) {
  Json map = Json::object();
  for (const Attribute& attribute : body.attributes)
    map[attribute.name] = convert(attribute.value, faults);
  for (const Block& block : body.blocks) {
    faults.push_back(
        {block.type_range, "Unsuitable value type", "Unsuitable value: string required"});
  }
  return map;
}

Json FreeValue(const Value& value) {
  Json json = value.ToJson();
  return value.is_constructor ? Json::array({std::move(json)}) : json;
}

Json FreeBlock(const Block& block) {
  Json value = DecodeFree(block.body.front());
  for (auto label = block.labels.rbegin(); label != block.labels.rend(); ++label) {
    value = Json{{*label, Json::array({std::move(value)})}};
  }
  return value;
}

void RefuseUnknown(const Body& body, const BlockSchema& schema, SpecFaults& faults) {
  const auto find = [&schema](const std::string& name, bool block) {
    return std::any_of(schema.entries.begin(), schema.entries.end(), [&](const Entry& entry) {
      if (entry.hcl == nullptr || name != entry.hcl) return false;
      return block ? IsBlockKind(entry.kind)
                   : !IsBlockKind(entry.kind) || entry.kind == Kind::kMapOrArgument;
    });
  };
  for (const Attribute& attribute : body.attributes) {
    if (find(attribute.name, false)) continue;
    std::string detail = "An argument named \"" + attribute.name + "\" is not expected here.";
    if (find(attribute.name, true))
      detail += " Did you mean to define a block of type \"" + attribute.name + "\"?";
    faults.push_back({attribute.name_range, "Unsupported argument", std::move(detail)});
  }
  for (const Block& block : body.blocks) {
    if (find(block.type, true)) continue;
    std::string detail = "Blocks of type \"" + block.type + "\" are not expected here.";
    if (find(block.type, false)) {
      detail += " Did you mean to define argument \"" + block.type +
                "\"? If so, use the equals sign to assign it a value.";
    }
    faults.push_back({block.type_range, "Unsupported block type", std::move(detail)});
  }
}

Json DecodeComparison(const Body& body, bool affinity, SpecFaults& faults) {
  BlockSchema schema{nullptr,
                     {{"attribute", "LTarget", Kind::kString},
                      {"value", "RTarget", Kind::kString},
                      {"operator", "Operand", Kind::kString}}};
  std::vector<const char*> words(kConstraintWords.begin(), kConstraintWords.end());
  if (affinity) {
    words.assign(kAffinityWords.begin(), kAffinityWords.end());
    schema.entries.push_back({"weight", "Weight", Kind::kOptInt});
  } else {
    schema.entries.push_back({"distinct_hosts", "distinct_hosts", Kind::kOptBool});
  }
  for (const char* word : words) schema.entries.push_back({word, word, Kind::kString});
  Json json = DecodeBody(body, schema, faults);
  for (const char* word : words) {
    const std::string value = Text(json, word);
    json.erase(word);
    const std::string_view name = word;
    if (value.empty() || name == "is_set" || name == "is_not_set" ||
        (!affinity && name.starts_with("set_contains_"))) {
      continue;
    }
    json["Operand"] = word;
    json[name == "distinct_property" ? "LTarget" : "RTarget"] = value;
  }
  if (const Json hosts = Member(json, "distinct_hosts"); hosts.is_boolean()) {
    json["Operand"] = "distinct_hosts";
    json["RTarget"] = hosts.get<bool>() ? "true" : "false";
  }
  json.erase("distinct_hosts");
  if (Text(json, "Operand").empty()) json["Operand"] = "=";
  return json;
}

bool CheckLabels(const Block& block, const Entry& entry, SpecFaults& faults) {
  const std::size_t wanted = HasLabel(entry) ? 1 : 0;
  if (block.labels.size() > wanted) {
    faults.push_back({block.label_ranges[wanted], "Extraneous label for " + block.type,
                      wanted == 0
                          ? "No labels are expected for " + block.type + " blocks."
                          : "Only 1 labels (name) are expected for " + block.type + " blocks."});
    return false;
  }
  if (block.labels.size() < wanted) {
    faults.push_back({block.header_range, "Missing name for " + block.type,
                      "All " + block.type + " blocks must have 1 labels (name)."});
    return false;
  }
  return true;
}

Json DecodeBlock(const Block& block, const Entry& entry, SpecFaults& faults) {
  const Body& body = block.body.front();
  switch (entry.kind) {
    case Kind::kMap:
    case Kind::kMapOrArgument:
      return DecodeArguments(body, AsString, faults);
    case Kind::kLists:
      return DecodeArguments(
          body,
          [](const Value& value, SpecFaults& found) { return AsList(value, AsString, found); },
          faults);
    case Kind::kFree:
      return DecodeFree(body);
    case Kind::kConstraints:
      return DecodeComparison(body, false, faults);
    case Kind::kAffinities:
      return DecodeComparison(body, true, faults);
    default:
      break;
  }
  Json json = DecodeBody(body, *entry.block, faults);
  if (HasLabel(entry)) json[entry.block->label] = block.labels.front();
  return json;
}

bool IsListKind(Kind kind) {
  return kind == Kind::kBlocks || kind == Kind::kConstraints || kind == Kind::kAffinities;
}

Json DecodeBlocks(const Body& body, const Entry& entry, SpecFaults& faults) {
  Json result;
  const Block* first = nullptr;
  for (const Block& block : body.blocks) {
    if (block.type != entry.hcl || !CheckLabels(block, entry, faults)) continue;
    if (IsListKind(entry.kind)) {
      result.push_back(DecodeBlock(block, entry, faults));
    } else if (entry.kind == Kind::kBlockMap) {
      result[block.labels.front()] = DecodeBlock(block, entry, faults);
    } else if (first != nullptr) {
      faults.push_back({block.type_range, "Duplicate " + block.type + " block",
                        "Only one " + block.type +
                            " block is allowed. Another was defined at input.hcl:" +
                            first->type_range.Text() + "."});
    } else {
      first = &block;
      result = DecodeBlock(block, entry, faults);
    }
  }
  return result;
}

}  // namespace

Json DecodeFree(const Body& body) {
  Json map = Json::object();
  for (const Attribute& attribute : body.attributes)
    map[attribute.name] = FreeValue(attribute.value);
  for (const Block& block : body.blocks) map[block.type].push_back(FreeBlock(block));
  return map;
}

Json DecodeBody(const Body& body, const BlockSchema& schema, SpecFaults& faults) {
  RefuseUnknown(body, schema, faults);
  Json json = Json::object();
  for (const Entry& entry : schema.entries) {
    Json& member = json[entry.json];
    if (entry.hcl == nullptr) {
      member = Absent(entry.kind);
      continue;
    }
    const Attribute* attribute = !IsBlockKind(entry.kind) || entry.kind == Kind::kMapOrArgument
                                     ? body.Find(entry.hcl)
                                     : nullptr;
    if (attribute != nullptr) {
      member = DecodeArgument(attribute->value, entry.kind, faults);
    } else if (IsBlockKind(entry.kind)) {
      member = DecodeBlocks(body, entry, faults);
    } else {
      member = Absent(entry.kind);
      if (entry.required) {
        faults.push_back({body.open, "Missing required argument",
                          "The argument \"" + std::string(entry.hcl) +
                              "\" is required, but no definition was found."});
      }
    }
  }
  return json;
}

}  // namespace nmgr::fake
