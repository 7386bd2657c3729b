#include "nmgr/rollout/kept_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "nmgr/base/keyed_hash.h"
#include "nmgr/base/text.h"

namespace nmgr::rollout {
namespace {

using KeptJson = nlohmann::ordered_json;

constexpr int kFormat = 2;
constexpr std::string_view kMark = "nmgr_plan";
constexpr std::string_view kHashMember = "sha256";
constexpr int kRounds = 1'000;
constexpr int kPlanNesting = 4;
constexpr std::size_t kMostKept = 100'000;

std::string SlowHash(const std::string& salt, std::string_view text, int rounds) {
  const HashKey key(salt);
  std::string hash = key.Hash(text);
  for (int round = 1; round < rounds; ++round) hash = key.Hash(hash);
  return hash;
}

std::string DocumentHash(const std::string& salt, const JobFacts& job) {
  const jobspec::Submission& from = job.spec->submission;
  return SlowHash(salt, Packed(*job.job, from.source, from.format), kRounds);
}

KeptJson KeptJsonOf(const KeptJob& job) {
  return {{"id", job.ref.id},         {"namespace", job.ref.name_space},
          {"region", job.ref.region}, {"name", job.name},
          {"path", job.path},         {"infra", job.infra},
          {"move", job.move},         {"reason", job.reason},
          {"index", job.index},       {"hash", job.hash}};
}

std::string KeptText(const KeptJson& json) {
  return json.dump(1, ' ', false, KeptJson::error_handler_t::replace);
}

// KeptMembers of the file; the first that is missing or of another kind spoils it.
class KeptMembers {
 public:
  explicit KeptMembers(const KeptJson& object) : object_(object) {}

  std::string Text(const char* name) {
    const KeptJson* value = Find(name);
    if (value != nullptr && value->is_string()) return value->get<std::string>();
    good_ = false;
    return {};
  }
  std::uint64_t Number(const char* name) {
    const KeptJson* value = Find(name);
    if (value != nullptr && value->is_number_unsigned()) return value->get<std::uint64_t>();
    good_ = false;
    return 0;
  }
  bool Flag(const char* name) {
    const KeptJson* value = Find(name);
    if (value != nullptr && value->is_boolean()) return value->get<bool>();
    good_ = false;
    return false;
  }
  const KeptJson* List(const char* name) {
    const KeptJson* value = Find(name);
    if (value != nullptr && value->is_array() && value->size() <= kMostKept) return value;
    good_ = false;
    return nullptr;
  }
  bool good() const { return good_ && object_.is_object(); }

 private:
  const KeptJson* Find(const char* name) const {
    const auto found = object_.find(name);
    return found == object_.end() ? nullptr : &*found;
  }

  const KeptJson& object_;
  bool good_ = true;
};

Error NoPlan(const std::string& why) {
  return {ErrorCode::kInvalid, why, "`nmgr plan --out FILE TARGET...` makes one"};
}

std::optional<KeptJob> ReadKeptJob(const KeptJson& object) {
  KeptMembers members(object);
  KeptJob job;
  job.ref = {members.Text("id"), members.Text("namespace"), members.Text("region")};
  job.name = members.Text("name");
  job.path = members.Text("path");
  job.infra = members.Flag("infra");
  job.move = members.Text("move");
  job.reason = members.Text("reason");
  job.index = members.Number("index");
  job.hash = members.Text("hash");
  if (!members.good() || !HashKey::IsHash(job.hash) || job.path.empty()) return std::nullopt;
  return job;
}

std::string KeptCommit(const RunHead& head) {
  if (head.commit.empty()) return {};
  return fmt::format(" (planned at commit {}{})", head.commit.substr(0, 8),
                     head.dirty.value_or(false) ? " with changes" : "");
}

// What has begun may have ended meanwhile: between moves that change nothing there is no
// difference.
bool IsChange(std::string_view move) {
  return move != "nothing" && move != "await" && move != "fail";
}

// "" where nothing has moved.
std::string MoveOf(const KeptPlan& kept, const KeptJob& before, const Step& step,
                   const JobFacts& now, std::string& hint) {
  if (now.error) return "it cannot be asked about: " + now.error->message;
  if (!now.job || !now.spec) return "its spec cannot be used any more";
  if (before.infra != now.infra) return "it is among --infra-jobs no more as it was";
  if (DocumentHash(kept.salt, now) != before.hash) {
    hint = "the same --var and --var-file must be given; `nmgr plan --out` makes a new plan";
    return "its spec, or what it reads, has changed" + KeptCommit(kept.head);
  }
  const std::uint64_t index = now.live ? now.live->job_modify_index : 0;
  if (index != before.index) {
    return fmt::format("it has moved in Nomad: it was at index {}, and is at {}", before.index,
                       index);
  }
  const std::string_view move = MoveName(step.move);
  if (move != before.move && (IsChange(move) || IsChange(before.move))) {
    return fmt::format("the plan was \"{}\" and is now \"{}\": {}", before.move, move, step.reason);
  }
  return {};
}

}  // namespace

Expected<KeptPlan> KeepPlan(RunHead head, const Plan& plan, const std::vector<JobFacts>& facts,
                            const Path& folder) {
  KeptPlan kept;
  kept.head = std::move(head);
  kept.reset_counts = plan.intent.reset_counts;
  TRY_ASSIGN(const HashKey random, HashKey::Random());
  kept.salt = random.Hash("salt");
  std::vector<std::string> unusable;
  for (std::size_t i = 0; i < facts.size(); ++i) {
    const JobFacts& job = facts[i];
    if (!job.plan || !job.job || !job.spec || job.error) {
      unusable.push_back(job.name);
      continue;
    }
    kept.jobs.push_back({job.ref, job.name, JoinPath(folder, job.path), job.infra,
                         std::string(MoveName(plan.steps[i].move)), plan.steps[i].reason,
                         job.live ? job.live->job_modify_index : 0, DocumentHash(kept.salt, job)});
  }
  if (unusable.empty()) return kept;
  return Error{ErrorCode::kRejected, "no plan was kept, because of " + SomeOf(unusable),
               "--exclude leaves a job out"};
}

std::string TextOf(const KeptPlan& plan) {
  const RunHead& head = plan.head;
  KeptJson json = {{std::string(kMark), kFormat},
                   {"at", head.at},
                   {"build", head.build},
                   {"commit", head.commit},
                   {"dirty", head.dirty.value_or(false)},
                   {"address", head.address},
                   {"region", head.region},
                   {"namespace", head.name_space},
                   {"base_dir", head.base_dir},
                   {"reset_counts", plan.reset_counts},
                   {"salt", plan.salt}};
  KeptJson jobs = KeptJson::array();
  for (const KeptJob& job : plan.jobs) jobs.push_back(KeptJsonOf(job));
  json["jobs"] = std::move(jobs);
  json["order"] = plan.order;
  json[std::string(kHashMember)] = SlowHash(plan.salt, KeptText(json), 1);
  return KeptText(json) + "\n";
}

bool LooksKept(std::string_view text) {
  const std::size_t mark = text.find(kMark);
  return text.starts_with('{') && mark != std::string_view::npos && mark < 16;
}

Expected<KeptPlan> ReadKeptPlan(std::string_view text) {
  if (!LooksKept(text)) return NoPlan("it is no plan of nmgr's");
  const auto shallow = [](int depth, KeptJson::parse_event_t, KeptJson&) {
    return depth < kPlanNesting;
  };
  KeptJson json = KeptJson::parse(text, shallow, false);
  if (!json.is_object()) return NoPlan("it is cut off, or was changed since it was written");
  KeptMembers members(json);
  const std::uint64_t format = members.Number(kMark.data());
  if (members.good() && format != kFormat) {
    return NoPlan(fmt::format("it is of format {}, and this nmgr reads {}", format, kFormat));
  }
  KeptPlan plan;
  plan.head.at = members.Text("at");
  plan.head.build = members.Text("build");
  plan.head.commit = members.Text("commit");
  plan.head.dirty = members.Flag("dirty");
  plan.head.address = members.Text("address");
  plan.head.region = members.Text("region");
  plan.head.name_space = members.Text("namespace");
  plan.head.base_dir = members.Text("base_dir");
  plan.reset_counts = members.Flag("reset_counts");
  plan.salt = members.Text("salt");
  const std::string hash = members.Text(kHashMember.data());
  const KeptJson* jobs = members.List("jobs");
  const KeptJson* order = members.List("order");
  const Error spoilt = NoPlan("it is cut off, or was changed since it was written");
  if (!members.good() || !HashKey::IsHash(plan.salt)) return spoilt;
  for (const KeptJson& object : *jobs) {
    auto job = ReadKeptJob(object);
    if (!job) return spoilt;
    plan.jobs.push_back(*std::move(job));
  }
  for (const KeptJson& edge : *order) {
    if (!edge.is_string()) return spoilt;
    plan.order.push_back(edge.get<std::string>());
  }
  json.erase(std::string(kHashMember));
  if (SlowHash(plan.salt, KeptText(json), 1) != hash) return spoilt;
  return plan;
}

std::vector<Error> WhatMoved(const KeptPlan& kept, const Plan& plan,
                             const std::vector<JobFacts>& facts, const Path& folder) {
  std::vector<Error> moved;
  const auto refuse = [&](const std::string& name, const std::string& why, std::string hint) {
    moved.push_back({ErrorCode::kConflict, name + ": " + why, std::move(hint)});
  };
  std::vector<bool> met(facts.size(), false);
  for (const KeptJob& job : kept.jobs) {
    const auto found = std::find_if(facts.begin(), facts.end(), [&](const JobFacts& now) {
      return now.ref == job.ref && JoinPath(folder, now.path) == job.path;
    });
    if (found == facts.end()) {
      refuse(job.name, job.path + " describes it no more", "");
      continue;
    }
    const auto at = static_cast<std::size_t>(found - facts.begin());
    met[at] = true;
    std::string hint;
    const std::string why = MoveOf(kept, job, plan.steps[at], *found, hint);
    if (!why.empty()) refuse(job.name, why, std::move(hint));
  }
  for (std::size_t i = 0; i < facts.size(); ++i) {
    if (!met[i]) refuse(facts[i].name, facts[i].path + " was no part of the plan", "");
  }
  if (!moved.empty()) {
    moved.push_back({ErrorCode::kConflict, "nothing was touched: the plan does not hold any more",
                     "`nmgr plan --out FILE TARGET...` makes a new one"});
  }
  return moved;
}

}  // namespace nmgr::rollout
