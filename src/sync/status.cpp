#include "nmgr/sync/status.h"

#include <array>

namespace nmgr::sync {

std::string_view WordOf(Phase phase) {
  static constexpr std::array<std::string_view, 8> kWords = {
      "standby", "idle", "fetching", "reading", "planning", "applying", "backoff", "stopping"};
  return kWords.at(static_cast<std::size_t>(phase));
}

}  // namespace nmgr::sync
