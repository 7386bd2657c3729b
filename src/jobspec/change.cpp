#include "nmgr/jobspec/change.h"

#include <fmt/format.h>

#include "jobspec/change_target.h"
#include "jobspec/change_trace.h"
#include "nmgr/base/text.h"

namespace nmgr::jobspec {
namespace {

std::size_t EqualsSignOf(std::string_view text) {
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') quoted = !quoted;
    if (text[i] == '=' && !quoted) return i;
  }
  return std::string_view::npos;
}

// A heredoc ends with a line break that nobody means.
std::string_view WithoutLineEnd(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

ChangedValue ShownValue(const Target& target) {
  ChangedValue shown = target.shown;
  shown.text = WithoutLineEnd(TextOf(target.value));
  return shown;
}

bool IsWantedValue(const hcl::Value& value, const std::string& wanted) {
  if (value.has_content() && value.kind() == hcl::Kind::kNumber) {
    const std::optional<hcl::Number> number = hcl::Number::Parse(wanted);
    return number && hcl::Number::Compare(*number, value.as_number()) == 0;
  }
  if (!value.has_content()) return value.is_null() && wanted == "null";
  const std::string text = TextOf(value);
  const std::string as_value(hcl::Value::Of(wanted).as_string());
  return text == as_value || (text.ends_with('\n') && WithoutLineEnd(text) == as_value);
}

void RefuseChange(std::string detail, hcl::Diagnostics& diagnostics) {
  diagnostics.Error("The change does not come to the wanted value", std::move(detail));
}

// How many images are others, and which group and task have one.
std::size_t DifferentImages(const Evaluation& before, const Evaluation& after) {
  const std::vector<PlacedImage> old = before.Images();
  const std::vector<PlacedImage> now = after.Images();
  if (old.size() != now.size()) return old.size() + now.size();
  std::size_t count = 0;
  for (std::size_t i = 0; i < old.size(); ++i) count += old[i].image == now[i].image ? 0 : 1;
  return count;
}

bool VerifyChange(const Evaluation& before, const ParsedSpec& spec, const SpecContext& context,
                  const WantedChange& wanted, ChangedText& changed, hcl::Diagnostics& diagnostics) {
  hcl::Diagnostics faults;
  const ParsedSpec parsed = ParseSpec(spec.path, changed.text, context, faults);
  Evaluation after(parsed, context);
  if (!after.Run(faults)) {
    RefuseChange(fmt::format("With it the spec does not evaluate: {}",
                             faults.empty() ? std::string("nobody knows why")
                                            : hcl::ToLine(faults.items().front())),
                 diagnostics);
    return false;
  }
  const std::optional<Target> target = FindTarget(after, wanted.key, faults);
  if (!target || !IsWantedValue(target->value, wanted.value)) {
    RefuseChange(fmt::format("{} would be another value. Write it by hand.", changed.argument),
                 diagnostics);
    return false;
  }
  changed.after = ShownValue(*target);
  if (!wanted.shared && DifferentImages(before, after) > 1) {
    RefuseChange("Images of other tasks would change, too. --shared does so.", diagnostics);
    return false;
  }
  return true;
}

}  // namespace

Expected<WantedChange> ParseWantedChange(std::string_view text) {
  const auto refuse = [](std::string message, std::string hint = {}) {
    return Error{ErrorCode::kUsage, std::move(message), std::move(hint)};
  };
  const std::size_t equals = EqualsSignOf(text);
  if (equals == std::string_view::npos || equals == 0) {
    return refuse(fmt::format("\"{}\" is no KEY=VALUE", text),
                  "image=REF, TASK=REF, or the path of an argument: meta.VERSION=1.2");
  }
  WantedChange wanted{std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))};
  if (!IsValidUtf8(text)) return refuse(wanted.key + ": the value is no UTF-8");
  if (wanted.value.find_first_of(std::string_view("\n\r\0", 3)) != std::string::npos) {
    return refuse(wanted.key + ": the value holds a line break or NUL", "`nmgr set` sets one line");
  }
  const std::string_view key = wanted.key;
  const bool is_task = key.find('/') != std::string_view::npos;
  if (!is_task && !ParseSteps(key)) {
    return refuse(fmt::format("\"{}\" is no path", key),
                  "names with dots between them; a name with other characters in quotes: "
                  "meta.\"com.example\"; [N] counts from 0");
  }
  return wanted;
}

std::optional<ChangedText> ChangeSpec(const ParsedSpec& spec, const SpecContext& context,
                                      const WantedChange& wanted, hcl::Diagnostics& diagnostics) {
  Evaluation evaluation(spec, context);
  if (!evaluation.Run(diagnostics)) return std::nullopt;
  const std::optional<Target> target = FindTarget(evaluation, wanted.key, diagnostics);
  if (!target) return std::nullopt;
  ChangedText changed;
  changed.text = spec.source->text();
  changed.argument = target->argument;
  changed.before = changed.after = ShownValue(*target);
  if (IsWantedValue(target->value, wanted.value)) return changed;
  const std::optional<Edit> edit =
      TraceEdit(evaluation, *target, wanted.value, wanted.shared, diagnostics);
  if (!edit) return std::nullopt;
  changed.place = edit->place;
  changed.changed = true;
  changed.text.replace(edit->place.begin, edit->place.end - edit->place.begin, edit->text);
  if (!VerifyChange(evaluation, spec, context, wanted, changed, diagnostics)) return std::nullopt;
  return changed;
}

}  // namespace nmgr::jobspec
