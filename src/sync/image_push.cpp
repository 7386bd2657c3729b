#include "nmgr/sync/image_push.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "nmgr/repo/target.h"
#include "nmgr/sync/image_store.h"

namespace nmgr::sync {
namespace {

constexpr std::size_t kShownDigest = 19;  // "sha256:" and twelve digits

}  // namespace

PushDecision DecidePush(const PushCase& push, const Gates& gates, WallTime now) {
  PushDecision decision;
  const ImageRecord& image = push.record;
  // Of the first look no more than its second is kept: what started in it may have begun before.
  const WallTime surely =
      std::chrono::floor<std::chrono::seconds>(image.first_seen) + std::chrono::seconds(1);
  const bool started_since =
      push.pulls && std::all_of(push.starts.begin(), push.starts.end(),
                                [&](WallTime start) { return start >= surely; });
  decision.current = !HasMoved(image) || push.starts.empty() || started_since || push.restarted;
  if (push.on_push == OnPush::kOff || decision.current) return decision;
  if (now < image.first_seen + push.min_age) {
    decision.move = PushMove::kWait;
    return decision;
  }
  decision.move = PushMove::kTell;
  decision.reason = fmt::format("{} points at another image ({}) than the one that was started",
                                push.image, image.digest.substr(0, kShownDigest));
  decision.hint = fmt::format("nmgr restart {}", repo::TypedTarget(push.name));
  const auto because = [&](const std::string& why) { decision.reason += "; " + why; };
  if (image.bad == image.digest) {
    because("with it a restart did not become healthy, so it is not tried again");
    return decision;
  }
  if (!push.pulls) {
    because(
        "a restart would not pull it: docker pulls at a start only `latest`, what has no tag, or "
        "with force_pull = true; podman only with force_pull = true");
    decision.hint.clear();
    return decision;
  }
  if (push.on_push == OnPush::kNotify) return decision;
  if (push.held) {
    because("it is held by hand, so it is not restarted");
  } else if (gates.is_paused) {
    because("its source is paused, so it is not restarted");
  } else if (!gates.window_open) {
    because("no window is open, so it is not restarted");
  } else if (push.verdict != Verdict::kInSync) {
    because(fmt::format("it is {}, so it is not restarted", WordOf(push.verdict)));
  } else {
    decision.move = PushMove::kRestart;
    decision.hint.clear();
  }
  return decision;
}

}  // namespace nmgr::sync
