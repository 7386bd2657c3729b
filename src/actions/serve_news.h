// People are told what the daemon's syncs come to, by the channels of [notify.NAME]. Nobody waits
// for it: a sync hands its news over and goes on.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "actions/serve_sync.h"
#include "nmgr/actions/action.h"
#include "nmgr/serve/news.h"
#include "nmgr/serve/notify.h"

namespace nmgr::actions {

// Thread-safe. In a dry run, and without a channel, nobody is told anything.
class ServeNews {
 public:
  // `count` is told what becomes of each: "sent", "failed", "dropped", "repeated"; it must outlive
  // what is made. kConfig for a channel that cannot be used, in a dry run too.
  static Expected<std::unique_ptr<ServeNews>> Make(
      Env& env, std::function<void(std::string_view result)> count);

  // This copy leads the source from now on. `stored`: as for serve::SourceNews; `before`: who led
  // it last, "" where nobody else did.
  void Begin(const std::string& source, const sync::SourceStatus* stored,
             const std::string& before);
  // After each sync, and after each look.
  void Synced(const Followed& followed, const SourceSync& done);
  void Looked(const sync::SourceStatus& status);
  // It can be led from here no more, by `status`, and nobody is known to lead it.
  void Away(const sync::SourceStatus& status);
  void DigestMoved(const std::string& source, const sync::JobKey& job, std::string_view image,
                   std::string_view digest, std::string reason);

  // As serve::Notifier has it.
  void Drain(Duration limit);

 private:
  explicit ServeNews(Env& env) : env_(env) {}
  void Tell(std::vector<serve::News> all);

  Env& env_;
  std::mutex mutex_;
  std::map<std::string, serve::SourceNews> sources_;
  std::set<std::string> away_;                 // of which that was told
  std::unique_ptr<serve::Notifier> notifier_;  // null: nobody is told
};

}  // namespace nmgr::actions
