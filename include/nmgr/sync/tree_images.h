// Which jobs of a tree run which images, and what is to become of a push: read once a tree from the
// evaluated specs, so there is no list for anybody to keep.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "nmgr/base/clock.h"
#include "nmgr/registry/reference.h"
#include "nmgr/sync/ledger_job.h"
#include "nmgr/sync/source.h"
#include "nmgr/sync/tree.h"

namespace nmgr::sync {

// Where the value of a key of `meta` stands that an image is interpolated with.
struct MetaPlace {
  std::string key;    // "VERSION", as the spec has it
  std::string path;   // "meta.VERSION", "group.web.task.app.meta.VERSION": as `set` names it
  std::string value;  // of git
};

// The image of one task.
struct ImageUse {
  JobKey job;
  std::string name;  // of the job, as it is shown and typed
  std::string group;
  std::string task;
  std::string image;                             // as the spec has it, NOMAD_META_ put in
  std::optional<registry::Reference> reference;  // nothing: no registry has it
  bool pulls = false;                            // a start pulls it (rollout/pulls.h)
  OnPush on_push = OnPush::kNotify;
  Duration min_age{0};
  std::string follow;             // the pattern; "": no new tag is followed
  std::optional<MetaPlace> meta;  // that `follow` moves
  std::string problem;            // why what was asked for cannot be done; ""
};

// Of every spec of the tree that evaluates, in its order. Of several rows of [source.NAME.image]
// that take an image the one with the longest glob counts; a glob is compared with the image as the
// spec has it and with its whole name ("docker.io/library/nginx:1.27"), with and without the tag.
// `nmgr.on_push` in the meta of the task, group or job counts before that.
std::vector<ImageUse> ImagesOf(const Tree& tree, const Source& source);

// The row for an image; the defaults where none takes it.
ImagePolicy PolicyOf(const Source& source, const std::string& image);

// Puts values into keys of `meta` of one job, as if git had them: its spec in the selection becomes
// another one until this is called again. Nothing where that worked, else why not.
struct MetaChange {
  MetaPlace place;
  std::string value;
};
std::optional<std::string> PutMeta(Tree& tree, const JobKey& job,
                                   const std::vector<MetaChange>& changes);

}  // namespace nmgr::sync
