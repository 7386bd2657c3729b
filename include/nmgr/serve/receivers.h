// The receivers of the config file, with their secrets.
#pragma once

#include <cstdint>
#include <vector>

#include "nmgr/base/expected.h"
#include "nmgr/base/file_system.h"
#include "nmgr/sync/source.h"
#include "nmgr/webhook/receive.h"

namespace nmgr::serve {

// Of [receiver.NAME]. kConfig for a type that is none, and for a secret that cannot be read, is
// empty or may be read by others; a line end behind it is no part of it.
Expected<std::vector<webhook::Receiver>> MakeReceivers(
    const std::vector<sync::ReceiverTable>& tables, FileSystem& files);

}  // namespace nmgr::serve
