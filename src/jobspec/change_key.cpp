#include "jobspec/change_key.h"

#include <fmt/format.h>

#include <algorithm>

#include "jobspec/images.h"
#include "nmgr/base/numbers.h"
#include "nmgr/hcl/syntax/parse.h"
#include "nmgr/hcl/write/flat.h"

namespace nmgr::jobspec {
namespace {

// Passes one name, as it is or in quotes.
std::optional<std::string> PassName(std::string_view& text) {
  if (!text.starts_with('"')) {
    const std::size_t end = std::min(text.find_first_of(".[\""), text.size());
    std::string name(text.substr(0, end));
    text.remove_prefix(end);
    return name.empty() ? std::nullopt : std::optional(std::move(name));
  }
  const std::size_t end = text.find('"', 1);
  if (end == std::string_view::npos) return std::nullopt;
  std::string name(text.substr(1, end - 1));
  text.remove_prefix(end + 1);
  return name;
}

std::optional<Step> PassBrackets(std::string_view& text) {
  const std::size_t end = text.find(']');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view inner = text.substr(1, end - 1);
  text.remove_prefix(end + 1);
  if (inner.size() > 2 && inner.starts_with('"') && inner.ends_with('"')) {
    return Step{std::string(inner.substr(1, inner.size() - 2))};
  }
  const auto index = WholeNumber<std::size_t>(inner);
  return index ? std::optional(Step{{}, *index}) : std::nullopt;
}

}  // namespace

std::optional<Steps> ParseSteps(std::string_view text) {
  Steps steps;
  for (;;) {
    std::optional<std::string> name = PassName(text);
    if (!name) return std::nullopt;
    steps.push_back({*std::move(name)});
    while (text.starts_with('[')) {
      std::optional<Step> step = PassBrackets(text);
      if (!step) return std::nullopt;
      steps.push_back(*std::move(step));
    }
    if (text.empty()) return steps;
    if (!text.starts_with('.')) return std::nullopt;
    text.remove_prefix(1);
  }
}

std::string TextOfSteps(const Steps& steps) {
  std::string out;
  for (const Step& step : steps) {
    if (step.index) {
      out += fmt::format("[{}]", *step.index);
      continue;
    }
    if (!out.empty()) out += '.';
    if (hcl::IsIdentifier(step.name)) {
      out += step.name;
    } else {
      hcl::AppendQuoted(step.name, out);
    }
  }
  return out;
}

Step StepOf(const hcl::Value& key) {
  const std::string text = TextOf(key);
  Step step{text};
  if (!key.has_content() || key.kind() != hcl::Kind::kNumber) return step;
  const auto index = WholeNumber<std::size_t>(text);
  return index ? Step{{}, *index} : step;
}

bool IsKey(const hcl::Value& key, const Step& step) {
  const std::string name = step.index ? std::to_string(*step.index) : step.name;
  return key.has_content() && TextOf(key) == name;
}

const hcl::Value* PartOf(const hcl::Value& value, const Step& step) {
  if (!value.has_content()) return nullptr;
  switch (value.kind()) {
    case hcl::Kind::kMap:
    case hcl::Kind::kObject:
      for (const hcl::Field& field : value.fields()) {
        if (IsKey(hcl::Value::Of(field.key), step)) return &field.value;
      }
      return nullptr;
    case hcl::Kind::kList:
    case hcl::Kind::kTuple:
      if (!step.index || *step.index >= value.elements().size()) return nullptr;
      return &value.elements()[*step.index];
    default:
      return nullptr;
  }
}

}  // namespace nmgr::jobspec
