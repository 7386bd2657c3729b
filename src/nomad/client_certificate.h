// Whether a client certificate and its key can be used, before anything is sent to anybody.
#pragma once

#include <string>

#include "nmgr/base/expected.h"

namespace nmgr::nomad {

struct PemFile {
  std::string path;
  std::string text;
};

// kUsage with the file's name: neither can be read, the key is locked by a passphrase (nobody is
// asked for one), or it belongs to another certificate.
Expected<void> CheckClientCertificate(const PemFile& certificate, const PemFile& key);

}  // namespace nmgr::nomad
