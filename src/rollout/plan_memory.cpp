#include "nmgr/rollout/plan_memory.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "nmgr/base/file_system.h"
#include "nmgr/base/log.h"
#include "nmgr/base/numbers.h"
#include "nmgr/base/text.h"
#include "nmgr/nomad/connection.h"

namespace nmgr::rollout {
namespace {

constexpr std::string_view kHeadline = "nmgr: jobs without a difference, 1";

std::string CountsText(const std::vector<int>& counts) {
  return counts.empty() ? "-" : fmt::format("{}", fmt::join(counts, ","));
}

bool TakeCounts(std::string_view text, std::vector<int>& counts) {
  if (text == "-") return true;
  for (const std::string_view count : Split(text, ',')) {
    if (!TakeWhole(count, counts.emplace_back()) || counts.back() < 0) return false;
  }
  return true;
}

std::string DocumentText(const RememberedJob& job) {
  return fmt::format("{} {} {} {} {}", job.job_modify_index, job.create_index, job.submit_time_ns,
                     job.version, CountsText(job.counts));
}

}  // namespace

std::string SubjectText(const MemoryPlace& place, const nomad::JobRef& ref) {
  const auto region = [](const std::string& name) { return name == "global" ? "" : name; };
  return Packed(nomad::NormalAddress(place.address),
                region(ref.region.empty() ? place.region : ref.region),
                ref.name_space.empty() ? place.name_space : ref.name_space, ref.id);
}

RememberedJob RememberedJob::Of(const nomad::Job& job) {
  RememberedJob remembered{
      job.job_modify_index, job.create_index, job.submit_time_ns, job.version, {}};
  std::map<std::string_view, int> counts;
  for (const nomad::TaskGroup& group : job.groups) counts[group.name] = group.count;
  for (const auto& [name, count] : counts) remembered.counts.push_back(count);
  return remembered;
}

bool RememberedJob::IsStill(const nomad::JobSummary& row) const {
  return row.job_modify_index == job_modify_index && row.create_index == create_index &&
         row.submit_time_ns == submit_time_ns;
}

std::unique_ptr<PlanMemory> PlanMemory::Open(const Path& cache_folder, const Path& state_folder,
                                             MemoryPlace place, Clock& clock) {
  const bool kept = !cache_folder.empty() && !state_folder.empty();
  const Path key_file = kept ? JoinPath(state_folder, "memory.key") : Path();
  const Path file = kept ? JoinPath(cache_folder, "unchanged") : Path();
  Expected<HashKey> key = kept ? HashKey::Read(key_file) : HashKey::Random();
  const bool known = kept && key.has_value();
  if (!key) key = HashKey::Random();
  if (!key) return nullptr;
  const auto text =
      known ? RealFileSystem().ReadFile(file, kMaxBytes) : Expected<std::string>(std::string());
  auto memory = std::make_unique<PlanMemory>(*std::move(key), std::move(place), clock,
                                             text ? *text : std::string_view());
  memory->file_ = file;
  if (!known) memory->key_file_ = key_file;
  return memory;
}

PlanMemory::PlanMemory(HashKey key, MemoryPlace place, Clock& clock, std::string_view text)
    : key_(std::move(key)), place_(std::move(place)), clock_(clock), lines_(Parse(text)) {}

bool PlanMemory::empty() const {
  const std::lock_guard lock(mutex_);
  return lines_.empty();
}

std::optional<RememberedJob> PlanMemory::Recall(Sameness what, const nomad::JobRef& ref,
                                                std::string_view text) const {
  const std::string subject = SubjectOf(what, ref);
  Line line;
  {
    const std::lock_guard lock(mutex_);
    const auto found = lines_.find(subject);
    if (found == lines_.end() || !IsFresh(found->second)) return std::nullopt;
    line = found->second;
  }
  if (line.proof != ProofOf(subject, line, text)) return std::nullopt;
  return std::move(line.job);
}

void PlanMemory::Remember(Sameness what, const nomad::JobRef& ref, std::string_view text,
                          const nomad::Job& job) {
  if (job.job_modify_index == 0 || job.create_index == 0 || job.submit_time_ns == 0) return;
  std::string subject = SubjectOf(what, ref);
  Line line{Now(), RememberedJob::Of(job), {}};
  line.proof = ProofOf(subject, line, text);
  const std::lock_guard lock(mutex_);
  changed_.insert(subject);
  lines_.insert_or_assign(std::move(subject), std::move(line));
}

void PlanMemory::Forget(Sameness what, const nomad::JobRef& ref) {
  const std::string subject = SubjectOf(what, ref);
  const std::lock_guard lock(mutex_);
  if (lines_.erase(subject) != 0) changed_.insert(subject);
}

void PlanMemory::Save() {
  const std::lock_guard lock(mutex_);
  if (file_.empty() || changed_.empty()) return;
  if (const auto now = RealFileSystem().ReadFile(file_, kMaxBytes); now && key_file_.empty()) {
    Merge(*now);
  }
  Expected<void> saved = RealFileSystem().WriteFileAtomically(file_, Text());
  if (saved && !key_file_.empty()) saved = key_.Write(key_file_);
  if (!saved) return LogDebug("nothing is remembered of this run: {}", saved.error().message);
  key_file_.clear();
  changed_.clear();
}

void PlanMemory::Merge(std::string_view text) {
  for (auto& [subject, line] : Parse(text)) {
    if (!changed_.contains(subject)) lines_.insert_or_assign(subject, line);
  }
}

std::string PlanMemory::Text() const {
  std::vector<const Lines::value_type*> fresh;
  for (const Lines::value_type& line : lines_) {
    if (IsFresh(line.second)) fresh.push_back(&line);
  }
  if (fresh.size() > kMostLines) {
    std::stable_sort(fresh.begin(), fresh.end(),
                     [](const auto* a, const auto* b) { return a->second.at > b->second.at; });
    fresh.resize(kMostLines);
  }
  std::string text = std::string(kHeadline) + "\n";
  for (const auto* line : fresh) {
    text += fmt::format("{} {} {} {}\n", line->first, line->second.at,
                        DocumentText(line->second.job), line->second.proof);
  }
  return text;
}

PlanMemory::Lines PlanMemory::Parse(std::string_view text) const {
  Lines lines;
  const std::vector<std::string_view> rows = Split(text, '\n');
  if (rows.empty() || rows.front() != kHeadline) return lines;
  for (const std::string_view row : rows) {
    std::string subject;
    std::optional<Line> line = ParseLine(row, subject);
    if (!line || !IsFresh(*line)) continue;
    lines.insert_or_assign(std::move(subject), *std::move(line));
    if (lines.size() == kMostLines) break;
  }
  return lines;
}

std::optional<PlanMemory::Line> PlanMemory::ParseLine(std::string_view text, std::string& subject) {
  const std::vector<std::string_view> words = Split(text, ' ');
  if (words.size() != 8) return std::nullopt;
  Line line;
  RememberedJob& job = line.job;
  const bool whole = HashKey::IsHash(words[0], kSubjectDigits) && TakeWhole(words[1], line.at) &&
                     TakeWhole(words[2], job.job_modify_index) &&
                     TakeWhole(words[3], job.create_index) &&
                     TakeWhole(words[4], job.submit_time_ns) && TakeWhole(words[5], job.version) &&
                     TakeCounts(words[6], job.counts) && HashKey::IsHash(words[7]);
  if (!whole) return std::nullopt;
  subject = words[0];
  line.proof = words[7];
  return line;
}

std::string PlanMemory::SubjectOf(Sameness what, const nomad::JobRef& ref) const {
  return key_
      .Hash(Packed("subject", what == Sameness::kPlan ? "plan" : "images") +
            SubjectText(place_, ref))
      .substr(0, kSubjectDigits);
}

std::string PlanMemory::ProofOf(std::string_view subject, const Line& line,
                                std::string_view text) const {
  return key_.Hash(Packed("proof", place_.build, subject, std::to_string(line.at),
                          DocumentText(line.job), text));
}

bool PlanMemory::IsFresh(const Line& line) const {
  const std::int64_t now = Now();
  return line.at <= now && now - line.at < kLifetime;
}

std::int64_t PlanMemory::Now() const {
  return std::chrono::duration_cast<std::chrono::seconds>(clock_.Wall().time_since_epoch()).count();
}

}  // namespace nmgr::rollout
