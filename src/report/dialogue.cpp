#include "nmgr/report/dialogue.h"

#include <fmt/format.h>

namespace nmgr::report {

void ShowQuestion(Reporter& out, std::string_view question) { out.Prompt(question); }

void EndQuestion(Reporter& out) { out.Prompt("\n"); }

void ShowChoices(Reporter& out, const std::vector<std::string>& choices) {
  for (std::size_t i = 0; i < choices.size(); ++i) {
    out.Prompt(fmt::format("{:3}  {}\n", i + 1, choices[i]));
  }
}

std::string ChoiceQuestion(std::string_view what, std::size_t count, bool all_allowed) {
  return fmt::format("{} (1-{}{}): ", what, count, all_allowed ? ", Enter: all" : "");
}

void ShowNoChoice(Reporter& out, std::string_view word) {
  out.Prompt(fmt::format("\"{}\" is none of them\n", word));
}

}  // namespace nmgr::report
