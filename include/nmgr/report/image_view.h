// What `image` shows: live images beside those of the spec, or images whose tag moves.
#pragma once

#include <string>
#include <vector>

#include "nmgr/jobspec/jobspec.h"
#include "nmgr/report/reporter.h"
#include "nmgr/report/shape.h"
#include "nmgr/rollout/detail.h"
#include "nmgr/rollout/facts.h"

namespace nmgr::report {

// A job that Nomad was asked about, with the images of its spec as far as they are known.
struct JobImages {
  const rollout::JobFacts* facts = nullptr;
  std::vector<jobspec::Image> spec;
  rollout::JobDetail detail;  // what runs of it

  // Tasks of the spec in its order, then live ones that it does not name.
  std::vector<rollout::TaskImages> Rows() const { return rollout::ImagesOf(spec, *facts, detail); }
};

// Whether an image is known to differ.
bool HasDifference(const JobImages& job);

// `one`: the listing of the only job, as the original tool's README shows it; else a table.
void ReportImages(Reporter& out, const std::vector<JobImages>& jobs, bool one);

// A spec with its images.
struct SpecImages {
  std::string id;
  Path path;
  std::vector<jobspec::Image> images;
};
// Those whose tag moves, or all without a digest.
void ReportUnpinned(Reporter& out, const std::vector<SpecImages>& specs,
                    const std::vector<std::string>& mutable_tags, bool digest);

std::vector<JsonShape> ImageShapes();

}  // namespace nmgr::report
