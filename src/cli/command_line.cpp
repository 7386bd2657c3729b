#include "cli/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "nmgr/base/text.h"
#include "nmgr/cli/options.h"

namespace nmgr::cli {
namespace {

using actions::Action;

// An option as far as telling words apart needs it: of the table, or of an action.
struct Known {
  std::string name;  // long; the letter alone where there is none
  bool is_switch = false;
  bool is_words = false;
  std::string value_name;
  const OptionRow* row = nullptr;  // null: of an action
};

Known FromRow(const OptionRow& row) {
  return {std::string(row.name), row.kind == OptionKind::kFlag, row.kind == OptionKind::kWords,
          std::string(row.value_name), &row};
}

Known FromOwn(const actions::OwnOption& option) {
  return {std::string(option.name), true, false, {}, nullptr};
}

// The options of one action, and the body that reads them.
struct Declared {
  explicit Declared(const Action& action) : run(action.make(own)) {}
  actions::OwnOptions own;
  actions::Run run;
};

std::optional<Known> FindIn(const actions::OwnOptions& own, const std::string& name,
                            bool is_letter) {
  for (const actions::OwnOption& option : own) {
    if (is_letter ? option.letter == name[0] : option.name == name) return FromOwn(option);
  }
  return std::nullopt;
}

std::vector<std::string> ActionNames() {
  std::vector<std::string> names;
  for (const Action& action : actions::AllActions()) {
    names.emplace_back(action.name);
    if (!action.alias.empty()) names.emplace_back(action.alias);
  }
  return names;
}

Error Usage(std::string message, std::string hint = "`nmgr -h` shows actions and options") {
  return Error{ErrorCode::kUsage, std::move(message), std::move(hint)};
}

class Parser {
 public:
  Parser(const std::vector<std::string>& words, const Environment& environment)
      : words_(words), environment_(environment) {}

  Expected<CommandLine> Run() {
    while (at_ < words_.size()) {
      const std::string& word = words_[at_++];
      if (!only_targets_ && word == "--") {
        only_targets_ = true;
      } else if (!only_targets_ && word.size() > 2 && word.starts_with("--")) {
        TRY(LongOption(word.substr(2)));
      } else if (!only_targets_ && word.size() > 1 && word.starts_with("-")) {
        TRY(ShortOptions(word.substr(1)));
      } else if (line_.action == nullptr) {
        TRY(TakeAction(word));
      } else {
        line_.targets.push_back(word);
      }
    }
    if (line_.help || line_.version) return std::move(line_);
    if (line_.action == nullptr) return NoAction();
    TRY(ConvertActionOptions());
    if (line_.targets.empty()) line_.no_target_hint = SwallowedHint("the target");
    return std::move(line_);
  }

 private:
  Expected<void> TakeAction(const std::string& word) {
    line_.action = FindAction(word);
    if (line_.action == nullptr) {
      const std::vector<std::string> near = NearestNames(word, ActionNames());
      if (near.empty()) return Usage(fmt::format("there is no action \"{}\"", word));
      return Usage(fmt::format("there is no action \"{}\"", word),
                   fmt::format("did you mean {}?", Join(near, ", ")));
    }
    declared_ = std::make_unique<Declared>(*line_.action);
    line_.run = declared_->run;
    return {};
  }

  Expected<void> LongOption(const std::string& word) {
    const std::size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    TRY_ASSIGN(const Known known, Find(name, false));
    std::optional<std::string> attached;
    if (equals != std::string::npos) attached = word.substr(equals + 1);
    return Take(known, "--" + name, attached);
  }

  // -nd, -o json, -ojson, -o=json
  Expected<void> ShortOptions(const std::string& letters) {
    for (std::size_t i = 0; i < letters.size(); ++i) {
      TRY_ASSIGN(const Known known, Find(std::string(1, letters[i]), true));
      std::optional<std::string> attached;
      if (!known.is_switch && i + 1 < letters.size()) {
        attached = letters.substr(letters[i + 1] == '=' ? i + 2 : i + 1);
      }
      TRY(Take(known, fmt::format("-{}", letters[i]), attached));
      if (attached) return {};
    }
    return {};
  }

  Expected<void> Take(const Known& known, const std::string& typed,
                      const std::optional<std::string>& attached) {
    if (known.is_words) return TakeWords(known, attached);
    std::string value = "true";
    if (attached) {
      value = *attached;
    } else if (!known.is_switch) {
      if (at_ >= words_.size() || (words_[at_].size() > 1 && words_[at_].starts_with("-"))) {
        return Usage(fmt::format("{} needs a value ({})", typed, known.value_name), {});
      }
      value = words_[at_++];
    }
    if (known.row == nullptr) {
      action_options_.emplace_back(typed, value);
      return {};
    }
    if (known.name == "help") line_.help = true;
    if (known.name == "version") line_.version = true;
    line_.options[known.name].push_back(value);
    return {};
  }

  // Words up to the next option, to `--` or, before the action, to the first name of an action.
  Expected<void> TakeWords(const Known& known, const std::optional<std::string>& attached) {
    std::vector<std::string>& values = line_.options[known.name];
    const auto add = [&values](std::string_view text) {
      for (std::string& item : SplitList(text)) values.push_back(std::move(item));
    };
    if (attached) {
      add(*attached);
      return {};
    }
    std::vector<std::string> taken;
    while (at_ < words_.size()) {
      const std::string& word = words_[at_];
      if (word.size() > 1 && word.starts_with("-")) break;
      if (line_.action == nullptr && FindAction(word) != nullptr) break;
      add(word);
      taken.push_back(word);
      ++at_;
    }
    if (!taken.empty()) swallowed_.emplace_back(known.name, Join(taken, " "));
    return {};
  }

  Expected<Known> Find(const std::string& name, bool is_letter) {
    const OptionRow* row = is_letter ? FindOption(name[0]) : FindOption(name);
    if (row != nullptr) return FromRow(*row);
    if (declared_ != nullptr) {
      if (const std::optional<Known> own = FindIn(declared_->own, name, is_letter)) return *own;
    } else {
      for (const Action& action : actions::AllActions()) {
        const Declared declared(action);
        if (const std::optional<Known> own = FindIn(declared.own, name, is_letter)) return *own;
      }
    }
    return UnknownOption(name, is_letter);
  }

  Error UnknownOption(const std::string& name, bool is_letter) const {
    const std::string typed = (is_letter ? "-" : "--") + name;
    const std::string message = line_.action == nullptr
                                    ? fmt::format("there is no option {}", typed)
                                    : fmt::format("{} has no option {}", line_.action->name, typed);
    if (is_letter) return Usage(message);
    std::vector<std::string> names;
    for (const OptionRow& row : Options()) {
      if (row.on_command_line()) names.emplace_back(row.name);
    }
    if (declared_ != nullptr) {
      for (const actions::OwnOption& option : declared_->own) names.emplace_back(option.name);
    }
    std::vector<std::string> near = NearestNames(name, names);
    if (near.empty()) return Usage(message);
    for (std::string& candidate : near) candidate.insert(0, "--");
    return Usage(message, fmt::format("did you mean {}?", Join(near, ", ")));
  }

  Error NoAction() const {
    const std::string swallowed = SwallowedHint("the action");
    if (!swallowed.empty()) return Usage("no action is given", swallowed);
    return Usage("no action is given");
  }

  std::string SwallowedHint(std::string_view missing) const {
    std::string hint;
    for (const auto& [name, words] : swallowed_) {
      if (!hint.empty()) hint += "; ";
      hint += fmt::format("--{} took the words \"{}\"", name, words);
    }
    if (!hint.empty()) {
      hint += fmt::format(": put {} first, or end the list with --, or write --{}=A,B", missing,
                          swallowed_.back().first);
    }
    return hint;
  }

  // Hands the action's own options to CLI11, which checks and stores them where the body looks.
  Expected<void> ConvertActionOptions() {
    CLI::App app;
    app.set_help_flag();
    for (const actions::OwnOption& option : declared_->own) {
      const std::string letter = option.letter == 0 ? "" : fmt::format("-{},", option.letter);
      app.add_flag(fmt::format("{}--{}", letter, option.name), *option.value);
    }
    AddFromEnvironment(app);
    std::vector<std::string> arguments;
    for (const auto& [typed, value] : action_options_) {
      const CLI::Option* option = app.get_option_no_throw(typed);
      const bool is_letter = !typed.starts_with("--");
      if (option == nullptr) return UnknownOption(typed.substr(is_letter ? 1 : 2), is_letter);
      arguments.push_back(fmt::format("--{}={}", option->get_lnames().front(), value));
    }
    std::reverse(arguments.begin(), arguments.end());
    try {
      app.parse(std::move(arguments));
    } catch (const CLI::Error& error) {
      return Usage(fmt::format("{}: {}", line_.action->name, error.what()),
                   fmt::format("`nmgr {} -h` shows its options", line_.action->name));
    }
    return {};
  }

  void AddFromEnvironment(const CLI::App& app) {
    for (const actions::OwnOption& option : declared_->own) {
      const std::string name = fmt::format("--{}", option.name);
      const auto given = [&](const auto& pair) {
        const CLI::Option* named = app.get_option_no_throw(pair.first);
        return named != nullptr && named->check_name(name);
      };
      if (std::any_of(action_options_.begin(), action_options_.end(), given)) continue;
      const auto variable = environment_.find(VariableOf(option.name));
      if (variable != environment_.end() && !variable->second.empty()) {
        action_options_.emplace_back(name, variable->second);
      }
    }
  }

  const std::vector<std::string>& words_;
  const Environment& environment_;
  std::size_t at_ = 0;
  bool only_targets_ = false;
  CommandLine line_;
  std::unique_ptr<Declared> declared_;
  std::vector<std::pair<std::string, std::string>> action_options_;  // as typed, with dashes; value
  std::vector<std::pair<std::string, std::string>> swallowed_;  // list option, words that it took
};

}  // namespace

const Action* FindAction(std::string_view name) {
  for (const Action& action : actions::AllActions()) {
    if (action.name == name || (!action.alias.empty() && action.alias == name)) return &action;
  }
  return nullptr;
}

Expected<CommandLine> ParseCommandLine(const std::vector<std::string>& arguments,
                                       const Environment& environment) {
  return Parser(arguments, environment).Run();
}

}  // namespace nmgr::cli
