#include "cli/habits.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace nmgr::cli {
namespace {

struct Habit {
  std::string_view verb;
  std::string_view instead;  // {}: the job, or JOB
};

constexpr std::array kHabits = {
    Habit{"start", "nmgr up {}"},
    Habit{"apply", "nmgr up {}"},
    Habit{"deploy", "nmgr up {}"},
    Habit{"run", "nmgr up {}"},
    Habit{"submit", "nmgr up {}"},
    Habit{"create", "nmgr up {}"},
    Habit{"stop", "nmgr down {}"},
    Habit{"kill", "nmgr down {}"},
    Habit{"halt", "nmgr down {}"},
    Habit{"destroy", "nmgr down -p {}"},
    Habit{"delete", "nmgr down -p {}"},
    Habit{"remove", "nmgr down -p {}"},
    Habit{"rm", "nmgr down -p {}"},
    Habit{"purge", "nmgr down -p {}"},
    Habit{"status", "nmgr list -l {}"},
    Habit{"ps", "nmgr list -l {}"},
    Habit{"ls", "nmgr list {}"},
    Habit{"jobs", "nmgr list all"},
    Habit{"grep", "nmgr find {}"},
    Habit{"search", "nmgr find {}"},
    Habit{"images", "nmgr image {}"},
    Habit{"update", "nmgr reconcile {}"},
    Habit{"upgrade", "nmgr reconcile {}"},
    Habit{"pull", "nmgr reconcile {}"},
    Habit{"check", "nmgr validate {}"},
    Habit{"lint", "nmgr validate {}"},
    Habit{"show", "nmgr render {}"},
    Habit{"inspect", "nomad job inspect {}"},
    Habit{"restore", "nmgr up --restore"},
    Habit{"rollback", "nomad job revert {} VERSION"},
    Habit{"revert", "nomad job revert {} VERSION"},
    Habit{"history", "nomad job history {}"},
    Habit{"scale", "nomad job scale {} COUNT"},
    Habit{"dispatch", "nomad job dispatch {}"},
    Habit{"log", "nmgr logs {}"},
    Habit{"tail", "nmgr logs -f {}"},
    Habit{"shell", "nmgr exec {}"},
    Habit{"ssh", "nmgr exec {}"},
    Habit{"fmt", "nomad fmt"},
    Habit{"version", "nmgr --version"},
    Habit{"settings", "nmgr config"},
};

// A word that a shell takes as it is.
bool IsPlain(std::string_view word) {
  return !word.empty() && std::all_of(word.begin(), word.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 ||
           std::string_view("-_./:@%+=,").find(static_cast<char>(c)) != std::string_view::npos;
  });
}

}  // namespace

std::optional<std::string> SuggestionFor(std::string_view verb,
                                         const std::vector<std::string>& words) {
  const auto habit = std::find_if(kHabits.begin(), kHabits.end(),
                                  [verb](const Habit& row) { return row.verb == verb; });
  if (habit == kHabits.end()) return std::nullopt;
  const std::string job = !words.empty() && IsPlain(words.front()) ? words.front() : "JOB";
  return fmt::format("nmgr has no {}: {}", verb, fmt::format(fmt::runtime(habit->instead), job));
}

}  // namespace nmgr::cli
