// One blocking query about variables, held in a thread of its own.
//
// Nomad wakes such a query by the radix tree that its table is: with every write that passes
// through the deepest node that the question came to. Where nothing is found, that node is one that
// others share, so that a question about nothing is woken by the writes of everybody. A variable
// that is laid out at or just before the place that is asked about makes it quiet. It is laid out
// with cas 0, which never overwrites what somebody wrote; where it may not be, the query is asked
// once a second at most.
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <thread>

#include "nmgr/base/clock.h"
#include "nmgr/base/expected.h"
#include "nmgr/nomad/variable_client.h"

namespace nmgr::sync {

class VariableWatch {
 public:
  struct Answer {
    std::uint64_t index = 0;
    bool has_index = false;
    bool is_absent = false;  // what is asked about: others wake the query
  };
  // All of it is called in the thread of the watch.
  struct Question {
    std::function<Expected<Answer>(const nomad::BlockingQuery& query, const nomad::Call& call)> ask;
    // After each answer. `again`: an error was told since, so that what is the same is news.
    std::function<void(bool again)> tell;
    // Nomad did not say; once until it says.
    std::function<void(const Error& error)> fail;
    // Nomad refused to have the variable laid out; once.
    std::function<void(const Error& error)> unlaid = [](const Error&) {};
    nomad::VariableRef laid;
    nomad::VariableItems items;  // none: nothing is laid out
    bool lays_once = false;      // what is asked about stays absent all the same
    Duration pause{0};           // after each answer
  };

  // `client` must outlive it; a connection of its pool is held all the time.
  VariableWatch(nomad::VariableClient& client, Question question, Clock& clock);

 private:
  void Run(const std::stop_token& stop);
  // Whether the query may be asked again at once.
  bool Look(const std::stop_token& stop);
  // Whether there is a variable now, by whomever. Nothing is tried again after a refusal.
  bool LayOut(const std::stop_token& stop);

  nomad::VariableClient& client_;
  const Question question_;
  Clock& clock_;
  // Of the thread alone.
  std::uint64_t index_ = 0;
  bool told_error_ = false;
  bool lays_;
  bool is_left_ = false;  // absent, and not to be laid out
  std::jthread thread_;
};

}  // namespace nmgr::sync
