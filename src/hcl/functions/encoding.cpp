// base64, URL, JSON and CSV.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "hcl/functions/csv.h"
#include "hcl/functions/support.h"
#include "nmgr/base/base64.h"
#include "nmgr/base/text.h"
#include "nmgr/hcl/value/json.h"

namespace nmgr::hcl::functions {
namespace {

FunctionResult Base64Decode(const FunctionCall& call) {
  const std::string_view text = call.arguments[0].as_string();
  auto decoded = DecodeBase64(text);
  if (!decoded) return Fault(fmt::format("failed to decode base64 data '{}'", text));
  if (!IsValidUtf8(*decoded)) {
    return Fault("the result of decoding the provided string is not valid UTF-8");
  }
  return Value::Of(*std::move(decoded));
}

FunctionResult Base64Encode(const FunctionCall& call) {
  return Value::Of(EncodeBase64(call.arguments[0].as_string()));
}

// The escaping of a query: blanks become '+'.
FunctionResult UrlEncode(const FunctionCall& call) {
  constexpr std::string_view kUnreserved =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";
  constexpr std::string_view kHexDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : call.arguments[0].as_string()) {
    if (kUnreserved.find(c) != std::string_view::npos) {
      out += c;
    } else if (c == ' ') {
      out += '+';
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += kHexDigits[byte >> 4U];
      out += kHexDigits[byte & 0xFU];
    }
  }
  return Value::Of(std::move(out));
}

FunctionResult JsonEncode(const FunctionCall& call) {
  const std::int64_t size = ExpandedSize(call.arguments[0]);
  if (size < 0 || !Charge(call.context, size)) return TooLarge();
  if (!call.arguments[0].IsWhollyKnown()) return Value::Unknown(Type::String());
  Expected<std::string> json = EncodeJson(call.arguments[0]);
  if (!json) return Fault(json.error().message);
  return Value::Of(*std::move(json));
}

FunctionResult JsonDecode(const FunctionCall& call) {
  const std::string_view text = call.arguments[0].as_string();
  const auto most = std::count_if(text.begin(), text.end(), [](char c) {
    return c == ',' || c == ':' || c == '[' || c == '{';
  });
  if (!ChargeElements(call.context, static_cast<std::size_t>(most) + 1)) return TooLarge();
  Expected<Value> value = DecodeJson(text);
  if (!value) return Fault(value.error().message);
  return *std::move(value);
}

FunctionOutcome<std::vector<std::string>> ReadCsvHeader(CsvReader& reader, Meter& meter) {
  auto header = reader.Next();
  if (!header) return header.error();
  if (!*header) return Fault("missing header line");
  if (!meter.AddElements(2 * (**header).size())) return TooLarge();
  std::unordered_set<std::string_view> names;
  for (const std::string& name : **header) {
    if (!names.insert(name).second) return Fault("duplicate column name " + Quote(name));
  }
  return **std::move(header);
}

Type CsvRowType(const std::vector<std::string>& header) {
  std::vector<TypeAttribute> attributes;
  for (const std::string& name : header) attributes.push_back({name, Type::String(), false});
  return Type::Object(std::move(attributes));
}

FunctionResult CsvDecode(const FunctionCall& call) {
  CsvReader reader(call.arguments[0].as_string());
  Meter meter(call.context);
  const auto header = ReadCsvHeader(reader, meter);
  if (!header) return header.error();
  const std::size_t width = (*header).size();
  Values rows;
  for (;;) {
    const auto record = reader.Next();
    if (!record) return record.error();
    if (!*record) break;
    const std::vector<std::string>& columns = **record;
    if (columns.size() != width) {
      return Fault(
          fmt::format("CSV parse error on line {}: wrong number of fields", reader.line()));
    }
    if (!meter.AddElements(width + 1)) return TooLarge();
    Fields fields;
    for (std::size_t i = 0; i < width; ++i) fields.push_back({(*header)[i], Value::Of(columns[i])});
    rows.push_back(Value::Object(std::move(fields)));
  }
  const Type type = rows.empty() ? CsvRowType(*header) : rows[0].type();
  return Value::List(type, std::move(rows));
}

Function FromString(std::string_view name, std::string_view summary, Type result,
                    FunctionResult (*call)(const FunctionCall&)) {
  return Function{.name = name,
                  .family = kEncodingFamily,
                  .summary = summary,
                  .parameters = {StringParameter("str")},
                  .static_type = std::move(result),
                  .call = call};
}

}  // namespace

// The type of what is decoded depends on the text, so it is unknown where the text is.
std::vector<Function> EncodingFunctions() {
  return {
      FromString("base64decode", "The text (UTF-8) that base 64 digits stand for.", Type::String(),
                 Base64Decode),
      FromString("base64encode", "The bytes of a text in base 64.", Type::String(), Base64Encode),
      FromString(
          "csvdecode",
          "A list of objects from comma-separated values whose first line names the columns.",
          Type::Dynamic(), CsvDecode),
      FromString("jsondecode", "The value that a JSON text stands for.", Type::Dynamic(),
                 JsonDecode),
      Function{.name = "jsonencode",
               .family = kEncodingFamily,
               .summary = "A value as compact JSON.",
               .parameters = {AnyParameter("val")},
               .static_type = Type::String(),
               .call = JsonEncode},
      FromString("urlencode", "The text escaped for the query of a URL.", Type::String(),
                 UrlEncode),
  };
}

}  // namespace nmgr::hcl::functions
