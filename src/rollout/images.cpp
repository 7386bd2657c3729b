#include "nmgr/rollout/images.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "nmgr/base/text.h"

namespace nmgr::rollout {
namespace {

using Place = std::pair<std::string_view, std::string_view>;

// connect-native is absent: that kind marks a task that the author wrote.
bool IsInjectedKind(std::string_view kind) {
  constexpr std::array<std::string_view, 4> kInjected = {
      "connect-proxy:", "connect-ingress:", "connect-terminating:", "connect-mesh:"};
  return std::any_of(kInjected.begin(), kInjected.end(),
                     [kind](std::string_view prefix) { return kind.starts_with(prefix); });
}

// What Nomad puts there where the author wrote no image.
bool IsOfNomad(const nomad::TaskImage& task) {
  return IsInjectedKind(task.kind) && (task.image == "${meta.connect.sidecar_image}" ||
                                       task.image == "${meta.connect.gateway_image}");
}

// The live task that each image of the spec speaks of, null where there is none. One that Nomad
// injected is known by its kind, for Nomad may add to its name.
std::vector<const nomad::TaskImage*> Match(const std::vector<jobspec::Image>& spec,
                                           const nomad::Job& live) {
  std::map<Place, const nomad::TaskImage*> by_name;
  std::map<Place, const nomad::TaskImage*> by_kind;
  for (const nomad::TaskImage& task : live.tasks) {
    by_name[{task.group, task.task}] = &task;
    if (!task.kind.empty()) by_kind[{task.group, task.kind}] = &task;
  }
  std::vector<const nomad::TaskImage*> matches;
  for (const jobspec::Image& image : spec) {
    auto found = by_name.find({image.group, image.task});
    const nomad::TaskImage* match = found == by_name.end() ? nullptr : found->second;
    if (!image.kind.empty()) {
      found = by_kind.find({image.group, image.kind});
      if (found != by_kind.end()) match = found->second;
    }
    matches.push_back(match);
  }
  return matches;
}

// Images of the stored job that no image of the spec speaks of.
std::vector<const nomad::TaskImage*> Unmatched(const std::vector<const nomad::TaskImage*>& matches,
                                               const nomad::Job& live) {
  const std::set<const nomad::TaskImage*> matched(matches.begin(), matches.end());
  std::vector<const nomad::TaskImage*> rest;
  for (const nomad::TaskImage& task : live.tasks) {
    if (!task.image.empty() && !IsOfNomad(task) && !matched.contains(&task)) rest.push_back(&task);
  }
  return rest;
}

std::string Quote(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

std::set<std::string> RepeatedTasks(const std::vector<jobspec::Image>& images) {
  std::set<std::string> seen;
  std::set<std::string> repeated;
  for (const jobspec::Image& image : images) {
    if (!seen.insert(image.task).second) repeated.insert(image.task);
  }
  return repeated;
}

}  // namespace

std::vector<ImageChange> CompareImages(const std::vector<jobspec::Image>& spec,
                                       const nomad::Job& live) {
  const std::vector<const nomad::TaskImage*> matches = Match(spec, live);
  std::vector<ImageChange> changes;
  for (std::size_t i = 0; i < spec.size(); ++i) {
    const jobspec::Image& wanted = spec[i];
    const std::string image = matches[i] == nullptr ? std::string() : matches[i]->image;
    if (wanted.known && image != wanted.image) {
      changes.push_back({wanted.group, wanted.task, image, wanted.image});
    }
  }
  for (const nomad::TaskImage* task : Unmatched(matches, live)) {
    changes.push_back({task->group, task->task, task->image, {}});
  }
  return changes;
}

std::vector<jobspec::Image> LiveImages(const std::vector<jobspec::Image>& spec,
                                       const nomad::Job& live) {
  const std::vector<const nomad::TaskImage*> matches = Match(spec, live);
  std::map<const nomad::TaskImage*, std::size_t> named;
  for (std::size_t i = 0; i < matches.size(); ++i) {
    if (matches[i] != nullptr) named.emplace(matches[i], i);
  }
  std::vector<jobspec::Image> images;
  for (const nomad::TaskImage& task : live.tasks) {
    const auto found = named.find(&task);
    if (task.image.empty() || (found == named.end() && IsOfNomad(task))) continue;
    images.push_back(
        {task.group, found == named.end() ? task.task : spec[found->second].task, task.image});
  }
  return images;
}

TaskNames::TaskNames(const std::vector<jobspec::Image>& spec,
                     const std::vector<jobspec::Image>& live) {
  std::set<std::string> repeated = RepeatedTasks(spec);
  repeated.merge(RepeatedTasks(live));
  repeated_.assign(repeated.begin(), repeated.end());
}

std::string TaskNames::Of(const std::string& group, const std::string& task) const {
  return std::binary_search(repeated_.begin(), repeated_.end(), task) ? group + "/" + task : task;
}

std::string FormatImages(const std::vector<jobspec::Image>& images, const TaskNames& names) {
  std::size_t width = 0;
  std::vector<std::string> labels;
  for (const jobspec::Image& image : images) {
    labels.push_back(names.Of(image.group, image.task));
    width = std::max(width, labels.back().size());
  }
  std::string text;
  for (std::size_t i = 0; i < images.size(); ++i) {
    text += labels[i] + std::string(width - labels[i].size(), ' ');
    text += " = " + Quote(images[i].image) + "\n";
  }
  return text;
}

std::string FormatImageListing(const std::vector<jobspec::Image>& spec, const nomad::Job* live) {
  const std::vector<jobspec::Image> running =
      live == nullptr ? std::vector<jobspec::Image>() : LiveImages(spec, *live);
  const TaskNames names(spec, running);
  const std::string left =
      live == nullptr ? std::string("(not registered)\n") : FormatImages(running, names);
  return "Live images:\n" + left + "\nSpec images:\n" + FormatImages(spec, names);
}

std::string DescribeImageChanges(const std::vector<ImageChange>& changes, const TaskNames& names) {
  std::vector<std::string> parts;
  for (const ImageChange& change : changes) {
    parts.push_back("image of " + names.Of(change.group, change.task) + ": " +
                    (change.live.empty() ? "(none)" : change.live) + " -> " +
                    (change.spec.empty() ? "(none)" : change.spec));
  }
  return Join(parts, ", ");
}

}  // namespace nmgr::rollout
