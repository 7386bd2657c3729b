#include "nmgr/hcl/write/flat.h"

#include <cassert>
#include <cstdio>

namespace nmgr::hcl {
namespace {

void AppendControl(unsigned char c, std::string& out) {
  char text[8];
  std::snprintf(text, sizeof text, "\\u%04x", static_cast<unsigned>(c));
  out += text;
}

bool IsPlain(unsigned char c) {
  return c >= 0x20 && c != '"' && c != '\\' && c != '$' && c != '%' && c != 0x7F;
}

// What a character other than a plain one becomes; signs are doubled before a brace only.
void AppendSpecial(unsigned char c, bool before_brace, std::string& out) {
  switch (c) {
    case '"':
      out += "\\\"";
      break;
    case '\\':
      out += "\\\\";
      break;
    case '\n':
      out += "\\n";
      break;
    case '\r':
      out += "\\r";
      break;
    case '\t':
      out += "\\t";
      break;
    case '$':
    case '%':
      out.append(before_brace ? 2 : 1, static_cast<char>(c));
      break;
    default:
      AppendControl(c, out);
      break;
  }
}

void AppendNumber(const Number& number, std::string& out) {
  if (!number.is_infinite()) return number.AppendTo(out);
  out += number.is_negative() ? "(-1 / 0)" : "(1 / 0)";
}

}  // namespace

void AppendQuoted(std::string_view text, std::string& out) {
  out += '"';
  std::size_t start = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (IsPlain(c)) continue;
    out += text.substr(start, i - start);
    start = i + 1;
    AppendSpecial(c, i + 1 < text.size() && text[i + 1] == '{', out);
  }
  out += text.substr(start);
  out += '"';
}

void AppendLiteral(const Value& value, std::string& out) {
  assert(value.is_known());
  if (!value.has_content()) {
    out += "null";
    return;
  }
  const char* separator = "";
  switch (value.kind()) {
    case Kind::kDynamic:
      return;
    case Kind::kBool:
      out += value.as_bool() ? "true" : "false";
      return;
    case Kind::kNumber:
      AppendNumber(value.as_number(), out);
      return;
    case Kind::kString:
      AppendQuoted(value.as_string(), out);
      return;
    case Kind::kMap:
    case Kind::kObject:
      out += '{';
      for (const Field& field : value.fields()) {
        out += separator;
        AppendQuoted(field.key, out);
        out += " = ";
        AppendLiteral(field.value, out);
        separator = ", ";
      }
      out += '}';
      return;
    case Kind::kList:
    case Kind::kSet:
    case Kind::kTuple:
      break;
  }
  out += '[';
  for (const Value& element : value.elements()) {
    out += separator;
    AppendLiteral(element, out);
    separator = ", ";
  }
  out += ']';
}

}  // namespace nmgr::hcl
