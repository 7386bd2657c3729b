#include "hcl/functions/yaml_library.h"

#include <fmt/format.h>
#include <yaml.h>

#include "hcl/functions/support.h"

namespace nmgr::hcl::functions {
namespace {

std::string TextOf(const yaml_char_t* text) {
  return text == nullptr ? std::string() : std::string(reinterpret_cast<const char*>(text));
}

yaml_char_t* YamlChars(const char* text) {
  return reinterpret_cast<yaml_char_t*>(const_cast<char*>(text));
}

void TakeScalar(const yaml_event_t& raw, YamlEvent& event) {
  const auto& scalar = raw.data.scalar;
  event.kind = YamlEventKind::kScalar;
  event.anchor = TextOf(scalar.anchor);
  event.tag = TextOf(scalar.tag);
  event.value.assign(reinterpret_cast<const char*>(scalar.value), scalar.length);
  event.quoted = scalar.style == YAML_SINGLE_QUOTED_SCALAR_STYLE ||
                 scalar.style == YAML_DOUBLE_QUOTED_SCALAR_STYLE;
  event.plain = scalar.plain_implicit != 0;
}

FunctionOutcome<YamlEvent> TakeEvent(const yaml_event_t& raw) {
  YamlEvent event;
  event.line = raw.start_mark.line + 1;
  event.column = raw.start_mark.column + 1;
  switch (raw.type) {
    case YAML_STREAM_START_EVENT:
      event.kind = YamlEventKind::kStreamStart;
      break;
    case YAML_NO_EVENT:
    case YAML_STREAM_END_EVENT:
      event.kind = YamlEventKind::kStreamEnd;
      break;
    case YAML_DOCUMENT_START_EVENT: {
      const yaml_version_directive_t* version = raw.data.document_start.version_directive;
      if (version != nullptr && (version->major != 1 || version->minor != 1)) {
        return Fault("found incompatible YAML document");
      }
      event.kind = YamlEventKind::kDocumentStart;
      break;
    }
    case YAML_DOCUMENT_END_EVENT:
      event.kind = YamlEventKind::kDocumentEnd;
      break;
    case YAML_ALIAS_EVENT:
      event.kind = YamlEventKind::kAlias;
      event.anchor = TextOf(raw.data.alias.anchor);
      break;
    case YAML_SCALAR_EVENT:
      TakeScalar(raw, event);
      break;
    case YAML_SEQUENCE_START_EVENT:
      event.kind = YamlEventKind::kSequenceStart;
      event.anchor = TextOf(raw.data.sequence_start.anchor);
      event.tag = TextOf(raw.data.sequence_start.tag);
      break;
    case YAML_SEQUENCE_END_EVENT:
      event.kind = YamlEventKind::kSequenceEnd;
      break;
    case YAML_MAPPING_START_EVENT:
      event.kind = YamlEventKind::kMappingStart;
      event.anchor = TextOf(raw.data.mapping_start.anchor);
      event.tag = TextOf(raw.data.mapping_start.tag);
      break;
    case YAML_MAPPING_END_EVENT:
      event.kind = YamlEventKind::kMappingEnd;
      break;
  }
  return event;
}

int AppendOutput(void* target, unsigned char* bytes, std::size_t size) {
  auto& text = *static_cast<std::string*>(target);
  if (static_cast<std::int64_t>(text.size() + size) > kMaxResultSize) return 0;
  text.append(reinterpret_cast<const char*>(bytes), size);
  return 1;
}

}  // namespace

struct YamlReader::State {
  yaml_parser_t parser;
};

YamlReader::YamlReader(std::string_view text) : state_(std::make_unique<State>()) {
  yaml_parser_initialize(&state_->parser);
  yaml_parser_set_encoding(&state_->parser, YAML_UTF8_ENCODING);
  yaml_parser_set_input_string(&state_->parser, reinterpret_cast<const unsigned char*>(text.data()),
                               text.size());
}

YamlReader::~YamlReader() { yaml_parser_delete(&state_->parser); }

FunctionOutcome<YamlEvent> YamlReader::Next() {
  yaml_parser_t& parser = state_->parser;
  yaml_event_t raw;
  if (yaml_parser_parse(&parser, &raw) == 0) {
    const char* problem = parser.problem == nullptr ? "invalid YAML syntax" : parser.problem;
    return Fault(fmt::format("on line {}, column {}: {}", parser.problem_mark.line + 1,
                             parser.problem_mark.column + 1, problem));
  }
  FunctionOutcome<YamlEvent> event = TakeEvent(raw);
  yaml_event_delete(&raw);
  return event;
}

struct YamlWriter::State {
  yaml_emitter_t emitter;
  std::string text;
  bool failed = false;

  void Emit(yaml_event_t& event, int initialized) {
    if (initialized == 0) {
      failed = true;
    } else if (failed) {
      yaml_event_delete(&event);
    } else {
      failed = yaml_emitter_emit(&emitter, &event) == 0;  // takes the event in any case
    }
  }
};

YamlWriter::YamlWriter() : state_(std::make_unique<State>()) {
  yaml_emitter_initialize(&state_->emitter);
  yaml_emitter_set_output(&state_->emitter, AppendOutput, &state_->text);
  yaml_emitter_set_unicode(&state_->emitter, 1);
  yaml_event_t event;
  state_->Emit(event, yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING));
  state_->Emit(event, yaml_document_start_event_initialize(&event, nullptr, nullptr, nullptr, 1));
}

YamlWriter::~YamlWriter() { yaml_emitter_delete(&state_->emitter); }

void YamlWriter::Scalar(std::string_view text, YamlStyle style) {
  const yaml_scalar_style_t styles[] = {YAML_PLAIN_SCALAR_STYLE, YAML_DOUBLE_QUOTED_SCALAR_STYLE,
                                        YAML_LITERAL_SCALAR_STYLE};
  const std::string copy(text);
  yaml_event_t event;
  state_->Emit(event, yaml_scalar_event_initialize(
                          &event, nullptr, nullptr, YamlChars(copy.c_str()),
                          static_cast<int>(copy.size()), 1, 1, styles[static_cast<int>(style)]));
}

void YamlWriter::StartSequence() {
  yaml_event_t event;
  state_->Emit(event, yaml_sequence_start_event_initialize(&event, nullptr, nullptr, 1,
                                                           YAML_BLOCK_SEQUENCE_STYLE));
}

void YamlWriter::EndSequence() {
  yaml_event_t event;
  state_->Emit(event, yaml_sequence_end_event_initialize(&event));
}

void YamlWriter::StartMapping() {
  yaml_event_t event;
  state_->Emit(event, yaml_mapping_start_event_initialize(&event, nullptr, nullptr, 1,
                                                          YAML_BLOCK_MAPPING_STYLE));
}

void YamlWriter::EndMapping() {
  yaml_event_t event;
  state_->Emit(event, yaml_mapping_end_event_initialize(&event));
}

FunctionOutcome<std::string> YamlWriter::Finish() {
  yaml_event_t event;
  state_->Emit(event, yaml_document_end_event_initialize(&event, 1));
  state_->Emit(event, yaml_stream_end_event_initialize(&event));
  if (!state_->failed) return std::move(state_->text);
  const char* problem = state_->emitter.problem;
  return Fault(problem == nullptr ? "the value cannot be written as YAML" : problem);
}

}  // namespace nmgr::hcl::functions
