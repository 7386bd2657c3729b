#include "nmgr/repo/selection.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
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
  std::unordered_map<std::string_view, const std::string*> name_spaces;
  name_spaces.reserve(specs.size() + known.size());
  std::set<std::string> ambiguous;
  for (const std::vector<SpecPtr>* list : {&specs, &known}) {
    for (const SpecPtr& spec : *list) {
      const std::string& name_space = NamespaceOf(*spec, options);
      const auto [first, is_new] = name_spaces.try_emplace(spec->id(), &name_space);
      if (!is_new && *first->second != name_space) ambiguous.insert(spec->id());
    }
  }
  return ambiguous;
}

std::string NameOf(const SpecFile& spec, const std::set<std::string>& ambiguous,
                   const RepoOptions& options) {
  if (spec.id().empty()) return spec.path();
  if (!ambiguous.contains(spec.id())) return spec.id();
  return fmt::format("{}/{}", NamespaceOf(spec, options), spec.id());
}

// What a word is there for: it selects jobs, keeps those that it takes, or takes them away.
enum class Role { kSelect, kNarrow, kExclude };

// A word that is a rule, and what it says of each candidate.
struct Asked {
  std::string word;
  Target target;
  std::unique_ptr<Rule> rule;
  Role role = Role::kSelect;
  // A path that is no spec: what to say where no job reads it, and the text, if it is called like a
  // spec.
  std::optional<Error> otherwise = {};
  SpecPtr text = nullptr;
  std::vector<unsigned char> taken = {};  // by the candidate's place
  // What else there is to say of candidates, by their place, in order: of most there is nothing.
  std::vector<std::pair<std::size_t, Verdict>> verdicts = {};
};

// Whether a verdict says more than that the candidate is taken or not.
bool SaysMore(const Verdict& verdict, bool reasons) {
  const Observations& seen = verdict.seen;
  const Evidence evidence = verdict.reason.evidence;
  const bool told = evidence == Evidence::kInput || evidence == Evidence::kEvaluated;
  return (verdict.taken && (reasons || told)) || verdict.unknown || verdict.failure ||
         verdict.infra_left_out || !seen.unreadable.empty() || !seen.notices.empty() ||
         !seen.unevaluated.empty();
}

// Resolves one request. Words are read one after the other; then every candidate is judged by all
// rules in one go, so that its evaluation is kept no longer than that. Unknown words are collected,
// so that one message names them all.
class Resolver {
 public:
  Resolver(const Repo& repo, const TargetRequest& request)
      : repo_(repo), request_(request), excluded_folders_(*repo.access.files) {}

  Expected<Selection> Run() {
    for (const std::string& word : request_.targets) TRY(AddWord(word, Role::kSelect));
    for (const std::string& word : request_.narrowed) TRY(AddWord(word, Role::kNarrow));
    for (const std::string& word : request_.excluded) TRY(AddWord(word, Role::kExclude));
    candidates_ = repo_.found.specs;
    candidates_.insert(candidates_.end(), from_paths_.begin(), from_paths_.end());
    for (const std::set<std::string> ambiguous = AmbiguousIds(candidates_, {}, repo_.options);
         const SpecPtr& spec : candidates_) {
      names_.push_back(NameOf(*spec, ambiguous, repo_.options));
    }
    AskStates();
    Judge();
    for (const Asked& asked : asked_) TRY(Settle(asked));
    if (!unknown_.empty()) return UnknownWords(unknown_, repo_, request_.filters);
    return Finish();
  }

 private:
  using Specs = std::unordered_set<SpecPtr>;

  Expected<void> AddWord(const std::string& word, Role role) {
    const Target target = ParseTarget(word, request_.filters, repo_.options);
    if (target.kind == TargetKind::kPath) return AddPath(word, role);
    return AddRule(word, target, role);
  }

  Expected<void> AddRule(const std::string& word, const Target& target, Role role) {
    TRY_ASSIGN(std::unique_ptr<Rule> rule,
               MakeRule(target, repo_, {request_.filters, request_.include_infra, request_.live}));
    asked_.push_back({word, target, std::move(rule), role});
    return {};
  }

  Expected<void> AddPath(const std::string& word, Role role) {
    const Path path = CleanPath(word);
    const Expected<FileInfo> info = repo_.access.files->Stat(path);
    if (!info && info.error().code == ErrorCode::kNotFound) return AddQualified(word, role);
    if (!info) {
      if (role != Role::kExclude) selection_.failures.push_back(info.error());
      return {};
    }
    if (info->kind == FileKind::kFolder) return AddFolder(word, *info, role);
    Expected<SpecPtr> spec = ReadSpec(path, repo_.access);
    if (!spec || !(*spec)->parsed.has_job || FindLostHeader(**spec)) {
      AddNoSpec(path, spec, role);
    } else if (role == Role::kNarrow) {
      asked_.push_back({word, {}, MakeSpecRule(Known(*std::move(spec))), role});
    } else if (role == Role::kExclude) {
      left_out_.insert(Known(*std::move(spec)));
    } else {
      Choose(Known(*std::move(spec)), {word, false, {Evidence::kWords, {}, 0, "its path"}});
    }
    return {};
  }

  void Choose(const SpecPtr& spec, Taken taken) {
    chosen_.insert(spec);
    Note(spec, std::move(taken));
  }

  void Note(const SpecPtr& spec, Taken taken) {
    if (request_.reasons) taken_[spec].push_back(std::move(taken));
  }

  // namespace/ID, where no file is called that.
  Expected<void> AddQualified(const std::string& word, Role role) {
    const std::vector<SpecPtr>& specs = repo_.found.specs;
    const auto has_id = [&](const SpecPtr& spec) { return spec->id() == word; };
    const auto is_called = [&](const SpecPtr& spec) {
      return IsCalled(*spec, word, repo_.options);
    };
    if (std::any_of(specs.begin(), specs.end(), has_id) ||
        std::none_of(specs.begin(), specs.end(), is_called)) {
      return NoSuchPath(word, repo_);
    }
    return AddRule(word, {TargetKind::kJob, word}, role);
  }

  Expected<void> AddFolder(const std::string& word, const FileInfo& info, Role role) {
    const Path path = CleanPath(word);
    if (role == Role::kExclude) {
      excluded_folders_.Add(info);
      TellOfLink(path);
      return {};
    }
    if (role == Role::kNarrow) {
      asked_.push_back({word, {}, MakeFolderRule(word, info, *repo_.access.files), role});
      return {};
    }
    Found found = FindSpecs(path, repo_.options, repo_.access);
    if (found.specs.empty()) {
      return Error{ErrorCode::kNotFound, fmt::format("{}: no job specs below this folder", path),
                   WhyEmpty(found)};
    }
    for (SpecPtr& spec : found.specs) {
      Choose(Known(std::move(spec)), {word, false, {Evidence::kWords, {}, 0, "below this folder"}});
    }
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
  void AddNoSpec(const Path& path, const Expected<SpecPtr>& spec, Role role) {
    const bool selecting = role != Role::kExclude;
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
                      role,
                      spec ? NoJobIn(**spec, called_like_spec) : spec.error(),
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

  void AskStates() {
    if (std::any_of(asked_.begin(), asked_.end(),
                    [](const Asked& asked) { return asked.target.kind == TargetKind::kState; })) {
      request_.live->AskStates(candidates_);
    }
  }

  void Judge() {
    for (Asked& asked : asked_) asked.taken.resize(candidates_.size());
    std::vector<std::vector<std::pair<Asked*, Verdict>>> said(candidates_.size());
    ParallelFor(
        candidates_.size(), repo_.options.threads,
        [&](std::size_t i) {
          const SpecPtr& spec = candidates_[i];
          bool chosen = chosen_.contains(spec);
          bool left_out = left_out_.contains(spec);
          for (Asked& asked : asked_) {
            const bool stays = chosen && !left_out;
            const bool applies = asked.role == Role::kSelect ? i < repo_.found.specs.size()
                                                             : stays || !asked.rule->IsCostly();
            if (!applies) continue;
            Verdict verdict = asked.rule->Judge(*spec);
            if (asked.role == Role::kSelect) chosen |= verdict.taken;
            if (asked.role == Role::kNarrow) left_out |= !verdict.taken;
            if (asked.role == Role::kExclude) left_out |= verdict.taken || verdict.unknown;
            asked.taken[i] = verdict.taken ? 1 : 0;
            if (!SaysMore(verdict, request_.reasons)) continue;
            said[i].emplace_back(&asked, std::move(verdict));
          }
          if (!chosen || left_out) ForgetEvaluated(*spec);
        },
        repo_.access.stop);
    for (std::size_t i = 0; i < said.size(); ++i) {
      for (auto& [asked, verdict] : said[i]) asked->verdicts.emplace_back(i, std::move(verdict));
    }
  }

  Expected<void> Settle(const Asked& asked) {
    for (const auto& [i, verdict] : asked.verdicts) {
      if (verdict.failure) return *verdict.failure;
      for (const std::string& text : verdict.seen.unreadable) AddOnce(text, selection_.unreadable);
      for (const std::string& text : verdict.seen.notices) AddOnce(text, selection_.notices);
      if (verdict.unknown && asked.role == Role::kExclude) left_out_.insert(candidates_[i]);
      if (!verdict.taken || asked.role == Role::kExclude) continue;
      Note(candidates_[i], {asked.word, asked.role == Role::kNarrow, verdict.reason});
    }
    bool taken = false;
    Specs kept;
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
      if (asked.taken[i] == 0) continue;
      taken = true;
      (asked.role == Role::kSelect   ? chosen_
       : asked.role == Role::kNarrow ? kept
                                     : left_out_)
          .insert(candidates_[i]);
    }
    if (asked.role == Role::kNarrow) kept_.push_back(std::move(kept));
    TellReasons(asked);
    if (!taken) SettleNothing(asked);
    if (asked.role == Role::kSelect) TellOfNamesake(asked);
    return {};
  }

  void SettleNothing(const Asked& asked) {
    const bool names_job = asked.target.kind == TargetKind::kJob && !asked.target.text.empty();
    if (asked.role == Role::kSelect && request_.allow_orphans && names_job) {
      chosen_.insert(OrphanSpec(asked.target.text));
    } else if (asked.otherwise) {
      if (asked.role == Role::kExclude) return;
      selection_.failures.push_back(*asked.otherwise);
      if (asked.text) selection_.jobless.push_back(asked.text);
    } else if (!asked.rule->MayTakeNothing()) {
      unknown_.push_back(asked.word);
    } else if (asked.role == Role::kSelect) {
      Notice(repo_.found.specs.empty()
                 ? fmt::format("no job specs below {}", repo_.options.base_dir)
                 : fmt::format("{} selects no job", asked.word));
    }
  }

  // What a filter took although its text does not show why, and what it could not look into.
  void TellReasons(const Asked& asked) {
    std::vector<std::string> by_text;
    std::vector<std::string> unknown;
    for (const auto& [i, verdict] : asked.verdicts) {
      const std::string& id = names_[i];
      const Evidence evidence = verdict.reason.evidence;
      if (verdict.taken && (evidence == Evidence::kInput || evidence == Evidence::kEvaluated)) {
        const bool excludes = asked.role == Role::kExclude;
        Notice(fmt::format("{}: {}{} found in {}", id, excludes ? "excluded, " : "", asked.word,
                           ToText(verdict.reason)));
      }
      if (verdict.seen.unevaluated.empty()) continue;
      (verdict.unknown ? unknown : by_text)
          .push_back(id.empty() ? verdict.seen.unevaluated
                                : fmt::format("{} ({})", id, verdict.seen.unevaluated));
    }
    if (!unknown.empty()) {
      Warn(fmt::format("{} {} {}, of which it cannot tell, for {} not evaluate: {}", asked.word,
                       asked.role == Role::kExclude ? "excludes" : "leaves out",
                       Count(unknown.size(), "spec"), unknown.size() == 1 ? "it does" : "they do",
                       SomeOf(unknown)));
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
      if (candidates_[i]->id() != asked.word || asked.taken[i] != 0) continue;
      return Notice(fmt::format("{} is a filter here; the job of that name is {}", asked.word,
                                ShellWord(JobTarget(asked.word))));
    }
  }

  void TellOfInfra(const Asked& asked) {
    std::vector<std::string> ids;
    for (const auto& [i, verdict] : asked.verdicts) {
      const bool chosen = chosen_.contains(candidates_[i]) && !left_out_.contains(candidates_[i]);
      if (verdict.infra_left_out && chosen != (asked.role == Role::kSelect)) {
        AddOnce(names_[i], ids);
      }
    }
    if (ids.empty()) return;
    const bool one = ids.size() == 1;
    const bool narrows = asked.role == Role::kNarrow;
    Notice(fmt::format("{} {} {} too, {}: {} {} by {}--include-infra", Join(ids, ", "),
                       one ? "uses" : "use", asked.word, one ? "an infra job" : "infra jobs",
                       narrows                        ? "keep"
                       : asked.role == Role::kExclude ? "exclude"
                                                      : "add",
                       one ? "it" : "them", narrows ? "" : "name or "));
  }

  // By every --and.
  bool IsKept(const SpecPtr& spec) const {
    return std::all_of(kept_.begin(), kept_.end(),
                       [&](const Specs& kept) { return kept.contains(spec); });
  }

  Selection Finish() {
    std::vector<SpecPtr> specs;
    bool kept_some = false;
    for (const SpecPtr& spec : chosen_) {
      if (!IsKept(spec)) continue;
      kept_some = true;
      if (left_out_.contains(spec)) continue;
      if (!excluded_folders_.Hold(spec->path())) specs.push_back(spec);
    }
    for (const Asked& asked : asked_) TellOfInfra(asked);
    if (specs.empty() && !chosen_.empty()) {
      Notice(kept_some ? "nothing is left after --exclude" : "nothing is left after --and");
    }
    if (!repo_.background) {
      AddFound(repo_.found);
      WarnOfBroken(Specs(specs.begin(), specs.end()));
    }
    Selection made = MakeSelection(std::move(specs), repo_.options, repo_.found.specs);
    made.failures = std::move(selection_.failures);
    made.jobless = std::move(selection_.jobless);
    made.unreadable = std::move(selection_.unreadable);
    made.notices = std::move(selection_.notices);
    made.warnings = std::move(selection_.warnings);
    if (request_.reasons) {
      for (const SpecPtr& spec : made.specs) made.taken.push_back(std::move(taken_[spec]));
    }
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
  std::map<SpecPtr, std::vector<Taken>> taken_;
  std::vector<Specs> kept_;  // by each --and
  Specs left_out_;
  ExcludedFolders excluded_folders_;
  std::vector<std::string> unknown_;
  Selection selection_;
};

// Infra jobs in their order, then by ID, namespace, region, path.
void SortForSelection(std::vector<SpecPtr>& specs, const RepoOptions& options) {
  struct Placed {
    std::size_t place;
    std::string_view id;
    SpecPtr spec;
  };
  std::vector<Placed> placed;
  placed.reserve(specs.size());
  for (SpecPtr& spec : specs) {
    const std::string& id = spec->id();
    placed.push_back(
        {InfraPosition(id, options).value_or(options.infra_jobs.size()), id, std::move(spec)});
  }
  const auto rest = [&](const SpecFile& spec) {
    return std::tie(NamespaceOf(spec, options), RegionOf(spec, options), spec.path());
  };
  std::sort(placed.begin(), placed.end(), [&](const Placed& a, const Placed& b) {
    if (a.place != b.place) return a.place < b.place;
    const int order = a.id.compare(b.id);
    return order != 0 ? order < 0 : rest(*a.spec) < rest(*b.spec);
  });
  for (std::size_t i = 0; i < placed.size(); ++i) specs[i] = std::move(placed[i].spec);
}

}  // namespace

SpecPtr OrphanSpec(std::string id, std::string name_space, std::string region) {
  auto spec = std::make_shared<SpecFile>();
  spec->parsed.header.id = std::move(id);
  spec->parsed.header.name_space = std::move(name_space);
  spec->parsed.header.region = std::move(region);
  spec->parsed.has_job = true;
  return spec;
}

std::optional<std::size_t> InfraPosition(const std::string& id, const RepoOptions& options) {
  const auto at = std::find(options.infra_jobs.begin(), options.infra_jobs.end(), id);
  if (at == options.infra_jobs.end()) return std::nullopt;
  return static_cast<std::size_t>(at - options.infra_jobs.begin());
}

Selection MakeSelection(std::vector<SpecPtr> specs, const RepoOptions& options,
                        const std::vector<SpecPtr>& known) {
  const std::set<std::string> ambiguous = AmbiguousIds(specs, known, options);
  SortForSelection(specs, options);
  Selection selection;
  for (const SpecPtr& spec : specs) {
    const bool duplicate =
        !selection.jobs.empty() && !spec->id().empty() &&
        IdentityOf(*selection.specs.back(), options) == IdentityOf(*spec, options);
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
  BaseDirNeed need = BaseDirNeed::kNames;
  for (const std::vector<std::string>* words :
       {&request.targets, &request.narrowed, &request.excluded}) {
    for (const std::string& word : *words) {
      const Target target = ParseTarget(word, request.filters, options);
      // What it names in full is in Nomad, whatever specs there are.
      if (request.allow_orphans && target.kind == TargetKind::kJob &&
          target.text.find('/') != std::string::npos) {
        need = BaseDirNeed::kHelpful;
        continue;
      }
      if (target.kind != TargetKind::kPath) return BaseDirNeed::kRequired;
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
