// Questions to the person at the terminal, on stderr. The answer is read by who asks.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/report/reporter.h"

namespace nmgr::report {

void ShowQuestion(Reporter& out, std::string_view question);
// Where no answer came, so that what follows begins a line.
void EndQuestion(Reporter& out);

// A numbered list, and the question which of it is meant.
void ShowChoices(Reporter& out, const std::vector<std::string>& choices);
std::string ChoiceQuestion(std::string_view what, std::size_t count, bool all_allowed);
void ShowNoChoice(Reporter& out, std::string_view word);

}  // namespace nmgr::report
