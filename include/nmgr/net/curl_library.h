// libcurl and OpenSSL's libssl, which bring some forty libraries with them: loading those takes
// longer than most runs that ask no server. They are loaded when the first connection is made.
//
// The program is not linked with them: curl_library.cpp defines the functions that are used, each
// handing its arguments on to the library. Whoever includes <curl/curl.h> need not know.
#pragma once

#include "nmgr/base/expected.h"

namespace nmgr::net {

// To be called before any function of curl or libssl is. kInternal where the libraries are not
// there; the first answer stands for the run.
Expected<void> LoadCurl();

}  // namespace nmgr::net
