// What a running daemon asks image registries, in a thread of its own: no sync waits for it.
//
// One HEAD for each distinct reference and `image_interval`, for the sources that this copy leads;
// at once where a push names it (whoever sent it: a push causes a look and nothing else). Of a
// repository from which tags are followed also its list of tags, as often: a registry tells of new
// tags in no other way, a list counts as no pull, and to guess names and HEAD them would ask more
// and find less. A tag of it that may be followed gets one HEAD, which dates it: `min_age` counts
// from when we first saw a digest, which is never before it was made, while the time that an image
// itself tells is its builder's to choose.
//
// What is seen is kept in images/00 … 07 (sync/image_store.h). What it means for a job is judged by
// its source, in the source's own thread (serve_pushes.h).
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "nmgr/actions/action.h"
#include "nmgr/registry/pace.h"
#include "nmgr/registry/survey.h"
#include "nmgr/serve/metrics.h"
#include "nmgr/sync/image_store.h"
#include "nmgr/sync/tree_images.h"
#include "nmgr/webhook/concern.h"

namespace nmgr::actions {

class ServeImages {
 public:
  struct Options {
    bool alone = false;  // no variables: what is seen is kept in memory
    std::function<void(const std::string& source)> wake;  // there is something for it
    std::function<void(const std::string& text)> warn;
    serve::Meters* meters = nullptr;
  };

  // All must outlive it.
  ServeImages(Env& env, Options options);
  ~ServeImages();

  // The images of a source that this copy leads, and of those that are followed the version in
  // force. Replaces what was said of it before.
  struct Wish {
    sync::ImageUse use;
    std::string version;  // in force; "": none is followed
  };
  void Watch(const sync::Source& source, std::vector<Wish> wishes);
  // Another copy leads it.
  void Leave(const std::string& source);

  // A push. Whether it is about an image that is watched here.
  bool Pushed(const webhook::Receiver& receiver, const webhook::Image& image);
  // One that another copy heard of: the key of a trigger (sync/control.h). A sender that does not
  // say which registry it is means any.
  static constexpr std::string_view kAnyHost = "*";
  bool Pushed(const std::string& host, const std::string& name);

  std::optional<sync::ImageRecord> Seen(const sync::ImageUse& use) const;
  // The tags of its repository that are known and old enough.
  std::vector<std::string> Tags(const sync::ImageUse& use) const;
  // All of the source that runs the image was started with the digest that the tag has now; once
  // all sources say so, that is what runs. Or something did not become healthy with it.
  void Started(const std::string& source, const sync::ImageUse& use, const std::string& digest);
  void Failed(const sync::ImageUse& use, const std::string& digest);

  // The end of asking.
  void Stop();

 private:
  struct Turn {
    registry::Reference reference;
    Duration interval{0};
    TimePoint due{};
    bool pushed = false;         // somebody said that it has moved, and that was not seen yet
    std::string announced = {};  // to which digest; "": not told
    std::size_t again = 0;       // questions since
  };
  struct TagTurn : Turn {
    std::set<std::string> known;
    std::set<std::string> named;  // by pushes, since the last list
  };
  struct Due {
    registry::Question question;
    std::string name;  // of the turn
  };

  void Run(const std::stop_token& stop);
  void LoadStore();
  void Ask(const std::vector<Due>& due, const std::stop_token& stop);
  std::vector<Due> TakeDue(TimePoint now);
  TimePoint NextDue() const;
  void Take(const std::vector<Due>& due, const std::vector<registry::Answer>& answers);
  // A registry tells of a push before it can be asked about it (docker-registry answers 404 or 500
  // for a moment): whether the question is asked again soon.
  bool AskAgain(const std::string& name, const Expected<std::string>& digest);
  void TakeDigest(const registry::Reference& reference, const std::string& digest);
  void TakeTags(const std::string& repository, const std::vector<std::string>& tags);
  void AskCandidates();
  void DelaySeen();
  // When something is old enough that was not, whose source is not woken for it yet.
  WallTime RipeAt(WallTime now) const;
  void WakeRipe();
  void WakeUsers(const std::string& repository);
  void Rearrange();
  void ShowDrift();
  void Tell(const std::string& what, const std::string& text);
  // What is to be told and woken, without the lock: who is called may call back.
  void HandOn();
  void Put(const std::string& name, const sync::ImageRecord& record);
  std::optional<sync::ImageRecord> Find(const std::string& name) const;
  void Save();
  nomad::Call CallNow() const;

  Env& env_;
  const Options options_;

  sync::ImageStore store_;  // of the thread alone: who looks at what was seen waits for no Nomad

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::map<std::string, sync::ImageRecord> records_;  // by Reference::Name()
  std::set<std::string> touched_;                     // of them, since they were kept
  TimePoint keep_at_{};                               // not before, after a failure
  struct Source {
    Duration interval{0};
    std::vector<Wish> wishes;
    std::set<std::string> ripe;     // what it has been woken for: "NAME DIGEST"
    std::set<std::string> current;  // what it runs: "NAME DIGEST"
  };
  std::map<std::string, Source> sources_;
  std::map<std::string, Turn> digests_;     // by Reference::Name()
  std::map<std::string, TagTurn> tags_;     // by "HOST/REPOSITORY"
  std::map<std::string, Turn> candidates_;  // once each, by Reference::Name()
  std::set<std::string> drift_shown_;
  std::map<std::string, std::string> told_;
  std::set<std::string> woken_;    // that HandOn() is to wake
  std::vector<std::string> said_;  // that it is to tell
  registry::HostPace pace_;
  std::jthread thread_;
};

}  // namespace nmgr::actions
