// The HTTP side of a running daemon: the state that is published, what is counted, and wishes that
// come by POST, which go into the variables of their source like those of `nmgr sync`.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "nmgr/actions/action.h"
#include "nmgr/serve/hooks.h"
#include "nmgr/serve/service.h"
#include "nmgr/sync/request_writer.h"

namespace nmgr::actions {

// All functions may be called from several threads at once, Start and Stop by one.
class ServePage {
 public:
  explicit ServePage(Env& env);
  ~ServePage();

  // Nothing is listened to where [serve] listen is "". kConfig, kIo.
  Expected<void> Start(const std::function<void(const std::string& text)>& say);
  void Stop();

  void Show(const sync::SourceStatus& status, const std::vector<sync::JobStatus>& jobs);
  void FetchFailed(const std::string& source);
  void Synced(const std::string& source, const std::string& result, Duration took);
  void NomadAnswered(bool answered);

 private:
  class Wishes;
  void Publish();
  // The receivers of the config file, with their secrets.
  Expected<void> OpenHooks(const std::function<void(const std::string& text)>& say);
  // A push moves the sources that it concerns; what is pushed to a registry is only counted.
  bool Announced(const webhook::Receiver& receiver, const webhook::Result& result);

  Env& env_;
  serve::StateBoard board_;
  serve::Meters meters_;
  std::mutex mutex_;
  serve::State state_;
  std::map<std::string, std::vector<sync::JobStatus>> jobs_;
  bool nomad_answered_ = false;
  serve::Access access_;
  std::unique_ptr<Wishes> wishes_;
  std::unique_ptr<sync::RequestWriter> requests_;
  std::unique_ptr<serve::Hooks> hooks_;
  std::unique_ptr<serve::Service> service_;
};

}  // namespace nmgr::actions
