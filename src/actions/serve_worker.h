// One source of a running daemon: what is known of it, and the thread that keeps it.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "actions/serve_desk.h"
#include "actions/serve_pushes.h"
#include "actions/serve_sync.h"
#include "nmgr/base/chance.h"
#include "nmgr/sync/schedule.h"

namespace nmgr::actions {

// `followed.source` lives as long as the worker. Its Env has a stop of its own.
struct Worker {
  Worker(Env the_env, std::shared_ptr<const sync::Source> one, std::uint64_t its_index)
      : env(std::move(the_env)),
        source(std::move(one)),
        index(its_index),
        at_end(env.stop, [this] { stop.request_stop(); }),
        schedule(source->interval, Chance),
        since(env.clock.Now()) {
    env.stop = stop.get_token();
  }

  // What went wrong with the last look, by its status, or with the last sync. Its status says then
  // why it is not synced, else why it is not looked at: a look that goes well says nothing of a
  // sync that did not.
  void NoteLookFault();
  void NoteSyncFault(std::optional<Error> fault);
  // Whether there is another reason than before why this copy can neither lead it nor stand by.
  bool HasNewTrouble();
  sync::SourceStatus StatusAway() const;  // for that reason
  // As it is shown in this phase.
  sync::SourceStatus Stand(sync::Phase phase);
  // When what may be done changes by itself.
  TimePoint NextTurn() const;

  Env env;
  const std::shared_ptr<const sync::Source> source;
  const std::uint64_t index;  // of the variable that declares it; 0: the config file does
  std::stop_source stop;
  const std::stop_callback<std::function<void()>> at_end;
  Followed followed;
  sync::Schedule schedule;
  std::unique_ptr<ServeDesk> desk;
  std::unique_ptr<SourcePushes> pushes;
  bool reigns = false;
  bool answers = true;     // led it last, as far as it knows: of several copies one tells people
  std::string told_error;  // that its status has
  TimePoint turn = TimePoint::max();  // a window opens or closes, a pause ends
  std::string trouble;                // why it can neither be led nor stood by for; ""
  std::optional<Error> look_fault;    // what the last look failed with
  std::optional<Error> sync_fault;  // what the last sync that was not cut off could not be made for
  std::size_t sought = 0;  // looks in a row for a commit that was announced and is not there yet

  TimePoint not_before{};  // the next look that somebody asks for
  sync::Control seen;      // what was asked at the last round, but for syncs
  const TimePoint since;

  // Guarded by the mutex of the loop:
  TimePoint alive_until = TimePoint::max();
  TimePoint due{};            // the next look at the remote
  bool nomad_moved = false;   // since the last sync
  bool steered = false;       // lease or control have moved since the last round
  bool images_moved = false;  // a registry has something new for it; with `steered`
  bool looked = false;        // at the remote, once at least

  std::jthread thread;  // the last: it uses all of the above
};

}  // namespace nmgr::actions
