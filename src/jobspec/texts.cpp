#include "nmgr/jobspec/texts.h"

#include "nmgr/hcl/value/convert.h"

namespace nmgr::jobspec {
namespace {

void AddTexts(const hcl::Value& value, Maps maps, std::vector<std::string>& texts) {
  if (!value.has_content()) return;
  if (hcl::IsSequenceOrSet(value.kind())) {
    for (const hcl::Value& element : value.elements()) AddTexts(element, maps, texts);
  } else if (hcl::IsRecord(value.kind())) {
    if (maps == Maps::kLeftOut) return;
    for (const hcl::Field& field : value.fields()) AddTexts(field.value, maps, texts);
  } else if (const hcl::Converted text = hcl::Convert(value, hcl::Type::String());
             text && (*text).has_content()) {
    texts.emplace_back((*text).as_string());
  }
}

}  // namespace

std::string TextOf(const hcl::Value& value) {
  const hcl::Converted text = hcl::Convert(value, hcl::Type::String());
  if (!text || !(*text).has_content()) return {};
  return std::string((*text).as_string());
}

std::vector<std::string> TextsOf(const hcl::Value& value, Maps maps) {
  std::vector<std::string> texts;
  AddTexts(value, maps, texts);
  return texts;
}

const std::string& FirstLabel(const EvaluatedBlock& block) {
  static const std::string kNone;
  return block.labels.empty() ? kNone : block.labels.front();
}

}  // namespace nmgr::jobspec
