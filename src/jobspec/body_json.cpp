// BodyToJson: the form of an evaluated spec that scripts read.

#include <charconv>
#include <cmath>
#include <map>

#include "nmgr/hcl/value/json.h"
#include "nmgr/jobspec/jobspec.h"

namespace nmgr::jobspec {
namespace {

class BodyWriter {
 public:
  std::string Take() { return std::move(out_); }
  bool failed() const { return failed_; }

  void WriteBlock(const EvaluatedBlock& block);

 private:
  void WriteLabels(const std::vector<std::string>& labels);
  void WriteAttributes(const std::vector<EvaluatedAttribute>& attributes);
  void WriteValue(const hcl::Value& value);
  void WriteNumber(const hcl::Number& number);
  void WriteString(std::string_view text);

  std::string out_;
  bool failed_ = false;
};

void BodyWriter::WriteString(std::string_view text) { hcl::AppendJsonString(text, out_); }

// The digits of the nearest double; whole numbers below 10^21 without exponent, as Go prints them.
void BodyWriter::WriteNumber(const hcl::Number& number) {
  const double value = number.ToDouble();
  if (!std::isfinite(value)) {
    failed_ = true;
    return;
  }
  char buffer[64];
  const bool plain = std::fabs(value) < 1e21 && value == std::trunc(value);
  const std::to_chars_result end =
      plain ? std::to_chars(buffer, buffer + sizeof(buffer), value, std::chars_format::fixed)
            : std::to_chars(buffer, buffer + sizeof(buffer), value);
  out_.append(buffer, end.ptr);
}

void BodyWriter::WriteValue(const hcl::Value& value) {
  if (!value.has_content()) {
    out_ += "null";
    return;
  }
  char separator = 0;
  const auto separate = [&] {
    if (separator != 0) out_ += separator;
    separator = ',';
  };
  switch (value.kind()) {
    case hcl::Kind::kBool:
      out_ += value.as_bool() ? "true" : "false";
      return;
    case hcl::Kind::kNumber:
      return WriteNumber(value.as_number());
    case hcl::Kind::kString:
      return WriteString(value.as_string());
    case hcl::Kind::kMap:
    case hcl::Kind::kObject:
      out_ += '{';
      for (const hcl::Field& field : value.fields()) {
        separate();
        WriteString(field.key);
        out_ += ':';
        WriteValue(field.value);
      }
      out_ += '}';
      return;
    default:
      out_ += '[';
      for (const hcl::Value& element : value.elements()) {
        separate();
        WriteValue(element);
      }
      out_ += ']';
  }
}

void BodyWriter::WriteLabels(const std::vector<std::string>& labels) {
  out_ += ",\"labels\":[";
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (i != 0) out_ += ',';
    WriteString(labels[i]);
  }
  out_ += ']';
}

void BodyWriter::WriteAttributes(const std::vector<EvaluatedAttribute>& attributes) {
  std::map<std::string_view, const hcl::Value*> sorted;
  for (const EvaluatedAttribute& attribute : attributes) sorted[attribute.name] = &attribute.value;
  out_ += ",\"attrs\":{";
  bool first = true;
  for (const auto& [name, value] : sorted) {
    if (!first) out_ += ',';
    first = false;
    WriteString(name);
    out_ += ':';
    WriteValue(*value);
  }
  out_ += '}';
}

void BodyWriter::WriteBlock(const EvaluatedBlock& block) {
  out_ += "{\"type\":";
  WriteString(block.type);
  if (!block.labels.empty()) WriteLabels(block.labels);
  if (!block.body.attributes.empty()) WriteAttributes(block.body.attributes);
  if (!block.body.blocks.empty()) {
    out_ += ",\"blocks\":[";
    for (std::size_t i = 0; i < block.body.blocks.size(); ++i) {
      if (i != 0) out_ += ',';
      WriteBlock(block.body.blocks[i]);
    }
    out_ += ']';
  }
  out_ += '}';
}

}  // namespace

Expected<std::string> BodyToJson(const JobSpec& spec) {
  if (spec.submission.format == "json") return spec.flat_hcl;
  BodyWriter writer;
  for (const EvaluatedBlock& block : spec.body.blocks) writer.WriteBlock(block);
  if (writer.failed()) {
    return Error{ErrorCode::kInvalid, "the spec holds an infinite number, which JSON cannot"};
  }
  return "{\"blocks\":[" + writer.Take() + "]}";
}

}  // namespace nmgr::jobspec
