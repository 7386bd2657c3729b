#include "cli/completion.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>

#include "cli/command_line.h"
#include "cli/config_file.h"
#include "cli/environment.h"
#include "cli/live_words.h"
#include "cli/make_settings.h"
#include "cli/word_ends.h"
#include "nmgr/actions/completion.h"
#include "nmgr/base/text.h"
#include "nmgr/cli/options.h"
#include "nmgr/repo/commit.h"
#include "nmgr/repo/evaluated.h"
#include "nmgr/repo/repo.h"
#include "nmgr/repo/target.h"
#include "nmgr/rollout/facts.h"
#include "nmgr/rollout/past_run.h"
#include "nmgr/rollout/reasons.h"
#include "nmgr/rollout/state.h"

namespace nmgr::cli {
namespace {

using actions::Action;
using actions::Arguments;
using Words = std::vector<std::string>;

// What stands before the word that is being typed.
struct Before {
  CommandLine line;
  const Option* awaited = nullptr;  // the option whose value is being typed
  bool behind_dashes = false;
};

bool IsOption(std::string_view word) { return word.size() > 1 && word.front() == '-'; }

void AddOption(std::string_view word, CommandLine& line) {
  const std::size_t equals = word.find('=');
  const bool is_long = word.starts_with("--");
  const Option* row = is_long ? FindOption(word.substr(2, equals - 2)) : FindOption(word[1]);
  if (row == nullptr) return;
  AddAttached(*row, equals == word.npos ? "true" : word.substr(equals + 1),
              line.options[std::string(row->name)]);
}

// Whatever is wrong is passed over.
Before Read(const Words& words) {
  Before before;
  const Expected<AttachedWords> attached = AttachWords({words.begin(), words.end() - 1}, true);
  if (!attached) return before;
  if (!IsOption(words.back())) before.awaited = attached->awaited;
  for (const std::string& word : attached->words) {
    if (word == "--") {
      before.behind_dashes = true;
      break;
    }
    if (word.starts_with("--")) {
      AddOption(word, before.line);
    } else if (IsOption(word)) {
      for (const char letter : word.substr(1)) AddOption(std::string{'-', letter}, before.line);
    } else if (before.line.action == nullptr) {
      before.line.action = FindAction(word);
    } else {
      before.line.targets.push_back(word);
    }
  }
  return before;
}

class Completer {
 public:
  Completer(const World& world, const Words& words)
      : world_(world), before_(Read(words)), current_(words.back()) {}

  Candidates Run() {
    const Action* action = before_.line.action;
    const std::size_t equals = current_.find('=');
    if (before_.behind_dashes) return {};
    if (before_.awaited != nullptr) {
      CompleteValue(*before_.awaited, "");
    } else if (current_.starts_with("--") && equals != current_.npos) {
      const std::string name = current_.substr(2, equals - 2);
      if (const Option* row = FindOption(name)) CompleteValue(*row, "--" + name + "=");
    } else if (current_.starts_with("-")) {
      CompleteOption();
    } else if (action == nullptr) {
      CompleteAction();
    } else {
      CompleteArgument(*action);
    }
    return std::move(found_);
  }

 private:
  void Offer(const std::string& word, std::string_view help = {}) {
    if (!word.starts_with(current_) || !offered_.insert(word).second) return;
    // A shell shows the words on a terminal, and could not take apart what holds a line break.
    if (EscapeControls(word) != word) return;
    found_.words.push_back({word, EscapeControls(help)});
  }

  void CompleteAction() {
    for (const Action& action : actions::AllActions()) {
      Offer(std::string(action.name), action.summary);
      if (!action.alias.empty() && !current_.empty()) {
        Offer(std::string(action.alias), action.summary);
      }
    }
  }

  void CompleteOption() {
    const Action* action = before_.line.action;
    for (const Option& row : Options()) {
      if (!row.on_command_line() || (action != nullptr && !Heeds(*action, row))) continue;
      Offer(fmt::format("--{}", row.name), row.help);
      const bool own = FindOption(row.letter) == &row ||
                       (action != nullptr && row.group == OptionGroup::kAction);
      if (row.letter != 0 && own && !current_.starts_with("--")) {
        Offer(fmt::format("-{}", row.letter), row.help);
      }
    }
  }

  bool MayChoose(const Option& row, std::string_view choice) const {
    const Action* action = before_.line.action;
    return row.name != "output" || action == nullptr || actions::HasOutput(*action, choice);
  }

  void CompleteValue(const Option& row, const std::string& prefix) {
    const std::string_view kind = row.value_name;
    for (const std::string& choice : row.value.choices) {
      if (MayChoose(row, choice)) Offer(prefix + choice);
    }
    if (row.kind() == OptionKind::kSwitch && !prefix.empty()) {
      Offer(prefix + "true");
      Offer(prefix + "false");
    }
    found_.files = kind == "FILE";
    found_.folders = kind == "DIR";
    if (kind == "TARGET") CompleteTarget(prefix);
    if (kind == ClusterOption().value_name && Settings() != nullptr) {
      for (const std::string& name : clusters_) Offer(prefix + name, "cluster");
    }
    if (kind == "[J...]" || kind == "[JOB]" || kind == "JOB") OfferJobs(prefix);
    if (kind == "ALLOC") OfferAllocations(prefix);
    if (kind == "TASK" || kind == "GROUP") OfferParts(kind == "TASK" ? "task" : "group", prefix);
    if (kind == "[D...]") found_.folders = true;
  }

  void CompleteArgument(const Action& action) {
    switch (action.arguments) {
      case Arguments::kNone:
        return;
      case Arguments::kString:
        if (action.argument_help == "SHELL" && before_.line.targets.empty()) {
          for (const auto& script : actions::CompletionScripts()) Offer(std::string(script.shell));
        }
        return;
      case Arguments::kTargets:
        return CompleteNamed(action.argument_help);
      case Arguments::kJobCommand:
        if (before_.line.targets.empty()) OfferJobs("");
        return;
      case Arguments::kJobChanges:
        if (before_.line.targets.empty()) return OfferJobs("");
        if (current_.find('=') != current_.npos) return;
        Offer("image=");
        OfferParts("task", "", "=");
        return;
    }
  }

  // As the action's usage has them: "[RUN|JOB]", "JOB", "TARGET...".
  void CompleteNamed(std::string_view kinds) {
    const bool runs = kinds.find("RUN") != kinds.npos;
    const bool jobs = kinds.find("JOB") != kinds.npos;
    if (!runs && !jobs) return CompleteTarget("");
    if (!before_.line.targets.empty()) return;
    if (runs) OfferRuns();
    if (jobs) OfferJobs("");
  }

  // The newest with what they did.
  void OfferRuns() {
    constexpr std::size_t kDescribed = 20;
    const Path folder = InStateFolder(world_.environment, "nmgr");
    const auto ids = rollout::RunIds(folder, world_.files);
    if (!ids) return;
    for (std::size_t i = 0; i < ids->size(); ++i) {
      std::string help = "run";
      if (i < kDescribed) {
        const auto run = rollout::LoadRun(folder, (*ids)[i], world_.files);
        if (run) help = Join(run->head.arguments, " ");
      }
      Offer((*ids)[i], help);
    }
  }

  void CompleteTarget(const std::string& prefix) {
    const std::string typed = current_.substr(std::min(prefix.size(), current_.size()));
    const std::size_t colon = typed.find(':');
    if (colon != typed.npos) return CompletePattern(prefix, typed.substr(0, colon));
    if (typed.find('/') != typed.npos || typed.starts_with('.') || typed.starts_with('~')) {
      found_.files = true;
      return;
    }
    for (const repo::ReservedWord& reserved : repo::ReservedWords()) {
      Offer(prefix + std::string(reserved.word), "target");
    }
    if (const actions::Settings* settings = Settings()) {
      for (const repo::FilterSpec& filter : repo::AllFilters(settings->filters)) {
        Offer(prefix + filter.name, "filter");
      }
    }
    OfferJobs(prefix);
    if (typed.empty()) return;
    for (const std::string& key : repo::PatternPrefixes()) {
      const std::size_t of_key = key.find("KEY:");
      Offer(prefix + key.substr(0, of_key), "by a value");
    }
  }

  // The values that the specs hold, or the states that there are.
  void CompletePattern(const std::string& prefix, const std::string& name) {
    const std::string start = prefix + name + ":";
    const repo::TargetKind kind = repo::ParseTarget(name + ":", {}, {}).kind;
    if (kind == repo::TargetKind::kNode) return OfferNodes(start);
    if (kind == repo::TargetKind::kChanged) return OfferRevisions(start);
    if (kind == repo::TargetKind::kState) {
      for (const rollout::JobState state : rollout::kStatesWithoutPlan) {
        std::string word(rollout::JobStateName(state));
        std::replace(word.begin(), word.end(), ' ', '-');
        Offer(start + word);
      }
      return;
    }
    const std::optional<repo::SpecKey> key = repo::ParseSpecKey(name);
    if (!key || repo::RowOf(key->field).may_be_secret) return;
    const repo::Repo* repo = Repository();
    if (repo == nullptr) return;
    std::set<std::string> values;
    for (const repo::SpecPtr& spec : repo->found.specs) {
      for (repo::HeldValue& value : repo::ValuesOf(*key, *spec, *repo).values) {
        values.insert(std::move(value.text));
      }
    }
    for (const std::string& value : values) Offer(start + value);
  }

  void OfferRevisions(const std::string& start) {
    if (Repository() == nullptr) return;
    Offer(start + "HEAD");
    const auto names = repo::Revisions(*Repository());
    if (!names) return;
    for (const std::string& name : *names) Offer(start + name);
  }

  void OfferJobs(const std::string& prefix) {
    const repo::Repo* repo = Repository();
    if (repo == nullptr) return;
    std::set<std::string> ids;
    for (const repo::SpecPtr& spec : repo->found.specs) {
      if (!spec->id().empty()) ids.insert(spec->id());
    }
    for (const std::string& id : ids) Offer(prefix + id, "job");
  }

  bool IsNamed(const repo::SpecFile& spec) const {
    const Words& targets = before_.line.targets;
    return std::find(targets.begin(), targets.end(), spec.id()) != targets.end();
  }

  // Of the one job that is named, or of all.
  void OfferAllocations(const std::string& prefix) {
    const repo::Repo* repo = Repository();
    if (repo == nullptr) return;
    std::optional<nomad::JobRef> job;
    for (const repo::SpecPtr& spec : repo->found.specs) {
      if (IsNamed(*spec)) job = rollout::RefOf(spec->parsed.header);
    }
    for (const nomad::Allocation& one : AllocationsToOffer(world_, *settings_, job)) {
      Offer(prefix + rollout::ShortId(one.id),
            fmt::format("{}, {} on {}", one.name, one.client_status, one.node_name));
    }
  }

  void OfferNodes(const std::string& start) {
    if (Settings() == nullptr) return;
    std::set<std::string> names;
    for (nomad::Allocation& one : AllocationsToOffer(world_, *settings_, std::nullopt)) {
      if (!one.IsTerminal()) names.insert(std::move(one.node_name));
    }
    for (const std::string& name : names) Offer(start + name, "node");
  }

  // Tasks or groups of the jobs that are named, or of all.
  void OfferParts(std::string_view type, const std::string& prefix,
                  const std::string& suffix = {}) {
    const repo::Repo* repo = Repository();
    if (repo == nullptr) return;
    for (const repo::SpecPtr& spec : repo->found.specs) {
      if (!before_.line.targets.empty() && !IsNamed(*spec)) continue;
      const repo::EvaluatedPtr evaluated = repo::Evaluated(*spec, repo->access.spec);
      if (!evaluated->spec || evaluated->spec->job() == nullptr) continue;
      OfferLabels(*evaluated->spec->job(), type, prefix, suffix);
    }
  }

  void OfferLabels(const jobspec::EvaluatedBlock& block, std::string_view type,
                   const std::string& prefix, const std::string& suffix) {
    for (const jobspec::EvaluatedBlock& child : block.body.blocks) {
      if (child.type == type && !child.labels.empty()) {
        Offer(prefix + child.labels.front() + suffix);
      }
      if (child.type == "group") OfferLabels(child, type, prefix, suffix);
    }
  }

  // Null where something is wrong with them: nothing is said of it here.
  const actions::Settings* Settings() {
    if (sought_settings_) return settings_ ? &*settings_ : nullptr;
    sought_settings_ = true;
    home_ = HomeFolder(world_.environment);
    const ConfigPath path = ConfigFileInForce(before_.line, world_.environment, world_.files);
    const auto config = ReadConfigFile(path.path, path.named, world_.files);
    if (config) {
      for (const auto& [name, values] : config->clusters) clusters_.push_back(name);
    }
    CommandLine line = before_.line;
    if (line.action == nullptr) line.action = &actions::AllActions().front();
    if (auto made =
            MakeSettings(line, world_.environment, config ? *config : ConfigFile(), home_)) {
      settings_ = *std::move(made);
    }
    return settings_ ? &*settings_ : nullptr;
  }

  const repo::Repo* Repository() {
    if (sought_repo_) return repo_ ? &*repo_ : nullptr;
    sought_repo_ = true;
    const actions::Settings* settings = Settings();
    if (settings == nullptr) return nullptr;
    const repo::RepoAccess access{&world_.files,
                                  &world_.processes,
                                  {&settings->variables, &world_.files, home_},
                                  world_.interruption.token()};
    if (auto opened = repo::OpenRepo(settings->repo, access)) repo_ = *std::move(opened);
    return repo_ ? &*repo_ : nullptr;
  }

  const World& world_;
  const Before before_;
  const std::string& current_;
  Candidates found_;
  std::set<std::string> offered_;
  Path home_;
  bool sought_settings_ = false;
  std::optional<actions::Settings> settings_;
  std::vector<std::string> clusters_;
  bool sought_repo_ = false;
  std::optional<repo::Repo> repo_;
};

}  // namespace

Candidates Complete(const World& world, const Words& words) {
  const Words none = {""};
  return Completer(world, words.empty() ? none : words).Run();
}

std::string ToText(const Candidates& candidates) {
  std::string text;
  for (const Candidate& candidate : candidates.words) {
    text += candidate.word;
    if (!candidate.help.empty()) text += "\t" + candidate.help;
    text += '\n';
  }
  if (candidates.files) text += std::string(actions::kFilesLine) + "\n";
  if (candidates.folders) text += std::string(actions::kFoldersLine) + "\n";
  return text;
}

}  // namespace nmgr::cli
