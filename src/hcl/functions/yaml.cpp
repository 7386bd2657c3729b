// YAML through libyaml; its reader is yaml_library.h.
#include <fmt/format.h>

#include <map>
#include <utility>

#include "hcl/functions/support.h"
#include "hcl/functions/yaml_library.h"
#include "hcl/functions/yaml_scalar.h"

namespace nmgr::hcl::functions {
namespace {

constexpr int kMaxYamlNesting = 500;

// Where the next event is not what the grammar of a document asks for.
FunctionError At(const YamlEvent& event, std::string_view message) {
  return Fault(fmt::format("on line {}, column {}: {}", event.line, event.column, message));
}

// Builds the value of a single document. An alias shares its anchor's value, but counts in full, so
// that a bomb of aliases ends early.
class YamlDecoder {
 public:
  YamlDecoder(std::string_view text, const FunctionContext& context)
      : reader_(text), meter_(context) {}

  FunctionResult Run() {
    if (auto fault = Expect(YamlEventKind::kStreamStart, "missing stream start token")) {
      return *std::move(fault);
    }
    if (auto fault = Expect(YamlEventKind::kDocumentStart, "missing start of document")) {
      return *std::move(fault);
    }
    FunctionResult value = ParseNext(0);
    if (!value) return value;
    if (auto fault = Expect(YamlEventKind::kDocumentEnd, "unexpected extra content after value")) {
      return *std::move(fault);
    }
    if (auto fault = Expect(YamlEventKind::kStreamEnd, "unexpected extra content after value")) {
      return *std::move(fault);
    }
    return value;
  }

 private:
  std::optional<FunctionError> Expect(YamlEventKind kind, std::string_view message) {
    const auto event = reader_.Next();
    if (!event) return event.error();
    if ((*event).kind == kind) return std::nullopt;
    return At(*event, message);
  }

  FunctionResult ParseNext(int depth) {
    const auto event = reader_.Next();
    if (!event) return event.error();
    return Parse(*event, depth);
  }

  FunctionResult Parse(const YamlEvent& event, int depth) {
    if (depth > kMaxYamlNesting) return At(event, "nested too deeply");
    if (!meter_.Add(static_cast<std::int64_t>(event.value.size())) || !meter_.AddElements(1)) {
      return TooLarge();
    }
    if (event.kind == YamlEventKind::kAlias) return ParseAlias(event);
    if (!event.anchor.empty()) ++open_anchors_[event.anchor];
    FunctionResult value = ParseContent(event, depth);
    if (!value || event.anchor.empty()) return value;
    const auto open = open_anchors_.find(event.anchor);
    if (--open->second == 0) open_anchors_.erase(open);
    anchors_[event.anchor] = *value;
    return value;
  }

  FunctionResult ParseContent(const YamlEvent& event, int depth) {
    switch (event.kind) {
      case YamlEventKind::kScalar:
        return ParseScalar(event);
      case YamlEventKind::kSequenceStart:
        return ParseSequence(event, depth);
      case YamlEventKind::kMappingStart:
        return ParseMapping(event, depth);
      default:
        return At(event, "a value is expected");
    }
  }

  // What has no tag and stands in quotes or in a block is text, whatever it looks like.
  static FunctionResult ParseScalar(const YamlEvent& event) {
    FunctionResult value = ResolveScalar(event);
    if (!value || !event.tag.empty() || event.plain) return value;
    Converted text = Convert(*value, Type::String());
    if (!text) return At(event, text.error());
    return std::move(*text);
  }

  FunctionResult ParseAlias(const YamlEvent& event) {
    if (open_anchors_.count(event.anchor) != 0) {
      return At(event, fmt::format("cannot refer to anchor {} from inside its own definition",
                                   Quote(event.anchor)));
    }
    const auto found = anchors_.find(event.anchor);
    if (found == anchors_.end()) {
      return At(event, "reference to undefined anchor " + Quote(event.anchor));
    }
    const std::int64_t size = ExpandedSize(found->second);
    if (size < 0 || !meter_.Add(size)) return TooLarge();
    return found->second;
  }

  FunctionResult ParseSequence(const YamlEvent& start, int depth) {
    if (!start.tag.empty() && start.tag != "tag:yaml.org,2002:seq") {
      return At(start, "can't interpret sequence as " + start.tag);
    }
    Values elements;
    for (;;) {
      const auto event = reader_.Next();
      if (!event) return event.error();
      if ((*event).kind == YamlEventKind::kSequenceEnd) return Value::Tuple(std::move(elements));
      FunctionResult element = Parse(*event, depth + 1);
      if (!element) return element;
      elements.push_back(std::move(*element));
    }
  }

  FunctionResult ParseMapping(const YamlEvent& start, int depth) {
    if (!start.tag.empty() && start.tag != "tag:yaml.org,2002:map") {
      return At(start, "can't interpret mapping as " + start.tag);
    }
    Fields fields;
    for (;;) {
      const auto key = reader_.Next();
      if (!key) return key.error();
      if ((*key).kind == YamlEventKind::kMappingEnd) return Value::Object(std::move(fields));
      if (IsMergeKey(*key)) {
        const FunctionResult merged = ParseNext(depth + 1);
        if (!merged) return merged;
        if (auto fault = Merge(*key, *merged, fields)) return *std::move(fault);
        continue;
      }
      FunctionOutcome<std::string> name = KeyName(*key);
      if (!name) return name.error();
      FunctionResult value = ParseNext(depth + 1);
      if (!value) return value;
      fields.push_back({std::move(*name), std::move(*value)});
    }
  }

  static bool IsMergeKey(const YamlEvent& key) {
    if (key.kind != YamlEventKind::kScalar) return false;
    return (key.tag.empty() && key.value == "<<") || key.tag == "tag:yaml.org,2002:merge";
  }

  static FunctionOutcome<std::string> KeyName(const YamlEvent& key) {
    if (key.kind != YamlEventKind::kScalar)
      return At(key, "only strings are allowed as mapping keys");
    const FunctionResult value = ResolveScalar(key);
    if (!value) return value.error();
    if ((*value).is_null()) return At(key, "mapping key cannot be null");
    const Converted text = Convert(*value, Type::String());
    if (!text) return At(key, "only strings are allowed as mapping keys");
    return std::string((*text).as_string());
  }

  // The fields of a mapping or of all mappings in a sequence. What is mentioned later counts.
  std::optional<FunctionError> Merge(const YamlEvent& key, const Value& value, Fields& fields) {
    if (value.kind() == Kind::kObject && value.has_content()) {
      if (!meter_.AddElements(value.size())) return TooLarge();
      fields.insert(fields.end(), value.fields().begin(), value.fields().end());
      return std::nullopt;
    }
    if (value.kind() != Kind::kTuple) {
      return At(key, fmt::format("cannot merge {} into mapping", value.type().FriendlyName()));
    }
    for (const Value& element : value.elements()) {
      if (element.kind() != Kind::kObject) {
        return At(key, fmt::format("cannot merge {} (from sequence) into mapping",
                                   element.type().FriendlyName()));
      }
      if (auto fault = Merge(key, element, fields)) return fault;
    }
    return std::nullopt;
  }

  YamlReader reader_;
  Meter meter_;
  std::map<std::string, Value> anchors_;
  std::map<std::string, int> open_anchors_;  // within whose definition the reader stands
};

FunctionResult YamlDecode(const FunctionCall& call) {
  // libyaml sees no document in an empty text, Nomad an empty line.
  const std::string_view text = call.arguments[0].as_string();
  return YamlDecoder(text.empty() ? "\n" : text, call.context).Run();
}

void WriteText(std::string_view text, YamlWriter& writer) {
  const bool lines = text.find('\n') != std::string_view::npos;
  writer.Scalar(text, lines ? YamlStyle::kLiteral : YamlStyle::kDoubleQuoted);
}

void WriteValue(const Value& value, YamlWriter& writer) {
  if (value.is_null()) return writer.Scalar("null", YamlStyle::kPlain);
  switch (value.kind()) {
    case Kind::kBool:
      return writer.Scalar(value.as_bool() ? "true" : "false", YamlStyle::kPlain);
    case Kind::kNumber:
      return writer.Scalar(value.as_number().ToString(), YamlStyle::kPlain);
    case Kind::kString:
      return WriteText(value.as_string(), writer);
    case Kind::kMap:
    case Kind::kObject:
      writer.StartMapping();
      for (const Field& field : value.fields()) {
        WriteText(field.key, writer);
        WriteValue(field.value, writer);
      }
      return writer.EndMapping();
    default:
      writer.StartSequence();
      for (const Value& element : value.elements()) WriteValue(element, writer);
      return writer.EndSequence();
  }
}

bool IsPlainScalar(const Value& value) {
  return value.is_null() || value.kind() == Kind::kNumber || value.kind() == Kind::kBool;
}

FunctionResult YamlEncode(const FunctionCall& call) {
  const Value& value = call.arguments[0];
  const std::int64_t size = ExpandedSize(value);
  if (size < 0 || !Charge(call.context, size)) return TooLarge();
  if (!value.IsWhollyKnown()) return Value::Unknown(Type::String());
  YamlWriter writer;
  WriteValue(value, writer);
  FunctionOutcome<std::string> text = writer.Finish();
  if (!text) return text.error();
  // Nomad's emitter is of the time when a document was closed after a single plain scalar, and not
  // after a block of text that keeps its line ends. No other line can be "..." alone.
  constexpr std::string_view kClose = "\n...\n";
  std::string& document = *text;
  if (document.size() > kClose.size() &&
      document.compare(document.size() - kClose.size(), kClose.size(), kClose) == 0) {
    document.resize(document.size() - kClose.size() + 1);
  }
  if (IsPlainScalar(value)) document += "...\n";
  return Value::Of(std::move(*text));
}

}  // namespace

std::vector<Function> YamlFunctions() {
  Parameter value = DynamicParameter("value");
  value.allow_null = true;
  value.allow_dynamic = true;
  return {
      Function{.name = "yamldecode",
               .family = kEncodingFamily,
               .summary = "The value that a YAML document stands for.",
               .parameters = {StringParameter("src")},
               .static_type = Type::Dynamic(),
               .call = YamlDecode},
      Function{.name = "yamlencode",
               .family = kEncodingFamily,
               .summary = "A value as a YAML document in block style.",
               .parameters = {value},
               .static_type = Type::String(),
               .call = YamlEncode},
  };
}

}  // namespace nmgr::hcl::functions
