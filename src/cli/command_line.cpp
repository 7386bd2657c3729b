#include "cli/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <utility>

#include "cli/habits.h"
#include "cli/word_ends.h"
#include "nmgr/base/text.h"
#include "nmgr/cli/options.h"

namespace nmgr::cli {
namespace {

using actions::Action;
using actions::Arguments;
using Words = std::vector<std::string>;

Error Usage(std::string message, std::string hint = "`nmgr -h` shows actions and options") {
  return Error{ErrorCode::kUsage, std::move(message), std::move(hint)};
}

std::string HelpHint(const Action* action) {
  return action == nullptr ? "`nmgr -h` shows actions and options"
                           : fmt::format("`nmgr {} -h` shows its options", action->name);
}

// `revert JOB --version N`: with a number, and behind `revert` with any word, it is the job's
// version that is meant, which is never true of the switch that shows ours.
Words WithJobVersion(const Words& arguments) {
  Words words = arguments;
  const std::string version = fmt::format("--{}", VersionOption().name);
  const auto is_number = [](std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
  };
  bool reverts = false;
  for (std::size_t i = 0; i < words.size() && words[i] != "--"; ++i) {
    reverts = reverts || words[i] == "revert";
    const bool apart =
        words[i] == version && i + 1 < words.size() && (reverts || is_number(words[i + 1]));
    const bool glued =
        words[i].starts_with(version + "=") &&
        (reverts || is_number(std::string_view(words[i]).substr(version.size() + 1)));
    if (apart || glued) words[i].insert(2, "job-");
  }
  return words;
}

class Parser {
 public:
  explicit Parser(const Words& arguments) : arguments_(arguments) {}

  Expected<CommandLine> Run() {
    if (arguments_.empty()) {
      line_.help = true;
      return std::move(line_);
    }
    const Words arguments = WithJobVersion(arguments_);
    TRY_ASSIGN(AttachedWords attached, AttachWords(arguments));
    swallowed_ = std::move(attached.swallowed);
    behind_dashes_ = attached.behind_dashes;
    TRY(Parse(std::move(attached.words)));
    const Expected<void> words = TakeWords();
    TakeOptions();
    if (!suggested_) TRY(CheckUnknown());
    TRY(words);
    if (line_.help || line_.version) return std::move(line_);
    if (line_.action == nullptr) return Usage("no action is given", SwallowedHint("the action"));
    TRY(CheckHeeded());
    if (line_.targets.empty()) line_.no_target_hint = SwallowedHint("the target");
    TRY(CheckArguments());
    return std::move(line_);
  }

 private:
  Expected<void> Parse(Words words) {
    app_.set_help_flag();
    app_.allow_extras();
    for (const Option& row : Options()) {
      if (!row.on_command_line() || !MayOccur(row, words)) continue;
      const bool has_letter = row.letter != 0 && !IsShared(row.letter);
      Declare(row,
              fmt::format("{}--{}", has_letter ? fmt::format("-{},", row.letter) : "", row.name));
      if (row.letter != 0 && !has_letter && FindOption(row.letter) == &row) {
        Declare(row, fmt::format("-{}", row.letter));
      }
    }
    // Every word that is no option; CLI11 takes them one by one while fewer than expected are
    // there.
    positional_ =
        app_.add_option("words")->expected(static_cast<int>(words.size()) + 1)->take_all();
    std::reverse(words.begin(), words.end());
    try {
      app_.parse(std::move(words));
    } catch (const CLI::Error& error) {
      return Usage(error.what());
    }
    return {};
  }

  // CLI11 compares each option with all before it: those of which nothing is there it need not
  // know.
  static bool MayOccur(const Option& row, const Words& words) {
    return std::any_of(words.begin(), words.end(), [&row](std::string_view word) {
      if (!word.starts_with('-')) return false;
      if (!word.starts_with("--")) return row.letter != 0 && word.find(row.letter) != word.npos;
      word.remove_prefix(2);
      return word.starts_with(row.name) &&
             (word.size() == row.name.size() || word[row.name.size()] == '=');
    });
  }

  // Two actions may call different things by one letter (`list --long`, `find --lines`), if both
  // are switches: which is meant is known with the action.
  static bool IsShared(char letter) {
    const auto has = [letter](const Option& row) { return row.letter == letter; };
    return std::count_if(Options().begin(), Options().end(), has) > 1;
  }

  void Declare(const Option& row, const std::string& names) {
    if (row.kind() == OptionKind::kSwitch) {
      app_.add_flag(names);
    } else {
      app_.add_option(names)->take_all();
    }
  }

  void TakeOptions() {
    for (const Option& row : Options()) {
      if (!row.on_command_line()) continue;
      Take(row, fmt::format("--{}", row.name));
      if (row.letter != 0 && IsShared(row.letter) && IsMeantBy(row)) {
        Take(row, fmt::format("-{}", row.letter));
      }
    }
    line_.help = line_.help || line_.options.count(HelpOption().name) != 0;
    line_.version = line_.options.count(VersionOption().name) != 0;
  }

  bool IsMeantBy(const Option& row) const {
    if (line_.action != nullptr && Heeds(*line_.action, row)) return true;
    const auto heeded = [&](const Option& other) {
      return other.letter == row.letter && line_.action != nullptr && Heeds(*line_.action, other);
    };
    return FindOption(row.letter) == &row &&
           std::none_of(Options().begin(), Options().end(), heeded);
  }

  void Take(const Option& row, const std::string& name) {
    const CLI::Option* parsed = app_.get_option_no_throw(name);
    if (parsed == nullptr || parsed->count() == 0) return;
    Words& values = line_.options[std::string(row.name)];
    for (const std::string& result : parsed->results()) AddAttached(row, result, values);
  }

  Expected<void> TakeWords() {
    Words words = positional_->results();
    if (words.empty()) return {};
    const std::string_view help = HelpOption().name;
    if (words.front() == help && FindAction(help) == nullptr) {
      line_.help = true;
      words.erase(words.begin());
      if (words.empty()) return {};
    }
    line_.action = FindAction(words.front());
    if (line_.action == nullptr) return UnknownAction(words);
    words.erase(words.begin());
    if (line_.action->arguments == Arguments::kJobChanges && words.size() > 1) {
      line_.command.assign(words.begin() + 1, words.end());
      words.resize(1);
    }
    if (line_.action->arguments == Arguments::kJobCommand) {
      const std::size_t behind = std::min(behind_dashes_, words.size());
      line_.command.assign(words.end() - static_cast<long>(behind), words.end());
      words.resize(words.size() - behind);
    }
    line_.targets = std::move(words);
    return {};
  }

  Error UnknownAction(const Words& words) {
    const std::string& word = words.front();
    if (const auto suggestion = SuggestionFor(word, {words.begin() + 1, words.end()})) {
      suggested_ = true;  // and the options are those of another tool
      return Usage(*suggestion);
    }
    Words names;
    for (const Action& action : actions::AllActions()) {
      names.emplace_back(action.name);
      if (!action.alias.empty()) names.emplace_back(action.alias);
    }
    const Words near = NearestNames(word, names);
    if (near.empty()) return Usage(fmt::format("there is no action \"{}\"", word));
    return Usage(fmt::format("there is no action \"{}\"", word),
                 fmt::format("did you mean {}?", Join(near, ", ")));
  }

  Expected<void> CheckUnknown() const {
    for (const std::string& word : app_.remaining()) {
      if (word != "--") return UnknownOption(word);
    }
    return {};
  }

  Error UnknownOption(const std::string& word) const {
    const bool is_long = word.starts_with("--");
    const std::string typed = is_long ? word.substr(0, word.find('=')) : word.substr(0, 2);
    const auto at =
        std::find_if(arguments_.begin(), arguments_.end(), [&](const std::string& given) {
          return given == word || (!is_long && given.find(typed[1]) != std::string::npos);
        });
    const bool before_action =
        line_.action == nullptr ||
        std::find(arguments_.begin(), at, positional_->results().front()) == at;
    const std::string message = before_action
                                    ? fmt::format("there is no option {}", typed)
                                    : fmt::format("{} has no option {}", line_.action->name, typed);
    if (!is_long) return Usage(message, HelpHint(line_.action));
    Words names;
    for (const Option& row : Options()) {
      if (row.on_command_line() && (line_.action == nullptr || Heeds(*line_.action, row))) {
        names.emplace_back(row.name);
      }
    }
    Words near = NearestNames(typed.substr(2), names);
    if (near.empty()) return Usage(message, HelpHint(line_.action));
    for (std::string& candidate : near) candidate.insert(0, "--");
    return Usage(message, fmt::format("did you mean {}?", Join(near, ", ")));
  }

  Expected<void> CheckHeeded() const {
    for (const auto& [name, values] : line_.options) {
      if (Heeds(*line_.action, *FindOption(name))) continue;
      return Usage(fmt::format("{} has no option {}", line_.action->name, Typed(*FindOption(name))),
                   HelpHint(line_.action));
    }
    return {};
  }

  // Targets are for the action to judge: some do without.
  Expected<void> CheckArguments() const {
    const std::string_view name = line_.action->name;
    const Words& words = line_.targets;
    switch (line_.action->arguments) {
      case Arguments::kTargets:
        return {};
      case Arguments::kNone:
        if (words.empty()) return {};
        return Usage(fmt::format("{} takes no target", name), HelpHint(line_.action));
      case Arguments::kString:
        if (words.size() == 1 && !words.front().empty()) return {};
        return Usage(fmt::format("{} takes one string", name),
                     words.empty() ? line_.no_target_hint : "quote it if it holds blanks");
      case Arguments::kJobChanges:
        if (words.size() == 1 && !line_.command.empty()) return {};
        return Usage(fmt::format("{} takes one job and KEY=VALUE", name), HelpHint(line_.action));
      case Arguments::kJobCommand:
        if (words.size() == 1) return {};
        return Usage(fmt::format("{} takes one job and, after --, a command", name),
                     words.empty() ? line_.no_target_hint
                                   : fmt::format("nmgr {} {} -- {}", name, words.front(),
                                                 Join({words.begin() + 1, words.end()}, " ")));
    }
    return {};
  }

  // The option as it stands on the command line.
  std::string Typed(const Option& row) const {
    const std::string name = fmt::format("--{}", row.name);
    const auto is_long = [&](const std::string& word) {
      return word == name || word.starts_with(name + "=");
    };
    const bool has_long = std::any_of(arguments_.begin(), arguments_.end(), is_long);
    return has_long || row.letter == 0 ? name : fmt::format("-{}", row.letter);
  }

  std::string SwallowedHint(std::string_view missing) const {
    std::string hint;
    for (const auto& [name, words] : swallowed_) {
      if (!hint.empty()) hint += "; ";
      hint += fmt::format("--{} took the words \"{}\"", name, words);
    }
    if (hint.empty()) return hint;
    return hint + fmt::format(": put {} first, or end the list with --, or write --{}=A,B", missing,
                              swallowed_.back().first);
  }

  const Words& arguments_;
  std::vector<std::pair<std::string, std::string>> swallowed_;
  std::size_t behind_dashes_ = 0;
  bool suggested_ = false;
  CLI::App app_;
  CLI::Option* positional_ = nullptr;
  CommandLine line_;
};

}  // namespace

const Action* FindAction(std::string_view name) {
  for (const Action& action : actions::AllActions()) {
    if (action.name == name || (!action.alias.empty() && action.alias == name)) return &action;
  }
  return nullptr;
}

Expected<CommandLine> ParseCommandLine(const Words& arguments) { return Parser(arguments).Run(); }

}  // namespace nmgr::cli
