// Telling people what happened: to a webhook of theirs (JSON, signed), to a chat that takes Slack's
// form, to ntfy.
//
// Nothing waits for it. Whoever has news puts them into a queue and goes on; each channel has a
// queue and a thread of its own, so one that does not answer keeps up neither a sync nor another
// channel. Of a full queue the oldest goes. The same news are told once an hour, however often they
// come. What is told says what, where and why; it holds no secrets that the redactor knows, and the
// address of a channel, which often is one, is shown without its path.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/base/clock.h"
#include "nmgr/base/expected.h"
#include "nmgr/base/file_system.h"
#include "nmgr/base/secrets.h"
#include "nmgr/net/proxy.h"
#include "nmgr/sync/source.h"

namespace nmgr::serve {

enum class Topic {
  kFailed,       // a job did not become healthy, or a sync failed
  kRecovered,    // it is well again
  kKnownBad,     // it is not registered, because the same spec has failed before
  kDrift,        // somebody changed a job in Nomad
  kFrozen,       // a spec does not parse or evaluate
  kOrphan,       // git no longer has a job that runs
  kDigestMoved,  // a tag points to another image than the one that runs
  kLeaseChanged  // another copy leads a source
};
std::string_view TopicName(Topic topic);  // "known-bad"
std::optional<Topic> TopicOf(std::string_view name);
std::vector<std::string> TopicNames();

struct News {
  Topic topic = Topic::kFailed;
  std::string source = {};
  std::string name_space = {};  // with `job`
  std::string job = {};         // its ID; "": the source itself
  std::string subject =
      {};  // what else tells news of one job apart: an image, "file:line", a holder
  std::string commit = {};
  std::string reason = {};  // one sentence without a full stop
  std::string hint = {};    // what to type, or ""
  WallTime at = {};

  // Two with the same one are the same news: all but the words and the time.
  std::string Key() const;
  // "failed: default/web: its deployment failed (homelab, 1a2b3c4d5e6f)"
  std::string Line() const;
};

enum class Format { kJson, kSlack, kNtfy };
std::optional<Format> FormatOf(std::string_view name);  // "json", "slack", "ntfy"
std::vector<std::string> FormatNames();

// [notify.NAME]
struct Channel {
  std::string name = {};
  Format format = Format::kJson;
  std::string url = {};            // of ntfy with the topic as the last part of its path
  std::string secret = {};         // json: signs the body; ntfy: an access token; slack: unused
  std::vector<Topic> topics = {};  // none: all
  std::vector<std::string> sources = {};  // none: all
};

// The channels of [notify.NAME] with their secrets. kConfig for a type or an event that is none,
// and for a file that cannot be read or may be read by others.
Expected<std::vector<Channel>> MakeChannels(const std::vector<sync::NotifyTable>& tables,
                                            FileSystem& files);

// What is posted: pure.
struct Letter {
  std::string target;  // path and query
  std::vector<std::string> headers;
  std::string body;
};
// kConfig where the URL is none that one can post to; the message shows no more of it than its
// host.
Expected<Letter> LetterFor(const Channel& channel, const News& news, std::string_view instance);

struct NotifyCounts {
  std::uint64_t sent = 0;
  std::uint64_t failed = 0;    // three tries, or refused
  std::uint64_t dropped = 0;   // of a full queue
  std::uint64_t repeated = 0;  // within the hour
};

struct NotifyOptions {
  std::string instance = "default";
  net::Environment environment = {};   // for proxies
  const Redactor* redactor = nullptr;  // outlives the notifier
  Duration try_limit{10'000};          // of one request
  // Told what became of each: "sent", "failed", "dropped", "repeated". On any thread; brief.
  std::function<void(std::string_view result)> on_result = [](std::string_view) {};
};

class Notifier {
 public:
  static constexpr std::size_t kQueue = 100;
  static constexpr int kTries = 3;
  static constexpr std::chrono::hours kOnce{1};

  // kConfig for a channel that cannot be used. `clock` outlives the notifier.
  static Expected<std::unique_ptr<Notifier>> Make(std::vector<Channel> channels, Clock& clock,
                                                  NotifyOptions options = {});
  // Ends what is under way; what is still queued is not told.
  ~Notifier();
  Notifier(const Notifier&) = delete;
  Notifier& operator=(const Notifier&) = delete;

  // Thread-safe; never waits for anything but a lock that is held for moments.
  void Tell(const News& news);

  // Waits until every queue is empty and nothing is under way, but not longer than `limit` of real
  // time. Whether that was so. For the end of a run.
  bool Drain(Duration limit);

  NotifyCounts counts() const;

 private:
  class Line;
  Notifier();
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace nmgr::serve
