#include "nmgr/rollout/past_run.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "nmgr/rollout/journal.h"
#include "rollout/run_lines.h"

namespace nmgr::rollout {
namespace {

using RunLine = nlohmann::json;

constexpr std::string_view kEnding = ".jsonl";
constexpr std::size_t kMostLine = 1U << 20U;  // bytes
constexpr std::size_t kMostJobs = 100'000;
constexpr int kMostNesting = 8;

constexpr std::array<std::pair<WriteKind, std::string_view>, 8> kWrites = {{
    {WriteKind::kRegister, "register"},
    {WriteKind::kStop, "stop"},
    {WriteKind::kPurge, "purge"},
    {WriteKind::kRevert, "revert"},
    {WriteKind::kEvaluate, "evaluate"},
    {WriteKind::kPromote, "promote"},
    {WriteKind::kRestart, "restart"},
    {WriteKind::kReschedule, "reschedule"},
}};

// Not an object: no line of ours, or a part of one.
RunLine Parsed(std::string_view line) {
  if (line.size() > kMostLine) return nullptr;
  const auto shallow = [](int depth, RunLine::parse_event_t, RunLine&) {
    return depth < kMostNesting;
  };
  return RunLine::parse(line, shallow, false);
}

std::string TextIn(const RunLine& line, const char* name) {
  const auto found = line.find(name);
  return found != line.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool FlagIn(const RunLine& line, const char* name) {
  const auto found = line.find(name);
  return found != line.end() && found->is_boolean() && found->get<bool>();
}

std::optional<std::uint64_t> NumberIn(const RunLine& line, const char* name) {
  const auto found = line.find(name);
  if (found == line.end() || !found->is_number_unsigned()) return std::nullopt;
  return found->get<std::uint64_t>();
}

std::vector<std::string> TextsIn(const RunLine& line, const char* name) {
  std::vector<std::string> texts;
  const auto found = line.find(name);
  if (found == line.end() || !found->is_array()) return texts;
  for (const RunLine& text : *found) {
    if (text.is_string()) texts.push_back(text.get<std::string>());
  }
  return texts;
}

JobPoint PointIn(const RunLine& line, const char* name) {
  const auto found = line.find(name);
  if (found == line.end() || !found->is_object()) return {};
  return {FlagIn(*found, "exists"), FlagIn(*found, "stop"), NumberIn(*found, "index"),
          NumberIn(*found, "version")};
}

nomad::JobRef RefInLine(const RunLine& line) {
  return {TextIn(line, "id"), TextIn(line, "namespace"), TextIn(line, "region")};
}

RunHead HeadOf(const RunLine& line) {
  RunHead head;
  head.id = TextIn(line, "run");
  head.at = TextIn(line, "at");
  head.action = TextIn(line, "action");
  head.user = TextIn(line, "user");
  head.host = TextIn(line, "host");
  head.arguments = TextsIn(line, "arguments");
  head.commit = TextIn(line, "commit");
  if (line.contains("dirty") && line["dirty"].is_boolean()) head.dirty = line["dirty"].get<bool>();
  head.build = TextIn(line, "nmgr");
  head.address = TextIn(line, "address");
  head.region = TextIn(line, "region");
  head.name_space = TextIn(line, "namespace");
  head.base_dir = TextIn(line, "base_dir");
  head.undoes = TextIn(line, "undoes");
  return head;
}

class RunReader {
 public:
  explicit RunReader(PastRun& run) : run_(run) {}

  void Take(const RunLine& line) {
    if (!line.is_object()) return;
    if (const auto write = NumberIn(line, "write")) {
      TakeWrite(*write, line);
    } else if (const auto done = NumberIn(line, "wrote")) {
      EndWrite(*done, WriteEnd::kDone, line);
    } else if (const auto failed = NumberIn(line, "failed")) {
      EndWrite(*failed, FlagIn(line, "in_doubt") ? WriteEnd::kInDoubt : WriteEnd::kFailed, line);
    } else if (const auto found = NumberIn(line, "found")) {
      EndWrite(*found, WriteEnd::kInDoubt, line);
    } else if (const auto ended = NumberIn(line, "ended")) {
      if (PastJob* job = JobAt(*ended)) {
        job->outcome = TextIn(line, "outcome");
        job->summary = TextIn(line, "summary");
      }
    } else if (const auto step = NumberIn(line, "job")) {
      TakeJob(*step, line);
    } else if (line.contains("end")) {
      run_.ended = TextIn(line, "end");
      run_.interrupted = FlagIn(line, "interrupted");
    }
  }

 private:
  PastJob* JobAt(std::uint64_t step) {
    const auto found = jobs_.find(step);
    return found == jobs_.end() ? nullptr : &run_.jobs[found->second];
  }

  void TakeJob(std::uint64_t step, const RunLine& line) {
    if (run_.jobs.size() >= kMostJobs || jobs_.contains(step)) return;
    PastJob job;
    job.ref = RefInLine(line);
    job.name = TextIn(line, "name");
    job.path = TextIn(line, "path");
    job.infra = FlagIn(line, "infra");
    job.spec_hash = TextIn(line, "spec");
    job.commit = TextIn(line, "commit");
    job.base_dir = TextIn(line, "base_dir");
    job.move = TextIn(line, "move");
    job.reason = TextIn(line, "reason");
    job.after = TextsIn(line, "after");
    jobs_[step] = run_.jobs.size();
    run_.jobs.push_back(std::move(job));
  }

  void TakeWrite(std::uint64_t number, const RunLine& line) {
    const auto kind = WriteOf(TextIn(line, "kind"));
    const auto step = NumberIn(line, "job");
    const auto job = step ? jobs_.find(*step) : jobs_.end();
    if (!kind || job == jobs_.end() || writes_.contains(number)) return;
    std::vector<PastWrite>& writes = run_.jobs[job->second].writes;
    writes_[number] = {job->second, writes.size()};
    PastWrite write;
    write.number = number;
    write.ref = RefInLine(line);
    write.kind = *kind;
    write.at = TextIn(line, "at");
    write.before = PointIn(line, "before");
    write.to = NumberIn(line, "to");
    writes.push_back(std::move(write));
  }

  void EndWrite(std::uint64_t number, WriteEnd end, const RunLine& line) {
    const auto found = writes_.find(number);
    if (found == writes_.end()) return;
    PastWrite& write = run_.jobs[found->second.first].writes[found->second.second];
    write.end = end;
    if (line.contains("after")) write.after = PointIn(line, "after");
    if (line.contains("error")) write.error = TextIn(line, "error");
  }

  PastRun& run_;
  std::map<std::uint64_t, std::size_t> jobs_;  // by the number of their step
  std::map<std::uint64_t, std::pair<std::size_t, std::size_t>> writes_;  // job, position
};

std::string_view NextLine(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return line;
}

bool AreDigits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::string_view WriteName(WriteKind kind) {
  return std::find_if(kWrites.begin(), kWrites.end(),
                      [&](const auto& row) { return row.first == kind; })
      ->second;
}

std::optional<WriteKind> WriteOf(std::string_view name) {
  const auto row = std::find_if(kWrites.begin(), kWrites.end(),
                                [&](const auto& one) { return one.second == name; });
  return row == kWrites.end() ? std::nullopt : std::optional(row->first);
}

bool PastRun::Made(const nomad::JobRef& ref, std::uint64_t version,
                   std::uint64_t job_modify_index) const {
  const auto is_it = [&](const PastWrite& write) {
    const bool left_alone = write.before.exists && write.before.index == write.after.index;
    return !left_alone && write.ref.id == ref.id && write.ref.name_space == ref.name_space &&
           write.after.exists && write.after.version == version &&
           write.after.index == job_modify_index;
  };
  return std::any_of(jobs.begin(), jobs.end(), [&](const PastJob& job) {
    return std::any_of(job.writes.begin(), job.writes.end(), is_it);
  });
}

bool PastRun::Wrote() const {
  return cut || std::any_of(jobs.begin(), jobs.end(), [](const PastJob& job) {
           return std::any_of(job.writes.begin(), job.writes.end(), [](const PastWrite& write) {
             return write.end != WriteEnd::kFailed;
           });
         });
}

bool IsRunId(std::string_view text) {
  constexpr std::size_t kDay = 6;
  constexpr std::size_t kWhole = 13;
  constexpr std::size_t kMost = kWhole + 8;
  if (text.size() < kWhole || text.size() > kMost || text[kDay] != '-') return false;
  if (!AreDigits(text.substr(0, kDay)) || !AreDigits(text.substr(kDay + 1, kDay))) return false;
  const std::string_view rest = text.substr(kWhole);
  return std::all_of(rest.begin(), rest.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

Expected<PastRun> ReadRun(std::string_view text) {
  const RunLine first = Parsed(NextLine(text));
  if (!first.is_object() || !IsRunId(TextIn(first, "run"))) {
    return Error{ErrorCode::kInvalid, "this is no journal of a run",
                 "move the file away if it is not needed"};
  }
  PastRun run;
  run.head = HeadOf(first);
  run.cut = NumberIn(first, "cut").value_or(0) != 0;
  RunReader reader(run);
  while (!text.empty()) reader.Take(Parsed(NextLine(text)));
  return run;
}

Path RunFolder(const Path& state_folder) { return JoinPath(state_folder, "runs"); }

Path RunPath(const Path& state_folder, std::string_view id) {
  return JoinPath(RunFolder(state_folder), std::string(id).append(kEnding));
}

Expected<std::vector<std::string>> RunIds(const Path& state_folder, FileSystem& files) {
  std::vector<std::string> ids;
  auto entries = files.ListFolder(RunFolder(state_folder));
  if (!entries && entries.error().code == ErrorCode::kNotFound) return ids;
  if (!entries) return entries.error();
  for (const FolderEntry& entry : *entries) {
    std::string_view name = entry.name;
    if (entry.kind != FileKind::kFile || entry.is_link || !name.ends_with(kEnding)) continue;
    name.remove_suffix(kEnding.size());
    if (IsRunId(name)) ids.emplace_back(name);
  }
  std::sort(ids.rbegin(), ids.rend());
  return ids;
}

Expected<PastRun> LoadRun(const Path& state_folder, std::string_view id, FileSystem& files) {
  const Path path = RunPath(state_folder, id);
  TRY_ASSIGN(const std::string text, files.ReadFile(path, kMaxFileSize));
  if (text.find('\n') == std::string::npos) {
    return Error{ErrorCode::kNotFound, path + ": that run ended before it began to write"};
  }
  auto run = ReadRun(text);
  if (!run) return Error{run.error().code, path + ": " + run.error().message, run.error().hint};
  return run;
}

}  // namespace nmgr::rollout
