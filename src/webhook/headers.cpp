#include "webhook/headers.h"

#include "nmgr/base/letters.h"
#include "nmgr/base/text.h"

namespace nmgr::webhook {

std::string_view Header(const Headers& headers, std::string_view name) {
  std::string_view found;
  bool seen = false;
  for (const auto& [key, value] : headers) {
    if (!SameLetters(key, name)) continue;
    if (seen) return {};
    seen = true;
    found = TrimBlanks(value);
  }
  return found;
}

std::string_view FirstHeader(const Headers& headers,
                             std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    const std::string_view value = Header(headers, name);
    if (!value.empty()) return value;
  }
  return {};
}

bool IsContentType(const Headers& headers, std::string_view type) {
  const std::string_view value = Header(headers, "Content-Type");
  return SameLetters(TrimBlanks(value.substr(0, value.find(';'))), type);
}

}  // namespace nmgr::webhook
