// Where something stands in the config file, for messages.
#pragma once

#include <fmt/format.h>
#include <toml++/toml.h>

#include <string>
#include <string_view>
#include <utility>

#include "nmgr/base/expected.h"
#include "nmgr/base/path.h"

namespace nmgr::cli {

// "config.toml:3"
inline std::string PlaceOf(const Path& file, const toml::node& node) {
  return fmt::format("{}:{}", file, node.source().begin.line);
}

inline Error WrongAt(const Path& file, const toml::node& node, std::string_view what,
                     std::string hint = {}) {
  return Error{ErrorCode::kConfig, fmt::format("{}: {}", PlaceOf(file, node), what),
               std::move(hint)};
}

}  // namespace nmgr::cli
