#include "fake_nomad/flat_json.h"

#include <string>
#include <utility>

namespace nmgr::fake {
namespace {

using OrderedJson = nlohmann::ordered_json;

const Range kNowhere = {{1, 1}, {1, 2}};

std::string Unescape(const std::string& text, SpecFaults& faults) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool marker = c == '$' || c == '%';
    if (marker && text.compare(i + 1, 1, "{") == 0) {
      faults.push_back(
          {kNowhere, "Not flat", "A template in a string must have been evaluated by the client."});
      return {};
    }
    if (marker && text.compare(i + 1, 2, std::string{c, '{'}) == 0) {
      out += {c, '{'};
      i += 2;
    } else {
      out += c;
    }
  }
  return out;
}

Value ToValue(const OrderedJson& json, SpecFaults& faults) {
  Value value;
  value.range = kNowhere;
  if (json.is_boolean()) {
    value.kind = Value::Kind::kBool;
    value.flag = json.get<bool>();
  } else if (json.is_number()) {
    value.kind = Value::Kind::kNumber;
    value.text = json.dump();
  } else if (json.is_string()) {
    value.kind = Value::Kind::kString;
    value.text = Unescape(json.get<std::string>(), faults);
  } else if (json.is_array()) {
    value.kind = Value::Kind::kList;
    for (const OrderedJson& item : json) value.items.push_back(ToValue(item, faults));
  } else if (json.is_object()) {
    value.kind = Value::Kind::kObject;
    for (const auto& [name, item] : json.items()) {
      value.members.push_back({Unescape(name, faults), ToValue(item, faults)});
    }
  }
  return value;
}

bool IsComment(const std::string& name) { return name == "//"; }

const Entry* FindEntry(const BlockSchema& schema, const std::string& name) {
  for (const Entry& entry : schema.entries) {
    if (entry.hcl != nullptr && name == entry.hcl) return &entry;
  }
  return nullptr;
}

Body ToBody(const OrderedJson& json, const BlockSchema* schema, SpecFaults& faults);

void Fail(const std::string& what, SpecFaults& faults) {
  faults.push_back({kNowhere, "Incorrect JSON value type", what});
}

Block MakeBlock(const std::string& type, Body body, std::vector<std::string> labels) {
  Block block;
  block.type = type;
  block.type_range = block.header_range = kNowhere;
  block.label_ranges.assign(labels.size(), kNowhere);
  block.labels = std::move(labels);
  block.body.push_back(std::move(body));
  return block;
}

// A block may be an object or a list of them; a label is one more level of object.
void AddBlocks(const std::string& type, const OrderedJson& json, const BlockSchema* schema,
               bool labelled, const std::vector<std::string>& labels, Body& into,
               SpecFaults& faults) {
  if (json.is_null()) return;
  if (json.is_array()) {
    for (const OrderedJson& item : json)
      AddBlocks(type, item, schema, labelled, labels, into, faults);
  } else if (!json.is_object()) {
    Fail("A JSON object is required here, to define the content of a " + type + " block.", faults);
  } else if (labelled) {
    for (const auto& [label, item] : json.items()) {
      if (!IsComment(label)) AddBlocks(type, item, schema, false, {label}, into, faults);
    }
  } else {
    into.blocks.push_back(MakeBlock(type, ToBody(json, schema, faults), labels));
  }
}

// Without a schema everything is an argument.
Body ToBody(const OrderedJson& json, const BlockSchema* schema, SpecFaults& faults) {
  Body body;
  body.open = kNowhere;
  for (const auto& [name, item] : json.items()) {
    if (IsComment(name)) continue;
    const Entry* entry = schema == nullptr ? nullptr : FindEntry(*schema, name);
    const bool block =
        entry != nullptr && IsBlockKind(entry->kind) && entry->kind != Kind::kMapOrArgument;
    if (block) {
      AddBlocks(name, item, entry->block, HasLabel(*entry), {}, body, faults);
    } else if (entry != nullptr && entry->kind == Kind::kMapOrArgument && item.is_array()) {
      AddBlocks(name, item, nullptr, false, {}, body, faults);
    } else {
      body.attributes.push_back({name, kNowhere, ToValue(item, faults)});
    }
  }
  return body;
}

}  // namespace

Body ParseFlatJson(std::string_view source, SpecFaults& faults) {
  Body file;
  file.open = kNowhere;
  const OrderedJson json = OrderedJson::parse(source, nullptr, false);
  if (!json.is_object()) {
    faults.push_back({kNowhere, "Invalid JSON", "The text is no JSON object."});
    return file;
  }
  for (const auto& [name, item] : json.items()) {
    if (name == "job") {
      AddBlocks(name, item, &kJobSchema, true, {}, file, faults);
    } else if (!IsComment(name)) {
      file.blocks.push_back(MakeBlock(name, {}, {}));
    }
  }
  return file;
}

}  // namespace nmgr::fake
