#include "actions/serve_declared.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "actions/serve_state.h"
#include "actions/serve_sync.h"
#include "nmgr/base/log.h"
#include "nmgr/base/text.h"
#include "nmgr/sync/ledger.h"

namespace nmgr::actions {
namespace {

constexpr Duration kStatusLimit{10'000};

}  // namespace

sync::DeclaredPlace DeclaredPlaceOf(Env& env) {
  sync::DeclaredPlace place;
  place.prefix = StateVariable(env, sync::StateKind::kSources, "");
  place.config = &env.settings.serve;
  place.check = [&env](const sync::Source& source) { return CheckSource(env, source); };
  return place;
}

sync::SourceStatus StatusOfRefused(const sync::DeclaredSource& refused) {
  sync::SourceStatus status;
  status.name = refused.name;
  status.phase = sync::Phase::kBackoff;
  status.error = refused.source.error().message;
  status.hint = refused.source.error().hint;
  return status;
}

sync::SourceStatus StatusOfGone(const std::string& name) {
  sync::SourceStatus status;
  status.name = name;
  status.error = "its variable is gone: nobody keeps it";
  return status;
}

bool IsShadowed(const Env& env, const sync::DeclaredSource& declared) {
  const auto& own = env.settings.serve.sources;
  return std::any_of(own.begin(), own.end(),
                     [&](const sync::Source& source) { return source.name == declared.name; });
}

void RefusedSources::Tell(const std::vector<sync::DeclaredSource>& all) {
  std::map<std::string, std::string> now;
  for (const sync::DeclaredSource& one : all) {
    if (one.source) continue;
    const sync::SourceStatus status = StatusOfRefused(one);
    now[one.name] = status.error;
    const auto told = told_.find(one.name);
    if (told != told_.end() && told->second == status.error) continue;
    means_.warn(status.error + (status.hint.empty() ? "" : "; " + status.hint));
    if (IsShadowed(env_, one)) continue;
    means_.show(status);
    if (sync::IsName(one.name)) Write(status);
  }
  std::swap(told_, now);
  for (const auto& [name, error] : now) {
    const sync::DeclaredSource gone{name, 0, sync::Source()};
    if (told_.contains(name) || IsShadowed(env_, gone)) continue;
    means_.forget(name);
    const bool is_back = std::any_of(
        all.begin(), all.end(), [&who = gone.name](const auto& one) { return one.name == who; });
    if (!is_back && sync::IsName(name)) Write(StatusOfGone(name));
  }
}

void RefusedSources::Unknown(const Error& error) {
  means_.warn("sources in variables: " + error.message + "; those that are known are kept");
}

// What else is known of it stays: it may have been a source before.
void RefusedSources::Write(const sync::SourceStatus& status) {
  if (env_.settings.dry_run) return;
  const nomad::Call call{DeadlineAfter(env_.clock.Now(), kStatusLimit), env_.stop,
                         nomad::Patience::kBrief};
  sync::StatusVariable variable(env_.variables,
                                StateVariable(env_, sync::StateKind::kStatus, status.name));
  const auto stored = variable.Read(call);
  if (!stored) return LogDebug("status {}: {}", status.name, stored.error().message);
  sync::SourceStatus next = stored->value_or(sync::SourceStatus());
  const std::string before = std::exchange(next.error, status.error);
  next.hint = status.hint;
  next.phase = status.phase;
  if (sync::DecodeStatus(sync::EncodeStatus(next)).error == before) return;
  if (const auto written = variable.Write(next, call); !written) {
    return LogDebug("status {}: {}", status.name, written.error().message);
  }
  means_.written(status);
}

}  // namespace nmgr::actions
