// libcurl, which brings some forty libraries with it: loading those takes longer than most runs
// that ask no server. It is loaded when the first connection is made.
//
// The program is not linked with it: curl_library.cpp defines the functions that are used, each
// handing its arguments on to the library. Whoever includes <curl/curl.h> need not know.
#pragma once

#include "nmgr/base/expected.h"

namespace nmgr::net {

// To be called before any function of curl is. kInternal where the library is not there; the first
// answer stands for the run.
Expected<void> LoadCurl();

}  // namespace nmgr::net
