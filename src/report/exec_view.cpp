#include "nmgr/report/exec_view.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "nmgr/base/text.h"

namespace nmgr::report {
namespace {

nlohmann::json RequestJson(const std::string& job, const nomad::ExecRequest& request) {
  return {{"job", job},
          {"task", request.task},
          {"allocation", request.allocation_id},
          {"command", request.command}};
}

}  // namespace

void ReportDryExec(Reporter& out, const std::string& job, const nomad::ExecRequest& request,
                   std::string_view where) {
  out.Line(fmt::format("[DRY RUN] would run `{}` in {}", Join(request.command, " "), where));
  nlohmann::json document = RequestJson(job, request);
  document["dry_run"] = true;
  out.Json(std::move(document));
}

void PassOutput(Reporter& out, std::string_view bytes, bool to_err) { out.Bytes(bytes, to_err); }

void ReportExec(Reporter& out, const std::string& job, const nomad::ExecRequest& request,
                const ExecOutput& written) {
  nlohmann::json document = RequestJson(job, request);
  document["stdout"] = written.out;
  document["stderr"] = written.err;
  document["cut"] = written.cut;
  out.Json(std::move(document));
}

std::vector<JsonShape> ExecShapes() {
  const JsonFields where = {shape::Text("job", "its ID"), shape::Text("task", "its name"),
                            shape::Text("allocation", "its ID"),
                            shape::Texts("command", "with its arguments")};
  return {{.means = "\"exit_code\" is that of the command.",
           .fields = shape::All(
               {where,
                {shape::Text("stdout", "what it wrote"), shape::Text("stderr", "what it wrote"),
                 shape::Flag("cut", "it wrote more than 16 MiB, which are kept")}})},
          {.when = "-n", .fields = shape::All({where, {shape::Flag("dry_run", "true")}})}};
}

}  // namespace nmgr::report
