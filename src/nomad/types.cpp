#include "nmgr/nomad/types.h"

namespace nmgr::nomad {

bool Allocation::IsTerminal() const {
  return client_status == "complete" || client_status == "failed" || client_status == "lost";
}

}  // namespace nmgr::nomad
