// What `config` shows: every setting and filter, and where each setting comes from.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "nmgr/repo/filter.h"
#include "nmgr/report/reporter.h"
#include "nmgr/report/shape.h"

namespace nmgr::report {

struct ShownSetting {
  std::string name;         // "base-dir"
  std::string value;        // as it would be typed; user info in an address left out
  std::string_view source;  // "flag", "environment", "config file", "default"
  std::string place;  // "--base-dir", "NMGR_BASE_DIR", "/home/me/.config/nmgr/config.toml:3"; ""
                      // for defaults
};

// `file`: what was read, "" for none; `sought`: where one was looked for, as it is shown.
void ReportSettings(Reporter& out, const Path& file, const Path& sought,
                    const std::vector<ShownSetting>& settings,
                    const std::vector<repo::FilterSpec>& filters);

// Of `config --init`: the file that is there now.
void ReportWrittenConfig(Reporter& out, const Path& path);

std::vector<JsonShape> ConfigShapes();

}  // namespace nmgr::report
