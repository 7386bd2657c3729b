#include "nmgr/repo/selection.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "nmgr/base/parallel.h"
#include "nmgr/base/text.h"
#include "nmgr/repo/evaluated.h"
#include "nmgr/repo/target.h"
#include "repo/excluded.h"
#include "repo/hints.h"
#include "repo/rule.h"

namespace nmgr::repo {
namespace {

// Shown with its namespace: an ID that stands in more than one.
std::set<std::string> AmbiguousIds(const std::vector<SpecPtr>& specs,
                                   const std::vector<SpecPtr>& known, const RepoOptions& options) {
  std::map<std::string, std::string> name_spaces;
  std::set<std::string> ambiguous;
  for (const std::vector<SpecPtr>* list : {&specs, &known}) {
    for (const SpecPtr& spec : *list) {
      const std::string& name_space = NamespaceOf(*spec, options);
      if (name_spaces.emplace(spec->id(), name_space).first->second != name_space) {
        ambiguous.insert(spec->id());
      }
    }
  }
  return ambiguous;
}

std::string NameOf(const SpecFile& spec, const std::set<std::string>& ambiguous,
                   const RepoOptions& options) {
  if (!ambiguous.contains(spec.id())) return spec.id();
  return fmt::format("{}/{}", NamespaceOf(spec, options), spec.id());
}

// A word that is a rule, and what it says of each candidate.
struct Asked {
  std::string word;
  Target target;
  std::unique_ptr<Rule> rule;
  bool selecting = true;  // else it takes away
  // A path that is no spec: what to say where no job reads it, and the text, if it is called like a
  // spec.
  std::optional<Error> otherwise = {};
  SpecPtr text = nullptr;
  // By the candidate's place; of those that it says nothing of there is none, since a thousand
  // words may be judged for a thousand specs.
  std::map<std::size_t, Verdict> verdicts = {};
};

bool SaysSomething(const Verdict& verdict) {
  const Observations& seen = verdict.seen;
  return verdict.taken || verdict.infra_left_out || !seen.unreadable.empty() ||
         !seen.notices.empty() || !seen.unevaluated.empty();
}

// Resolves one request. Words are read one after the other; then every candidate is judged by all
// rules in one go, so that its evaluation is kept no longer than that. Unknown words are collected,
// so that one message names them all.
class Resolver {
 public:
  Resolver(const Repo& repo, const TargetRequest& request)
      : repo_(repo), request_(request), excluded_folders_(*repo.access.files) {}

  Expected<Selection> Run() {
    for (const std::string& word : request_.targets) TRY(AddWord(word, true));
    for (const std::string& word : request_.excluded) TRY(AddWord(word, false));
    candidates_ = repo_.found.specs;
    candidates_.insert(candidates_.end(), from_paths_.begin(), from_paths_.end());
    for (const std::set<std::string> ambiguous = AmbiguousIds(candidates_, {}, repo_.options);
         const SpecPtr& spec : candidates_) {
      names_.push_back(NameOf(*spec, ambiguous, repo_.options));
    }
    Judge();
    for (const Asked& asked : asked_) Settle(asked);
    if (!unknown_.empty()) return UnknownWords(unknown_, repo_, request_.filters);
    return Finish();
  }

 private:
  using Specs = std::set<SpecPtr>;

  Expected<void> AddWord(const std::string& word, bool selecting) {
    const Target target = ParseTarget(word, request_.filters, repo_.options);
    if (target.kind == TargetKind::kPath) return AddPath(word, selecting);
    return AddRule(word, target, selecting);
  }

  Expected<void> AddRule(const std::string& word, const Target& target, bool selecting) {
    TRY_ASSIGN(std::unique_ptr<Rule> rule,
               MakeRule(target, repo_, {request_.filters, request_.include_infra}));
    asked_.push_back({word, target, std::move(rule), selecting});
    return {};
  }

  Expected<void> AddPath(const std::string& word, bool selecting) {
    const Path path = CleanPath(word);
    const Expected<FileInfo> info = repo_.access.files->Stat(path);
    if (!info && info.error().code == ErrorCode::kNotFound) return AddQualified(word, selecting);
    if (!info) {
      if (selecting) selection_.failures.push_back(info.error());
      return {};
    }
    if (info->kind == FileKind::kFolder) return AddFolder(path, *info, selecting);
    Expected<SpecPtr> spec = ReadSpec(path, repo_.access);
    if (spec && (*spec)->parsed.has_job && !FindLostHeader(**spec)) {
      (selecting ? chosen_ : left_out_).insert(Known(*std::move(spec)));
    } else {
      AddNoSpec(path, spec, selecting);
    }
    return {};
  }

  // namespace/ID, where no file is called that.
  Expected<void> AddQualified(const std::string& word, bool selecting) {
    const std::vector<SpecPtr>& specs = repo_.found.specs;
    const auto has_id = [&](const SpecPtr& spec) { return spec->id() == word; };
    const auto is_called = [&](const SpecPtr& spec) {
      return IsCalled(*spec, word, repo_.options);
    };
    if (std::any_of(specs.begin(), specs.end(), has_id) ||
        std::none_of(specs.begin(), specs.end(), is_called)) {
      return NoSuchPath(word, repo_);
    }
    return AddRule(word, {TargetKind::kJob, word}, selecting);
  }

  Expected<void> AddFolder(const Path& path, const FileInfo& info, bool selecting) {
    if (!selecting) {
      excluded_folders_.Add(info);
      TellOfLink(path);
      return {};
    }
    Found found = FindSpecs(path, repo_.options, repo_.access);
    if (found.specs.empty()) {
      return Error{ErrorCode::kNotFound, fmt::format("{}: no job specs below this folder", path),
                   WhyEmpty(found)};
    }
    for (SpecPtr& spec : found.specs) chosen_.insert(Known(std::move(spec)));
    AddFound(found);
    return {};
  }

  void TellOfLink(const Path& folder) {
    const Expected<Path> target = repo_.access.files->ReadLink(folder);
    if (!target) return;
    Notice(fmt::format("{}/ is a link: what is found below {} is excluded", folder, *target));
  }

  // A file that is no spec stands for the jobs that read it. Its lines are not shown, whatever it
  // holds, unless it has a job header.
  void AddNoSpec(const Path& path, const Expected<SpecPtr>& spec, bool selecting) {
    if (spec) {
      if (const std::optional<NoSpec> lost = FindLostHeader(**spec)) {
        if (!selecting) return;
        selection_.failures.push_back(
            {ErrorCode::kInvalid, fmt::format("{}:{}: {}", path, lost->line, lost->why)});
        selection_.jobless.push_back(*spec);
        return;
      }
    }
    if (!spec && HoldsApiJob(path, *repo_.access.files)) {
      if (selecting) selection_.failures.push_back(spec.error());
      return;
    }
    const bool called_like_spec = LooksLikeSpecFile(BaseName(path), repo_.options);
    asked_.push_back({path,
                      {TargetKind::kPath, path},
                      MakeReaderRule(path, repo_),
                      selecting,
                      spec ? NoJobIn(**spec) : spec.error(),
                      spec && called_like_spec ? *spec : nullptr});
  }

  // The same file as one that is known already, under whatever path, is the known one.
  SpecPtr Known(SpecPtr spec) {
    for (const std::vector<SpecPtr>* known : {&repo_.found.specs, &std::as_const(from_paths_)}) {
      for (const SpecPtr& other : *known) {
        if (other->path() == spec->path()) return other;
        if (other->id() == spec->id() && SameFile(other->path(), spec->path())) return other;
      }
    }
    from_paths_.push_back(spec);
    return spec;
  }

  bool SameFile(const Path& a, const Path& b) const {
    const Expected<FileInfo> first = repo_.access.files->Stat(a);
    const Expected<FileInfo> second = repo_.access.files->Stat(b);
    return first && second && first->device == second->device && first->inode == second->inode;
  }

  void Judge() {
    std::vector<std::vector<std::pair<Asked*, Verdict>>> said(candidates_.size());
    ParallelFor(
        candidates_.size(), repo_.options.threads,
        [&](std::size_t i) {
          const SpecPtr& spec = candidates_[i];
          bool chosen = chosen_.contains(spec);
          bool left_out = left_out_.contains(spec);
          for (Asked& asked : asked_) {
            const bool applies =
                asked.selecting ? i < repo_.found.specs.size() : chosen || !asked.rule->IsCostly();
            if (!applies) continue;
            Verdict verdict = asked.rule->Judge(*spec);
            (asked.selecting ? chosen : left_out) |= verdict.taken;
            if (SaysSomething(verdict)) said[i].emplace_back(&asked, std::move(verdict));
          }
          if (!chosen || left_out) ForgetEvaluated(*spec);
        },
        repo_.access.stop);
    for (std::size_t i = 0; i < said.size(); ++i) {
      for (auto& [asked, verdict] : said[i]) asked->verdicts.emplace(i, std::move(verdict));
    }
  }

  void Settle(const Asked& asked) {
    bool taken = false;
    for (const auto& [i, verdict] : asked.verdicts) {
      for (const std::string& text : verdict.seen.unreadable) AddOnce(text, selection_.unreadable);
      for (const std::string& text : verdict.seen.notices) AddOnce(text, selection_.notices);
      if (!verdict.taken) continue;
      taken = true;
      (asked.selecting ? chosen_ : left_out_).insert(candidates_[i]);
    }
    TellReasons(asked);
    if (!taken) SettleNothing(asked);
    if (asked.selecting) TellOfNamesake(asked);
  }

  void SettleNothing(const Asked& asked) {
    const bool names_job = asked.target.kind == TargetKind::kJob && !asked.target.text.empty();
    if (asked.selecting && request_.allow_orphans && names_job) {
      chosen_.insert(Orphan(asked.target.text));
    } else if (asked.otherwise) {
      if (!asked.selecting) return;
      selection_.failures.push_back(*asked.otherwise);
      if (asked.text) selection_.jobless.push_back(asked.text);
    } else if (!asked.rule->MayTakeNothing()) {
      unknown_.push_back(asked.word);
    } else if (asked.selecting) {
      Notice(repo_.found.specs.empty()
                 ? fmt::format("no job specs below {}", repo_.options.base_dir)
                 : fmt::format("{} selects no job", asked.word));
    }
  }

  static SpecPtr Orphan(std::string id) {
    auto spec = std::make_shared<SpecFile>();
    spec->parsed.header.id = std::move(id);
    spec->parsed.has_job = true;
    return spec;
  }

  // What a filter took although its text does not show why, and what it could not look into.
  void TellReasons(const Asked& asked) {
    std::vector<std::string> by_text;
    for (const auto& [i, verdict] : asked.verdicts) {
      const std::string& id = names_[i];
      const Evidence evidence = verdict.reason.evidence;
      if (verdict.taken && (evidence == Evidence::kInput || evidence == Evidence::kEvaluated)) {
        Notice(fmt::format("{}: {}{} found in {}", id, asked.selecting ? "" : "excluded, ",
                           asked.word, ToText(verdict.reason)));
      }
      if (!verdict.seen.unevaluated.empty()) {
        by_text.push_back(id.empty() ? verdict.seen.unevaluated
                                     : fmt::format("{} ({})", id, verdict.seen.unevaluated));
      }
    }
    if (by_text.size() == 1) {
      Warn(fmt::format("{} judged one spec by its text alone, for it does not evaluate: {}",
                       asked.word, by_text.front()));
    } else if (!by_text.empty()) {
      Warn(fmt::format("{} judged {} by their text alone, for they do not evaluate: {}", asked.word,
                       Count(by_text.size(), "spec"), SomeOf(by_text)));
    }
  }

  void TellOfNamesake(const Asked& asked) {
    if (asked.target.kind == TargetKind::kName || asked.target.kind == TargetKind::kPath) return;
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
      const auto verdict = asked.verdicts.find(i);
      const bool taken = verdict != asked.verdicts.end() && verdict->second.taken;
      if (candidates_[i]->id() != asked.word || taken) continue;
      return Notice(
          fmt::format("{0} is a filter here; the job of that name is job:{0}", asked.word));
    }
  }

  void TellOfInfra(const Asked& asked) {
    std::vector<std::string> ids;
    for (const auto& [i, verdict] : asked.verdicts) {
      const bool chosen = chosen_.contains(candidates_[i]) && !left_out_.contains(candidates_[i]);
      if (verdict.infra_left_out && chosen != asked.selecting) {
        AddOnce(names_[i], ids);
      }
    }
    if (ids.empty()) return;
    const bool one = ids.size() == 1;
    Notice(fmt::format("{} {} {} too, {}: {} {} by name or --include-infra", Join(ids, ", "),
                       one ? "uses" : "use", asked.word, one ? "an infra job" : "infra jobs",
                       asked.selecting ? "add" : "exclude", one ? "it" : "them"));
  }

  Selection Finish() {
    std::vector<SpecPtr> specs;
    for (const SpecPtr& spec : chosen_) {
      if (left_out_.contains(spec)) continue;
      if (!excluded_folders_.Hold(spec->path())) specs.push_back(spec);
    }
    for (const Asked& asked : asked_) TellOfInfra(asked);
    if (specs.empty() && !chosen_.empty()) Notice("nothing is left after --exclude");
    AddFound(repo_.found);
    WarnOfBroken(std::set<SpecPtr>(specs.begin(), specs.end()));
    Selection made = MakeSelection(std::move(specs), repo_.options, repo_.found.specs);
    made.failures = std::move(selection_.failures);
    made.jobless = std::move(selection_.jobless);
    made.unreadable = std::move(selection_.unreadable);
    made.notices = std::move(selection_.notices);
    made.warnings = std::move(selection_.warnings);
    return made;
  }

  void AddFound(const Found& found) {
    for (const std::string& text : found.unreadable) AddOnce(text, selection_.unreadable);
    for (const std::string& warning : found.warnings) Warn(warning);
    if (const std::string text = NoSpecsText(found.no_specs); !text.empty()) Warn(text);
  }

  void WarnOfBroken(const Specs& selected) {
    const std::vector<SpecPtr>& specs = repo_.found.specs;
    const auto broken = std::count_if(specs.begin(), specs.end(), [&](const SpecPtr& spec) {
      return spec->faulty && !selected.contains(spec);
    });
    if (broken == 0) return;
    Warn(fmt::format("{} {} broken (nmgr validate all)",
                     Count(static_cast<std::size_t>(broken), "other spec"),
                     broken == 1 ? "is" : "are"));
  }

  static void AddOnce(const std::string& text, std::vector<std::string>& texts) {
    if (std::find(texts.begin(), texts.end(), text) == texts.end()) texts.push_back(text);
  }
  void Notice(const std::string& text) { AddOnce(text, selection_.notices); }
  void Warn(const std::string& text) { AddOnce(text, selection_.warnings); }

  const Repo& repo_;
  const TargetRequest& request_;
  std::vector<Asked> asked_;
  std::vector<SpecPtr> from_paths_;  // read for targets that are paths
  std::vector<SpecPtr> candidates_;  // those of the repository, then those of paths
  std::vector<std::string> names_;   // what they are shown as
  Specs chosen_;
  Specs left_out_;
  ExcludedFolders excluded_folders_;
  std::vector<std::string> unknown_;
  Selection selection_;
};

const std::string& OrDefault(const std::string& value, const std::string& otherwise) {
  return value.empty() ? otherwise : value;
}

}  // namespace

std::optional<std::size_t> InfraPosition(const std::string& id, const RepoOptions& options) {
  const auto at = std::find(options.infra_jobs.begin(), options.infra_jobs.end(), id);
  if (at == options.infra_jobs.end()) return std::nullopt;
  return static_cast<std::size_t>(at - options.infra_jobs.begin());
}

Selection MakeSelection(std::vector<SpecPtr> specs, const RepoOptions& options,
                        const std::vector<SpecPtr>& known) {
  const std::set<std::string> ambiguous = AmbiguousIds(specs, known, options);
  const auto identity = [&](const SpecPtr& spec) {
    const jobspec::JobHeader& header = spec->parsed.header;
    return std::tie(header.id, NamespaceOf(*spec, options),
                    OrDefault(header.region, options.default_region));
  };
  std::sort(specs.begin(), specs.end(), [&](const SpecPtr& a, const SpecPtr& b) {
    const std::size_t place_a = InfraPosition(a->id(), options).value_or(options.infra_jobs.size());
    const std::size_t place_b = InfraPosition(b->id(), options).value_or(options.infra_jobs.size());
    return std::tuple(place_a, identity(a), std::string_view(a->path())) <
           std::tuple(place_b, identity(b), std::string_view(b->path()));
  });
  Selection selection;
  for (const SpecPtr& spec : specs) {
    const bool duplicate = !selection.jobs.empty() && !spec->id().empty() &&
                           identity(selection.specs.back()) == identity(spec);
    const std::string name = NameOf(*spec, ambiguous, options);
    if (duplicate) {
      selection.jobs.back().duplicates.push_back(spec.get());
    } else {
      selection.jobs.push_back(
          {spec.get(), name, InfraPosition(spec->id(), options).has_value(), {}});
    }
    selection.specs.push_back(spec);
    selection.names.push_back(name);
  }
  return selection;
}

BaseDirNeed NeedOfBaseDir(const TargetRequest& request, const RepoOptions& options,
                          FileSystem& files) {
  BaseDirNeed need = BaseDirNeed::kNone;
  for (const std::vector<std::string>* words : {&request.targets, &request.excluded}) {
    for (const std::string& word : *words) {
      if (ParseTarget(word, request.filters, options).kind != TargetKind::kPath) {
        return BaseDirNeed::kRequired;
      }
      const Expected<FileInfo> info = files.Stat(CleanPath(word));
      if (info ? info->kind == FileKind::kFile && !HoldsSpec(word, files)
               : info.error().code == ErrorCode::kNotFound) {
        need = BaseDirNeed::kHelpful;
      }
    }
  }
  return need;
}

Expected<Selection> Select(const Repo& repo, const TargetRequest& request) {
  return Resolver(repo, request).Run();
}

}  // namespace nmgr::repo
