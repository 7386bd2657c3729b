// What `exec` tells of a command beside what that writes itself.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "nmgr/nomad/allocation_client.h"
#include "nmgr/report/reporter.h"
#include "nmgr/report/shape.h"

namespace nmgr::report {

// `where` names the task for people.
void ReportDryExec(Reporter& out, const std::string& job, const nomad::ExecRequest& request,
                   std::string_view where);

// What the command writes, as it comes.
void PassOutput(Reporter& out, std::string_view bytes, bool to_err);

struct ExecOutput {
  std::string out;
  std::string err;
  bool cut = false;  // there was more
};
// With -o json alone.
void ReportExec(Reporter& out, const std::string& job, const nomad::ExecRequest& request,
                const ExecOutput& written);

std::vector<JsonShape> ExecShapes();

}  // namespace nmgr::report
