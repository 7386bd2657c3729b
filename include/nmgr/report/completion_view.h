// What `completion` prints: the script alone, or as one document.
#pragma once

#include <string_view>

#include "nmgr/report/reporter.h"
#include "nmgr/report/shape.h"

namespace nmgr::report {

void ReportScript(Reporter& out, std::string_view shell, std::string_view script);
JsonShape ScriptShape();

}  // namespace nmgr::report
