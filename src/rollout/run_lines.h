// The words of a journal's lines, for who writes and who reads them.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>

#include "nmgr/rollout/past_run.h"

namespace nmgr::rollout {

inline nlohmann::ordered_json PointJson(const JobPoint& point) {
  nlohmann::ordered_json json = {{"exists", point.exists}};
  if (point.exists) json["stop"] = point.stop;
  if (point.index) json["index"] = *point.index;
  if (point.version) json["version"] = *point.version;
  return json;
}

std::optional<WriteKind> WriteOf(std::string_view name);

}  // namespace nmgr::rollout
