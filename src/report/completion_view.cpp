#include "nmgr/report/completion_view.h"

#include <nlohmann/json.hpp>

namespace nmgr::report {

void ReportScript(Reporter& out, std::string_view shell, std::string_view script) {
  if (!out.json()) out.Raw(script);
  out.Json({{"shell", shell}, {"script", script}});
}

JsonShape ScriptShape() {
  return {.fields = {shape::Text("shell", "the one that was asked for"),
                     shape::Text("script", "for it to read")}};
}

}  // namespace nmgr::report
