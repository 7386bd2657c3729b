// The evaluated job of a JSON spec as blocks and attributes, as Nomad's schema would take it apart.

#include "jobspec/body.h"
#include "jobspec/json_job.h"

namespace nmgr::jobspec {
namespace {

using Kind = EvaluatedJson::Kind;

hcl::Value ValueOf(const EvaluatedJson& json) {
  switch (json.kind) {
    case Kind::kLeaf:
      return json.leaf;
    case Kind::kNumberText:
      return hcl::Value::Of(json.number);
    case Kind::kArray: {
      hcl::Values values;
      for (const EvaluatedJson& item : json.items) values.push_back(ValueOf(item));
      return hcl::Value::Tuple(std::move(values));
    }
    case Kind::kObject: {
      hcl::Fields fields;
      for (const EvaluatedJsonMember& member : json.members) {
        fields.push_back({member.name, ValueOf(member.value)});
      }
      return hcl::Value::Object(std::move(fields));
    }
  }
  return {};
}

// The objects that a member stands for: itself, or the elements of an array of objects. None for a
// value.
std::vector<const EvaluatedJson*> ObjectsOf(const EvaluatedJson& json) {
  if (json.kind == Kind::kObject) return {&json};
  std::vector<const EvaluatedJson*> objects;
  for (const EvaluatedJson& item : json.items) {
    if (item.kind != Kind::kObject) return {};
    objects.push_back(&item);
  }
  return objects;
}

EvaluatedBody BodyOf(const EvaluatedJson& json, bool schemaless) {
  EvaluatedBody body;
  for (const EvaluatedJsonMember& member : json.members) {
    const std::vector<const EvaluatedJson*> objects =
        schemaless ? std::vector<const EvaluatedJson*>() : ObjectsOf(member.value);
    if (objects.empty()) {
      body.attributes.push_back({.name = member.name, .value = ValueOf(member.value)});
      continue;
    }
    const auto add = [&](std::vector<std::string> labels, const EvaluatedJson& block) {
      body.blocks.push_back(
          {member.name, std::move(labels), BodyOf(block, IsSchemaless(member.name)), {}});
    };
    for (const EvaluatedJson* object : objects) {
      if (!HasLabel(member.name)) {
        add({}, *object);
        continue;
      }
      for (const EvaluatedJsonMember& labelled : object->members) {
        for (const EvaluatedJson* block : ObjectsOf(labelled.value)) add({labelled.name}, *block);
      }
    }
  }
  return body;
}

}  // namespace

EvaluatedBlock BlockOf(const EvaluatedJsonJob& job) {
  EvaluatedBlock block{"job", {job.label}, {}, {}};
  for (const EvaluatedJson* object : ObjectsOf(job.body)) {
    EvaluatedBody part = BodyOf(*object, false);
    std::move(part.attributes.begin(), part.attributes.end(),
              std::back_inserter(block.body.attributes));
    std::move(part.blocks.begin(), part.blocks.end(), std::back_inserter(block.body.blocks));
  }
  return block;
}

}  // namespace nmgr::jobspec
