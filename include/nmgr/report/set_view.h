// What `set` shows of the literals that it changed in a spec.
#pragma once

#include <string>
#include <vector>

#include "nmgr/base/path.h"
#include "nmgr/base/secrets.h"
#include "nmgr/hcl/syntax/source.h"
#include "nmgr/jobspec/change.h"
#include "nmgr/report/reporter.h"
#include "nmgr/report/shape.h"

namespace nmgr::report {

// A change that was made, where it stands in the text that it was made in.
struct MadeChange {
  std::string key;  // as it was given
  jobspec::ChangedText change;
  hcl::SourcePos place;
};

struct ChangedSpec {
  std::string id;
  Path path;
  std::string before;  // its text
  std::string after;
  std::vector<MadeChange> changes;
  bool dry_run = false;
  bool written = false;
};

// A line for each change, and of a dry run the diff; one document with all. Values, and the lines
// of the diff, are hidden where they may be secrets, by their names and by `secrets`, which may be
// null.
void ReportChangedSpec(Reporter& out, const ChangedSpec& spec, const Redactor* secrets);

std::vector<JsonShape> SetShapes();

}  // namespace nmgr::report
