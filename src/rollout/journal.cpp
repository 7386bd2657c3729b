#include "nmgr/rollout/journal.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <utility>

#include "nmgr/base/log.h"
#include "nmgr/rollout/origin.h"
#include "rollout/run_lines.h"

namespace nmgr::rollout {
namespace {

using Line = nlohmann::ordered_json;

std::string Text(const Line& line) {
  return line.dump(-1, ' ', false, Line::error_handler_t::replace) + "\n";
}

std::string SecondOf(WallTime time) {
  const std::time_t seconds = WallTime::clock::to_time_t(time);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  return fmt::format("{:02}{:02}{:02}-{:02}{:02}{:02}", parts.tm_year % 100, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

// "", "b", ... "z", "zb": sorted as they come.
std::string SuffixOf(int nth) {
  std::string suffix(static_cast<std::size_t>(nth / 25), 'z');
  if (nth % 25 != 0) suffix += static_cast<char>('a' + nth % 25);
  return suffix;
}

void PutRef(Line& line, const nomad::JobRef& ref) {
  line["id"] = ref.id;
  line["namespace"] = ref.name_space;
  line["region"] = ref.region;
}

void RemoveOldest(const Path& state_folder) {
  const auto ids = RunIds(state_folder, RealFileSystem());
  if (!ids) return;
  for (std::size_t i = kKeptRuns; i < ids->size(); ++i) {
    ::unlink(RunPath(state_folder, (*ids)[i]).c_str());
  }
}

}  // namespace

std::string Journal::HeadLine(RunHead head) const {
  const auto hidden = [this](const std::string& text) { return options_.hide(text); };
  for (std::string& argument : head.arguments) argument = hidden(argument);
  Line line = {{"run", id_},
               {"at", UtcText(clock_.Wall())},
               {"action", head.action},
               {"user", head.user},
               {"host", head.host},
               {"arguments", head.arguments},
               {"commit", head.commit}};
  if (head.dirty) line["dirty"] = *head.dirty;
  line["nmgr"] = head.build;
  line["address"] = hidden(head.address);
  line["region"] = head.region;
  line["namespace"] = head.name_space;
  line["base_dir"] = head.base_dir;
  line["cut"] = 0;
  if (!head.undoes.empty()) line["undoes"] = head.undoes;
  return Text(line);
}

// Two runs of one second have two names.
Expected<void> Journal::Create() {
  constexpr int kMost = 100;
  const std::string second = SecondOf(clock_.Wall());
  for (int nth = 0;; ++nth) {
    id_ = second + SuffixOf(nth);
    auto log = std::make_unique<SharedLog>(RunPath(options_.state_folder, id_));
    const Expected<void> created = log->Create();
    if (created) {
      log_ = std::move(log);
      return {};
    }
    if (created.error().code != ErrorCode::kConflict || nth == kMost) return created.error();
  }
}

nomad::JobRef Journal::Whole(nomad::JobRef ref) const {
  if (ref.name_space.empty()) ref.name_space = name_space_;
  if (ref.region.empty()) ref.region = region_;
  return ref;
}

std::string Journal::JobLine(std::size_t step, const Plan& plan, const std::vector<JobFacts>& facts,
                             const HashKey* key) {
  const JobFacts& job = facts[step];
  const Step& what = plan.steps[step];
  const nomad::JobRef ref = Whole(job.ref);
  steps_[ref] = step;
  Line line = {{"job", step}};
  PutRef(line, ref);
  line["name"] = job.name;
  line["path"] = job.path;
  if (job.infra) line["infra"] = true;
  if (key != nullptr && !job.spec_digest.empty()) {
    line["spec"] = SpecHash(*key, ref, job.spec_digest);
  }
  if (job.past_spec) {
    line["commit"] = job.past_spec->commit;
    line["base_dir"] = job.past_spec->base_dir;
  }
  line["move"] = MoveName(what.move);
  line["reason"] = options_.hide(what.reason);
  std::vector<std::string> before;
  for (const Predecessor& one : what.after) before.push_back(facts[one.step].name);
  if (!before.empty()) line["after"] = before;
  return Text(line);
}

Expected<void> Journal::Begin(const Plan& plan, const std::vector<JobFacts>& facts) {
  const std::lock_guard lock(mutex_);
  RunHead head = options_.head();
  name_space_ = head.name_space;
  region_ = head.region;
  const auto write = [&]() -> Expected<void> {
    TRY(Create());
    const auto key = HashKey::Of(SpecKeyPath(options_.state_folder));
    if (!key) LogDebug("no hashes of specs in the journal: {}", key.error().message);
    std::string lines = HeadLine(std::move(head));
    for (std::size_t i = 0; i < facts.size(); ++i) {
      const Step& step = plan.steps[i];
      if (!IsWrite(step.move) && !IsAwait(step.move) && !step.IsLost()) continue;
      lines += JobLine(i, plan, facts, key ? &*key : nullptr);
    }
    TRY(log_->Append(lines));
    return log_->Sync();
  };
  Expected<void> begun = write();
  if (!begun) {
    Fail(begun.error());
    return begun;
  }
  begun_ = true;
  RemoveOldest(options_.state_folder);
  return begun;
}

void Journal::Fail(const Error& error) {
  if (std::exchange(failed_, true)) return;
  // Whoever reads it must not take what is missing for what was not done.
  if (begun_) {
    const auto marked = log_->Amend(R"("cut":0)", R"("cut":1)");
    if (!marked) LogDebug("{}", marked.error().message);
  }
  if (told_) told_(error, begun_);
}

// With the mutex held. What comes after a line that could not be written would say half the truth.
void Journal::Put(const std::string& line, bool durable) {
  if (log_ == nullptr || failed_) return;
  Expected<void> put = log_->Append(line);
  if (put && durable) put = log_->Sync();
  if (!put) Fail(put.error());
}

std::uint64_t Journal::Writing(const nomad::JobRef& ref, WriteKind kind, const JobPoint& before,
                               std::optional<std::uint64_t> to) {
  const std::lock_guard lock(mutex_);
  const nomad::JobRef whole = Whole(ref);
  Line line = {{"write", ++writes_}};
  auto step = steps_.find(whole);
  for (nomad::JobRef parent = whole; step == steps_.end();) {  // what a job has launched
    const std::size_t slash = parent.id.rfind('/');
    if (slash == std::string::npos) break;
    parent.id.resize(slash);
    step = steps_.find(parent);
  }
  if (step != steps_.end()) line["job"] = step->second;
  PutRef(line, whole);
  line["kind"] = WriteName(kind);
  line["at"] = UtcText(clock_.Wall());
  line["before"] = PointJson(before);
  if (to) line["to"] = *to;
  Put(Text(line), true);
  return writes_;
}

void Journal::Wrote(std::uint64_t write, const JobPoint& after) {
  const std::lock_guard lock(mutex_);
  Put(Text({{"wrote", write}, {"after", PointJson(after)}}), false);
}

void Journal::Failed(std::uint64_t write, const Error& error) {
  const std::lock_guard lock(mutex_);
  Put(Text({{"failed", write},
            {"in_doubt", error.in_doubt},
            {"error", options_.hide(error.message)}}),
      false);
}

void Journal::Found(std::uint64_t write, const JobPoint& now) {
  const std::lock_guard lock(mutex_);
  Put(Text({{"found", write}, {"after", PointJson(now)}}), false);
}

void Journal::Ended(std::size_t step, const JobResult& result) {
  const std::lock_guard lock(mutex_);
  Put(Text({{"ended", step},
            {"outcome", OutcomeName(result.outcome)},
            {"summary", options_.hide(result.summary)}}),
      false);
}

void Journal::End(bool interrupted) {
  const std::lock_guard lock(mutex_);
  Put(Text({{"end", UtcText(clock_.Wall())}, {"interrupted", interrupted}}), true);
}

}  // namespace nmgr::rollout
