// What is made of an evaluated job in JSON syntax: its text, header and images.

#include <algorithm>
#include <memory>

#include "jobspec/images.h"
#include "jobspec/json_job.h"
#include "nmgr/hcl/value/json.h"
#include "nmgr/hcl/write/flat.h"
#include "nmgr/hcl/write/literal.h"

namespace nmgr::jobspec {
namespace {

// JSON text of a string that is a template which means `text`.
void AppendTemplate(std::string_view text, std::string& out) {
  hcl::AppendJsonString(hcl::EscapeTemplate(text), out);
}

void AppendValue(const hcl::Value& value, std::string& out) {
  if (!value.has_content()) {
    out += "null";
    return;
  }
  bool first = true;
  const auto separate = [&] {
    if (!first) out += ',';
    first = false;
  };
  switch (value.kind()) {
    case hcl::Kind::kBool:
      out += value.as_bool() ? "true" : "false";
      return;
    case hcl::Kind::kNumber:
      if (const auto expression = hcl::NumberExpression(value.as_number())) {
        hcl::AppendJsonString("${" + *expression + "}", out);
      } else {
        value.as_number().AppendTo(out);
      }
      return;
    case hcl::Kind::kString:
      return AppendTemplate(value.as_string(), out);
    case hcl::Kind::kMap:
    case hcl::Kind::kObject:
      out += '{';
      for (const hcl::Field& field : value.fields()) {
        separate();
        AppendTemplate(field.key, out);
        out += ':';
        AppendValue(field.value, out);
      }
      out += '}';
      return;
    default:
      out += '[';
      for (const hcl::Value& element : value.elements()) {
        separate();
        AppendValue(element, out);
      }
      out += ']';
  }
}

void AppendJson(const EvaluatedJson& json, std::string& out) {
  switch (json.kind) {
    case EvaluatedJson::Kind::kLeaf:
      return AppendValue(json.leaf, out);
    case EvaluatedJson::Kind::kNumberText:
      out += json.number;
      return;
    case EvaluatedJson::Kind::kArray:
      out += '[';
      for (std::size_t i = 0; i < json.items.size(); ++i) {
        if (i != 0) out += ',';
        AppendJson(json.items[i], out);
      }
      out += ']';
      return;
    case EvaluatedJson::Kind::kObject:
      out += '{';
      for (std::size_t i = 0; i < json.members.size(); ++i) {
        if (i != 0) out += ',';
        if (json.members[i].template_key) {
          AppendTemplate(json.members[i].name, out);
        } else {
          hcl::AppendJsonString(json.members[i].name, out);
        }
        out += ':';
        AppendJson(json.members[i].value, out);
      }
      out += '}';
      return;
  }
}

// Members of a body, which may be an object or an array of objects.
std::vector<const EvaluatedJsonMember*> MembersOf(const EvaluatedJson& body) {
  std::vector<const EvaluatedJsonMember*> members;
  for (const EvaluatedJsonMember& member : body.members) members.push_back(&member);
  for (const EvaluatedJson& item : body.items) {
    for (const EvaluatedJsonMember& member : item.members) members.push_back(&member);
  }
  return members;
}

FieldText AttributeOf(const EvaluatedJson& body, std::string_view name) {
  for (const EvaluatedJsonMember* member : MembersOf(body)) {
    if (member->name != name) continue;
    if (member->value.kind == EvaluatedJson::Kind::kNumberText) {
      return {std::string(member->value.number), true, member->value.place};
    }
    if (member->value.kind != EvaluatedJson::Kind::kLeaf) return {};
    FieldText text = FieldTextOf(member->value.leaf);
    text.place = member->value.place;
    return text;
  }
  return {};
}

// Types of the blocks that images need which have a label.
bool IsLabelled(std::string_view type) { return type == "group" || type == "task"; }

class JsonReader final : public BodyReader {
 public:
  explicit JsonReader(const EvaluatedJson& body) : body_(body) {}

  std::vector<Child> Blocks(const std::vector<std::string_view>& types) const override {
    std::vector<Child> children;
    const auto add = [&](const std::string& type, const std::string& label,
                         const EvaluatedJson& body) {
      if (body.kind == EvaluatedJson::Kind::kArray) {
        for (const EvaluatedJson& item : body.items) {
          children.push_back({type, label, std::make_shared<JsonReader>(item)});
        }
      } else if (body.kind == EvaluatedJson::Kind::kObject) {
        children.push_back({type, label, std::make_shared<JsonReader>(body)});
      }
    };
    for (const EvaluatedJsonMember* member : MembersOf(body_)) {
      if (std::find(types.begin(), types.end(), member->name) == types.end()) continue;
      if (!IsLabelled(member->name)) {
        add(member->name, {}, member->value);
        continue;
      }
      for (const EvaluatedJsonMember* block : MembersOf(member->value)) {
        add(member->name, block->name, block->value);
      }
    }
    return children;
  }

  FieldText Text(std::string_view attribute) const override {
    return AttributeOf(body_, attribute);
  }

 private:
  const EvaluatedJson& body_;
};

}  // namespace

std::string JsonJobText(const EvaluatedJsonJob& job) {
  std::string out = "{\"job\":{";
  hcl::AppendJsonString(job.label, out);
  out += ':';
  AppendJson(job.body, out);
  out += "}}\n";
  return out;
}

JobHeader HeaderOf(const EvaluatedJsonJob& job) {
  const auto text = [&](std::string_view name) { return AttributeOf(job.body, name).text; };
  JobHeader header{text("id"), text("namespace"), text("region"), text("type")};
  if (header.id.empty()) header.id = job.label;
  return header;
}

std::vector<PlacedImage> PlacedImagesOf(const EvaluatedJsonJob& job) {
  return PlacedImagesOf(JsonReader(job.body), job.label);
}

std::vector<Image> ImagesOf(const EvaluatedJsonJob& job) {
  return ImagesOf(JsonReader(job.body), job.label);
}

bool HasBlock(const EvaluatedJsonJob& job, std::string_view type) {
  for (const EvaluatedJsonMember* member : MembersOf(job.body)) {
    const bool is_null =
        member->value.kind == EvaluatedJson::Kind::kLeaf && member->value.leaf.is_null();
    if (member->name == type && !is_null) return true;
  }
  return false;
}

}  // namespace nmgr::jobspec
