// The images of a job beside those of its spec.
//
// Images are compared as data, by group and task: order, format and comments are no difference. A
// task that only one side has is one. What Nomad itself injects into a stored job (Connect sidecars
// and gateways) counts where its author wrote the image (sidecar_task), and is known by its kind;
// with the image that Nomad puts there of itself it is left out.
#pragma once

#include <string>
#include <vector>

#include "nmgr/jobspec/jobspec.h"
#include "nmgr/nomad/types.h"

namespace nmgr::rollout {

// One task whose image in Nomad is not that of the spec. `live` is "" where the job has no such
// task or none with an image, `spec` where the spec has none.
struct ImageChange {
  std::string group;
  std::string task;
  std::string live;
  std::string spec;
  friend bool operator==(const ImageChange&, const ImageChange&) = default;
};

// Differences in the order of the spec, then tasks that the spec does not have, in the order of the
// stored job. An image that is not known differs from none.
std::vector<ImageChange> CompareImages(const std::vector<jobspec::Image>& spec,
                                       const nomad::Job& live);

// What a listing shows of a job in Nomad: its tasks that have an image, without those whose image
// nobody wrote, in the order of the stored job; names as the spec has them.
std::vector<jobspec::Image> LiveImages(const std::vector<jobspec::Image>& spec,
                                       const nomad::Job& live);

// How tasks are named in a listing: by the task alone, or "group/task" where that name stands more
// than once in `live` or `spec`.
class TaskNames {
 public:
  TaskNames(const std::vector<jobspec::Image>& spec, const std::vector<jobspec::Image>& live);
  std::string Of(const std::string& group, const std::string& task) const;

 private:
  std::vector<std::string> repeated_;  // sorted
};

// The lines `name = "image"`, names padded to one width; each with its line ending.
std::string FormatImages(const std::vector<jobspec::Image>& images, const TaskNames& names);

// The two-part listing of `image JOB` as the original tool's README shows it. A null `live` is a
// job that is not registered.
std::string FormatImageListing(const std::vector<jobspec::Image>& spec, const nomad::Job* live);

// "image of web: nginx:1.27 -> nginx:1.28, image of db: ...", for reasons.
std::string DescribeImageChanges(const std::vector<ImageChange>& changes, const TaskNames& names);

}  // namespace nmgr::rollout
