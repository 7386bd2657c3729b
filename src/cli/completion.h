// What a word that is being typed may become: actions, options, their values, filters, jobs, tasks.
// Walks the tables of actions and options; of jobs it knows what the repository says, so that the
// answer comes at once, wherever Nomad is. Only where allocations or nodes are wanted it is asked.
#pragma once

#include <string>
#include <vector>

#include "nmgr/cli/run.h"

namespace nmgr::cli {

struct Candidate {
  std::string word;  // the whole word; one that ends with ':' or '=' goes on
  std::string help;
};

struct Candidates {
  std::vector<Candidate> words;  // each begins with the word that is being typed
  bool files = false;            // the shell's own paths, too
  bool folders = false;
};

// `words` are those behind the program's name; the last one is being typed and may be empty.
Candidates Complete(const World& world, const std::vector<std::string>& words);

// One a line, what it is behind a tab; the lines of actions/completion.h that ask for paths.
std::string ToText(const Candidates& candidates);

}  // namespace nmgr::cli
