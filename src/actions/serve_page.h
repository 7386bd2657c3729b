// The HTTP side of a running daemon: the state that is published, what is counted, and wishes that
// come by POST, which go into the variables of their source like those of `nmgr sync`.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "nmgr/actions/action.h"
#include "nmgr/serve/hooks.h"
#include "nmgr/serve/service.h"
#include "nmgr/sync/lease.h"
#include "nmgr/sync/request_writer.h"

namespace nmgr::actions {

// All functions may be called from several threads at once, Start and Stop by one. Nobody is called
// back under its lock: who is told of something may use it.
class ServePage {
 public:
  // Both must outlive it.
  ServePage(Env& env, serve::Meters& meters);
  ~ServePage();

  // Nothing is listened to where [serve] listen is "". kConfig, kIo.
  Expected<void> Start(const std::function<void(const std::string& text)>& say);
  void Stop();

  // A source is one from now on, and no longer. Hooks and wishes are for those that are kept.
  void Keep(std::shared_ptr<const sync::Source> source);
  void Forget(const std::string& source);

  void Show(const sync::SourceStatus& status, const std::vector<sync::JobStatus>& jobs);
  // As the leases have it; nobody: an empty holder.
  void Leads(const std::string& source, const sync::LeaseHolder& holder);
  // `late`: a source that has not come round in time; "".
  void Alive(const std::string& late);
  void FetchFailed(const std::string& source);
  void Synced(const std::string& source, const std::string& result, Duration took);
  void NomadAnswered(bool answered);

  // Told of what is pushed to a registry, in the thread of the hooks. Before Start().
  using ImageListener =
      std::function<void(const webhook::Receiver& receiver, const webhook::Image& image)>;
  void OnImage(ImageListener listener) { image_listener_ = std::move(listener); }
  // A push that the copy which leads `source` is to hear of, through its control.
  void PassOn(const std::string& source, const webhook::Receiver& receiver,
              const webhook::Image& image);

 private:
  class Wishes;
  void Publish();
  std::string NotReady() const;  // why; ""
  // The receivers of the config file, with their secrets.
  Expected<void> OpenHooks();
  bool IsKept(const std::string& source);
  // A push moves the sources that it concerns; what is pushed to a registry is handed on.
  bool Announced(const webhook::Receiver& receiver, const webhook::Result& result);
  // The sources that pushes are about, each with the commit.
  std::vector<std::pair<std::string, std::string>> Concerned(
      const webhook::Receiver& receiver, const std::vector<webhook::Push>& pushes);
  // What is to be said of a push that is of none of its receiver's sources, once each; "".
  std::string Foreign(const webhook::Receiver& receiver, const webhook::Push& push);

  Env& env_;
  serve::StateBoard board_;
  serve::Meters& meters_;
  std::mutex mutex_;
  serve::State state_;
  std::map<std::string, std::vector<sync::JobStatus>> jobs_;
  std::map<std::string, std::shared_ptr<const sync::Source>> kept_;
  bool nomad_answered_ = false;
  ImageListener image_listener_;
  std::function<void(const std::string& text)> say_;
  std::set<std::string> foreign_;  // receivers with URLs of which it was said
  serve::Access access_;
  std::unique_ptr<Wishes> wishes_;
  std::unique_ptr<sync::RequestWriter> requests_;
  std::unique_ptr<serve::Hooks> hooks_;
  std::unique_ptr<serve::Service> service_;
};

}  // namespace nmgr::actions
