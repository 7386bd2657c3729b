// What `image --registry` shows: images of jobs beside what their registries say.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nmgr/registry/survey.h"
#include "nmgr/registry/verdict.h"
#include "nmgr/report/image_view.h"
#include "nmgr/report/reporter.h"
#include "nmgr/report/shape.h"
#include "nmgr/rollout/detail.h"

namespace nmgr::report {

// One task, and what was asked about it.
struct RegistryRow {
  const JobImages* job = nullptr;
  rollout::TaskImages images;
  std::string image;                             // the registered one, else that of the spec
  std::optional<registry::Reference> reference;  // of `image`; nothing: no registry holds it
  registry::TagVerdict tag;
  std::optional<std::string> digest;  // what the tag points at; nothing: not known
  // Tags that are newer than that of the spec (of `image` where there is no spec), the newest
  // first.
  std::vector<std::string> newer;
  bool newer_known = true;            // else there may be more of them
  std::vector<std::string> troubles;  // why something is not known

  // Known to be behind its registry.
  bool IsOutdated() const;
};

// `outdated`: only rows that are, with --outdated.
void ReportRegistry(Reporter& out, const std::vector<RegistryRow>& rows, bool outdated);

std::vector<JsonShape> RegistryShapes();

}  // namespace nmgr::report
