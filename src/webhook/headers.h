// Headers of a request, by name in any case.
#pragma once

#include <string_view>

#include "nmgr/webhook/receive.h"

namespace nmgr::webhook {

// "" where there is none, and where there are several: a second value is somebody's guess at which
// of them counts.
std::string_view Header(const Headers& headers, std::string_view name);

// The first of them that there is.
std::string_view FirstHeader(const Headers& headers, std::initializer_list<std::string_view> names);

// Whether the body is of this type, whatever the parameters after it.
bool IsContentType(const Headers& headers, std::string_view type);

}  // namespace nmgr::webhook
