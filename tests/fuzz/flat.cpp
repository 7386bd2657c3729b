// The flat text of a spec is flat, and evaluates to the same job and the same flat text again.

#include "fake_nomad/flat_hcl.h"
#include "fuzz/fuzz.h"
#include "nmgr/jobspec/jobspec.h"

namespace nmgr::fuzz {

void Flat(std::string_view text) {
  std::optional<jobspec::JobSpec> spec = ReadSpec(text);
  if (!spec) spec = ReadSpec("job \"x\" {\n" + std::string(text) + "\n}\n");
  if (!spec || spec->body.blocks.empty()) return;  // JSON syntax has its own target

  const std::optional<jobspec::JobSpec> again = ReadSpec(spec->flat_hcl);
  Require(again.has_value(), "the flat text does not evaluate");
  Require(again->flat_hcl == spec->flat_hcl, "the flat text becomes another one");
  Require(again->header.id == spec->header.id && again->header.type == spec->header.type,
          "the flat text has another header");
  Require(again->images == spec->images, "the flat text has other images");
  const Expected<std::string> body = jobspec::BodyToJson(*spec);
  const Expected<std::string> body_again = jobspec::BodyToJson(*again);
  Require(body.has_value() == body_again.has_value(), "only one of the two has a body in JSON");
  if (!body) return;  // infinities, which JSON does not have, and the reader below neither
  Require(*body == *body_again, "the flat text has another body");
  fake::SpecFaults faults;
  fake::ParseFlatHcl(spec->flat_hcl, faults);
  // A number with ten thousand zeros has an exponent, which Nomad takes and this reader does not.
  if (!faults.empty() && faults[0].detail.find("plain decimal digits") != std::string::npos) return;
  Require(faults.empty(), "the flat text is not flat: " + (faults.empty() ? "" : faults[0].Text()));
}

}  // namespace nmgr::fuzz
