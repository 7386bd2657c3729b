#include "cli/version.h"

#include <curl/curlver.h>
#include <fmt/format.h>
#include <mpfr.h>
#include <openssl/opensslv.h>
#include <spdlog/version.h>
#include <toml++/toml.h>
#include <utf8proc.h>

#include <CLI/Version.hpp>
#include <nlohmann/json.hpp>

#include "nmgr_commit.h"

namespace nmgr::cli {

std::string BuildName() { return NMGR_VERSION " (" NMGR_COMMIT ")"; }

std::string VersionText() {
  return fmt::format("nmgr " NMGR_VERSION
                     "\n"
                     "commit " NMGR_COMMIT
                     ", {} build, {}\n"
                     "with curl " LIBCURL_VERSION ", OpenSSL " OPENSSL_VERSION_STR
                     ", MPFR " MPFR_VERSION_STRING
                     ", fmt {}.{}.{}, spdlog {}.{}.{}, CLI11 " CLI11_VERSION
                     ", JSON {}.{}.{}, toml++ {}.{}.{}, utf8proc {}.{}.{}\n",
                     NMGR_BUILD_TYPE, NMGR_COMPILER, FMT_VERSION / 10000, FMT_VERSION / 100 % 100,
                     FMT_VERSION % 100, SPDLOG_VER_MAJOR, SPDLOG_VER_MINOR, SPDLOG_VER_PATCH,
                     NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR,
                     NLOHMANN_JSON_VERSION_PATCH, TOML_LIB_MAJOR, TOML_LIB_MINOR, TOML_LIB_PATCH,
                     UTF8PROC_VERSION_MAJOR, UTF8PROC_VERSION_MINOR, UTF8PROC_VERSION_PATCH);
}

}  // namespace nmgr::cli
