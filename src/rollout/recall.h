// Jobs that need no question of their own, because the plan memory knows that they showed no
// difference and lists show that they are still what they were then and run as they should.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "nmgr/jobspec/jobspec.h"
#include "nmgr/rollout/evidence.h"
#include "nmgr/rollout/facts.h"
#include "nmgr/rollout/namespaces.h"
#include "nmgr/rollout/plan_memory.h"

namespace nmgr::rollout {

// Whether what a set of questions wants to know can be remembered at all.
bool CanRecall(const Questions& questions);

// What is remembered of a spec is remembered of this text.
std::string RememberedText(const Questions& questions, const jobspec::JobSpec& spec);

// Remembers, or forgets, what the questions about a job came to. Before anything of it is shed.
void NoteAnswers(const Questions& questions, const JobFacts& facts, PlanMemory& memory);

// What is known of a job that may need no question.
struct Candidate {
  JobFacts* facts = nullptr;
  std::optional<RememberedJob> job;  // nothing: only where it is stopped or absent
  bool planned = false;              // a plan was made of it, and not only its images compared
  std::vector<std::string> groups;   // names, sorted
};

// To be called while the spec has its body. Nothing where the job has to be asked about.
std::optional<Candidate> Recall(const Questions& questions, JobFacts& facts,
                                const PlanMemory& memory);

// Fills in the facts of those candidates of one name space and region that are still what they
// were, and run: list, allocations, deployments and blocked evaluations, whatever their number;
// and of those that are stopped or absent, if nothing more is asked about such jobs. The others, or
// all of them where a list cannot be had, are left as they are, to be asked about. What the lists
// say of these is the result, so that no list is read twice; nothing where one could not be had.
std::optional<Evidence> TakeRemembered(const nomad::JobRef& place,
                                       std::vector<Candidate>& candidates,
                                       const Questions& questions, nomad::JobClient& client,
                                       Namespaces& namespaces, const nomad::Call& call);

}  // namespace nmgr::rollout
