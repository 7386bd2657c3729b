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
  std::map<Place, std::string_view> running;
  for (const nomad::TaskImage& task : live.tasks) running[{task.group, task.task}] = task.image;
  std::vector<ImageChange> changes;
  for (const jobspec::Image& wanted : spec) {
    const auto found = running.find({wanted.group, wanted.task});
    const std::string_view image = found == running.end() ? std::string_view() : found->second;
    if (image != wanted.image) {
      changes.push_back({wanted.group, wanted.task, std::string(image), wanted.image});
    }
  }
  for (const jobspec::Image& image : LiveImages(spec, live)) {
    const bool known = std::any_of(spec.begin(), spec.end(), [&](const jobspec::Image& wanted) {
      return wanted.group == image.group && wanted.task == image.task;
    });
    if (!known) changes.push_back({image.group, image.task, image.image, ""});
  }
  return changes;
}

std::vector<jobspec::Image> LiveImages(const std::vector<jobspec::Image>& spec,
                                       const nomad::Job& live) {
  std::set<Place> named;
  for (const jobspec::Image& image : spec) named.insert({image.group, image.task});
  std::vector<jobspec::Image> images;
  for (const nomad::TaskImage& task : live.tasks) {
    const bool injected = IsInjectedKind(task.kind) && !named.contains({task.group, task.task});
    if (!task.image.empty() && !injected) images.push_back({task.group, task.task, task.image});
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
