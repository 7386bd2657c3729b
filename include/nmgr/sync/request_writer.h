// Takes requests for syncs as fast as they come, from hooks and from the API, and writes them into
// the controls of their sources: at most one write a second and source, of the latest request. What
// could not be written is tried again until it is, or a later one takes its place.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "nmgr/base/clock.h"
#include "nmgr/sync/control.h"

namespace nmgr::sync {

class RequestWriter {
 public:
  // The variable control/NAME of a source.
  using Place = std::function<nomad::VariableRef(const std::string& source)>;
  // Told from the thread of the writer, once for each request that could not be written.
  using Trouble = std::function<void(const std::string& source, const Error& error)>;

  // `client` must outlive it.
  RequestWriter(nomad::VariableClient& client, Place place, Trouble trouble);
  // What waits is given up: the next look of the source finds the same.
  ~RequestWriter();

  // Returns at once; thread-safe. `trigger` as for RequestSync(). The sources that are named are
  // those of the configuration, so their number bounds what is held.
  void Request(const std::string& source, Trigger trigger);
  // The same for a look at an image; kept apart, at most kMostImages a source.
  void RequestImage(const std::string& source, const TriggerKey& key, Trigger trigger);

 private:
  struct Waiting {
    std::optional<Trigger> trigger;
    std::map<TriggerKey, Trigger> images;
    TimePoint not_before{};
    Duration pause{1'000};
    bool told = false;

    bool Waits() const { return trigger || !images.empty(); }
  };

  void Run(const std::stop_token& stop);
  void Write(const std::string& source, const Waiting& asked, const std::stop_token& stop);

  nomad::VariableClient& client_;
  const Place place_;
  const Trouble trouble_;

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::map<std::string, Waiting> waiting_;
  std::jthread thread_;
};

}  // namespace nmgr::sync
