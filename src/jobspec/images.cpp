#include "jobspec/images.h"

#include <algorithm>

#include "nmgr/hcl/value/convert.h"

namespace nmgr::jobspec {
namespace {

std::string LabelOf(const EvaluatedBlock& block) {
  return block.labels.empty() ? std::string() : block.labels.front();
}

void AddTask(const std::string& group, const EvaluatedBlock& task, std::vector<Image>& images) {
  for (const EvaluatedBlock& block : task.body.blocks) {
    if (block.type != "config") continue;
    const EvaluatedAttribute* attribute = block.body.FindAttribute("image");
    if (attribute == nullptr) continue;
    std::string image = TextOf(attribute->value);
    if (!image.empty()) images.push_back({group, LabelOf(task), std::move(image)});
  }
}

}  // namespace

const EvaluatedAttribute* EvaluatedBody::FindAttribute(std::string_view name) const {
  for (const EvaluatedAttribute& attribute : attributes) {
    if (attribute.name == name) return &attribute;
  }
  return nullptr;
}

std::vector<Image> ImagesOf(const EvaluatedBlock& job) {
  std::vector<Image> images;
  for (const EvaluatedBlock& block : job.body.blocks) {
    if (block.type == "task") {
      AddTask(LabelOf(block), block, images);
    } else if (block.type == "group") {
      for (const EvaluatedBlock& inner : block.body.blocks) {
        if (inner.type == "task") AddTask(LabelOf(block), inner, images);
      }
    }
  }
  return images;
}

bool HasBlock(const EvaluatedBody& body, std::string_view type) {
  return std::any_of(body.blocks.begin(), body.blocks.end(),
                     [type](const EvaluatedBlock& block) { return block.type == type; });
}

std::string TextOf(const hcl::Value& value) {
  const hcl::Converted text = hcl::Convert(value, hcl::Type::String());
  if (!text || !(*text).has_content()) return {};
  return std::string((*text).as_string());
}

}  // namespace nmgr::jobspec
