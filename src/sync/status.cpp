#include "nmgr/sync/status.h"

#include <array>

#include "nmgr/sync/control.h"

namespace nmgr::sync {

std::string_view WordOf(Phase phase) {
  static constexpr std::array<std::string_view, 8> kWords = {
      "standby", "idle", "fetching", "reading", "planning", "applying", "backoff", "stopping"};
  return kWords.at(static_cast<std::size_t>(phase));
}

PauseStatus StatusOf(const Pause& pause) { return {pause.by, pause.at, pause.until, pause.why}; }

}  // namespace nmgr::sync
