// One blocking query for all the jobs that a run waits for, whatever their number: each waiting
// thread sleeps here until something about its job has moved, and then reads for itself what it
// decides by.
//
// What is asked is POST /v1/jobs/statuses, by one thread, at most four times a second, for the jobs
// that somebody waits for; one that nobody has waited for in a while is dropped. Every answer is a
// full look, so an index that falls, a restarted server or a lost connection lose nothing. A row
// that is missing proves nothing: its job is looked at every few seconds, as all are while no
// answer comes. Where the server has no such endpoint, or refuses it, Await says so.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "nmgr/base/clock.h"
#include "nmgr/nomad/client.h"

namespace nmgr::rollout {

class JobsWatch {
 public:
  // A moment in what has been noticed.
  using Mark = std::uint64_t;
  // What counts as a move: what the row of a job shows; or also what no row shows, as the restart
  // of a task, of which one learns no more than that it was some job's.
  enum class Sight { kRow, kAll };
  enum class Woken {
    kMoved,
    kLimit,   // or it cannot be told whether something has moved: look
    kCannot,  // this server is not asked this way
  };

  // Both must outlive it; nobody may be in Await when it ends.
  JobsWatch(nomad::JobClient& client, Clock& clock) : client_(client), clock_(clock) {}

  // To be taken before a job is read.
  Mark Now() const;

  // Until something about the job has moved that was noticed after `since`; so a job that is new
  // here counts as moved as soon as it has been looked at. From any thread.
  Woken Await(const nomad::JobRef& ref, Mark since, Sight sight, Duration limit,
              const std::stop_token& stop);

 private:
  // Jobs that are asked for together: those of a region, or of a namespace of it once a question
  // for several was refused.
  using GroupKey = std::pair<std::string, std::string>;
  struct Group {
    std::uint64_t index = 0;  // 0: none that can be waited on
    bool missing = false;     // is not answered
    bool failing = false;     // the last question was not
    bool stirred = false;     // something has moved that may be anybody's, and nobody was told yet
    TimePoint told{};         // when they were
    TimePoint asked{};
    TimePoint due = TimePoint::max();  // an answer is late after this
  };
  struct Sleeper {
    TimePoint until;
    std::stop_source waker;
  };
  struct Entry {
    Mark moved = 0;    // when its row last was another one
    Mark stirred = 0;  // when it last may have moved
    nomad::JobStanding row;
    bool asked = false;   // has been in an answered question
    bool absent = false;  // without a row in the last one
    int waiters = 0;
    TimePoint left{};  // by the last waiter
    std::list<Sleeper> sleepers;
  };
  struct Question {
    GroupKey group;
    std::vector<nomad::JobRef> jobs;
    nomad::BlockingQuery query;
    bool fresh = false;  // for a job that was never asked for
    TimePoint asked;
    std::stop_source given_up;
  };
  using Answer = Expected<nomad::Indexed<std::vector<nomad::JobStanding>>>;
  using Lock = std::unique_lock<std::mutex>;

  GroupKey KeyOf(const nomad::JobRef& ref) const;
  Entry& Join(const nomad::JobRef& ref);
  // Whether the server can be asked at all, found out by the first who waits.
  void Probe(Lock& lock, const nomad::JobRef& ref, const std::stop_token& stop);
  bool NobodyTells(const Group& group, const Entry& entry) const;
  void Run(const std::stop_token& stop);
  // Until when somebody sleeps who has not been woken yet; nothing: nobody does. Only for such is
  // asked, and no longer, so that no question is left behind where the last wait ends.
  static std::optional<TimePoint> SleepsUntil(const Entry& entry);
  bool HasJobs();
  Question NextQuestion();
  Duration LengthOf(const Group& group, TimePoint now) const;
  Duration Learn(const Question& question, const Answer& answer);
  bool LearnRows(const Question& question, const std::vector<nomad::JobStanding>& rows);
  void LearnFault(const Question& question, const Error& error);
  void TellStirred(const GroupKey& key, Group& group);
  static void Wake(Entry& entry);
  void Rest(Duration pause, const std::stop_token& stop);

  nomad::JobClient& client_;
  Clock& clock_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  enum class Probed { kNot, kUnderWay, kDone } probed_ = Probed::kNot;
  Mark now_ = 0;
  bool apart_ = false;  // each namespace is asked for by itself
  std::map<nomad::JobRef, Entry> entries_;
  std::map<GroupKey, Group> groups_;
  TimePoint joined_{};                          // when the last job did
  std::optional<std::stop_source> long_query_;  // that is under way
  TimePoint lingers_until_{};  // a server holds a question that was given up until its time is over
  std::deque<TimePoint> asked_;  // the last questions
  Duration pause_{0};
  std::jthread thread_;  // last, so that it ends first
};

}  // namespace nmgr::rollout
