// Whatever a server says of a spec: every fault says something, at a place that its author's file
// has, and on one line the words stay what they were but for places.

#include "fuzz/fuzz.h"
#include "nmgr/jobspec/jobspec.h"

namespace nmgr::fuzz {
namespace {

constexpr std::string_view kSpec =
    "job \"web\" {\n  group \"main\" {\n    count = 2\n    task \"t\" {\n      driver = "
    "\"docker\"\n"
    "      config {\n        image = \"x:1\"\n      }\n    }\n  }\n}\n";

}  // namespace

void Faults(std::string_view text) {
  const std::optional<jobspec::JobSpec> spec = ReadSpec(kSpec);
  Require(spec.has_value(), "the spec of this target does not evaluate");
  const hcl::Diagnostics faults = jobspec::ServerFaults(*spec, text);
  for (const hcl::Diagnostic& fault : faults.items()) {
    Require(!fault.summary.empty() || !fault.detail.empty(), "a fault says nothing");
    Require(!fault.subject || fault.subject->end <= fault.file->text().size(),
            "a place lies outside");
  }
  const std::string line = jobspec::WithAuthorsPlaces(*spec, text);
  Require(text.find("input.hcl:") != text.npos || line.size() <= 2 * text.size() + 64,
          "words became longer without a place");
  Require(jobspec::WithAuthorsPlaces(*spec, text) == line, "the same words have other places");
}

}  // namespace nmgr::fuzz
