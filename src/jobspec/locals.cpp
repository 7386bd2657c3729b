#include "jobspec/locals.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace nmgr::jobspec {
namespace {

struct Local {
  const SectionAttribute* attribute = nullptr;
  std::vector<Reference> references;   // to other locals
  std::vector<std::size_t> needs;      // indices, without repetition
  std::vector<std::size_t> needed_by;  // indices
  std::size_t missing = 0;             // of `needs`
  bool takes_all = false;              // refers to `local` as a whole
  bool done = false;
};

class LocalsEvaluation {
 public:
  LocalsEvaluation(const std::vector<Section>& sections, Session& session,
                   hcl::Diagnostics& diagnostics)
      : session_(session), diagnostics_(diagnostics) {
    Collect(sections);
  }
  void Run();

 private:
  void Collect(const std::vector<Section>& sections);
  void Link(std::size_t index);
  void EvaluateInOrder();
  void EvaluateStubborn();
  void FillWithUnknowns();
  void ReportRest();
  bool Evaluate(std::size_t index, hcl::Diagnostics& diagnostics);
  void Release(std::size_t index, std::vector<std::size_t>& next);
  bool Publish();
  std::vector<std::size_t> FindCycle(std::size_t from, std::set<std::size_t>& examined) const;
  void ReportCycle(const std::vector<std::size_t>& cycle);

  Session& session_;
  hcl::Diagnostics& diagnostics_;
  std::vector<Local> locals_;
  std::map<std::string_view, std::size_t> last_of_;  // the definition that a name means
  std::map<std::string_view, hcl::Value> values_;
  bool changed_ = true;  // since `local` was last made
};

void LocalsEvaluation::Collect(const std::vector<Section>& sections) {
  for (const Section& section : sections) {
    for (const SectionAttribute& attribute : section.attributes) {
      last_of_[attribute.name] = locals_.size();
      locals_.emplace_back().attribute = &attribute;
    }
  }
  for (std::size_t i = 0; i < locals_.size(); ++i) Link(i);
}

void LocalsEvaluation::Link(std::size_t index) {
  Local& local = locals_[index];
  std::set<std::size_t> needs;
  for (const Reference& reference : ReferencesOf(local.attribute->expr)) {
    if (reference.root != "local") continue;
    if (reference.attribute.empty()) {
      local.takes_all = true;
      continue;
    }
    const auto found = last_of_.find(reference.attribute);
    if (found == last_of_.end()) continue;
    local.references.push_back(reference);
    if (needs.insert(found->second).second) local.needs.push_back(found->second);
  }
  local.missing = local.needs.size();
  for (const std::size_t need : local.needs) locals_[need].needed_by.push_back(index);
}

// `local` as far as it is known. Its making is work that the text does not show, so it is paid for.
bool LocalsEvaluation::Publish() {
  if (!changed_) return session_.budget >= 0;
  changed_ = false;
  session_.budget -= static_cast<std::int64_t>(values_.size()) * 8;
  hcl::Fields fields;
  fields.reserve(values_.size());
  for (const auto& [name, value] : values_) fields.push_back({std::string(name), value});
  session_.scope.Set("local", hcl::Value::Object(std::move(fields)));
  return session_.budget >= 0;
}

bool LocalsEvaluation::Evaluate(std::size_t index, hcl::Diagnostics& diagnostics) {
  Local& local = locals_[index];
  const std::size_t before = diagnostics.error_count();
  hcl::Value value =
      EvaluateExpr(local.attribute->expr, session_.ForJob(session_.scope), diagnostics);
  if (diagnostics.error_count() != before) return false;
  local.done = true;
  const std::string_view name = local.attribute->name;
  if (last_of_[name] == index || values_.count(name) == 0) {
    values_[name] = std::move(value);
    changed_ = true;
  }
  return true;
}

void LocalsEvaluation::Release(std::size_t index, std::vector<std::size_t>& next) {
  for (const std::size_t user : locals_[index].needed_by) {
    if (--locals_[user].missing == 0 && !locals_[user].takes_all) next.push_back(user);
  }
}

// Level by level: first what needs nothing, then what needs only that, and so on; what takes
// `local` as a whole comes last. One that fails leaves those that need it for the end.
void LocalsEvaluation::EvaluateInOrder() {
  std::vector<std::size_t> level;
  for (std::size_t i = 0; i < locals_.size(); ++i) {
    if (locals_[i].missing == 0 && !locals_[i].takes_all) level.push_back(i);
  }
  while (!level.empty()) {
    if (!Publish()) return;
    std::vector<std::size_t> next;
    hcl::Diagnostics ignored;  // those that fail are tried once more, with all others known
    for (const std::size_t index : level) {
      if (Evaluate(index, ignored)) Release(index, next);
    }
    std::sort(next.begin(), next.end());
    level = std::move(next);
  }
}

// What is left needs itself, a name that failed, or all names. try() may still do without one of
// them.
void LocalsEvaluation::EvaluateStubborn() {
  for (bool progress = true; progress;) {
    progress = false;
    for (std::size_t i = 0; i < locals_.size(); ++i) {
      if (locals_[i].done) continue;
      if (!Publish()) return;
      hcl::Diagnostics ignored;
      progress = Evaluate(i, ignored) || progress;
    }
  }
}

// Follows what is needed and not there. `examined` ends it, so that all walks together are linear.
std::vector<std::size_t> LocalsEvaluation::FindCycle(std::size_t from,
                                                     std::set<std::size_t>& examined) const {
  std::vector<std::size_t> path;
  std::map<std::size_t, std::size_t> place;
  for (std::size_t at = from; examined.insert(at).second;) {
    place.emplace(at, path.size());
    path.push_back(at);
    const std::vector<std::size_t>& needs = locals_[at].needs;
    const auto next = std::find_if(needs.begin(), needs.end(),
                                   [&](std::size_t need) { return !locals_[need].done; });
    if (next == needs.end()) return {};
    at = *next;
    const auto seen = place.find(at);
    if (seen == place.end()) continue;
    return {path.begin() + static_cast<std::ptrdiff_t>(seen->second), path.end()};
  }
  return {};
}

void LocalsEvaluation::ReportCycle(const std::vector<std::size_t>& cycle) {
  const std::size_t first = *std::min_element(cycle.begin(), cycle.end());
  const auto start = std::find(cycle.begin(), cycle.end(), first);
  std::string names;
  for (auto at = start; at != cycle.end(); ++at) {
    names += fmt::format("local.{} -> ", locals_[*at].attribute->name);
  }
  for (auto at = cycle.begin(); at != start; ++at) {
    names += fmt::format("local.{} -> ", locals_[*at].attribute->name);
  }
  const std::string_view name = locals_[first].attribute->name;
  const Local& closing = locals_[start == cycle.begin() ? cycle.back() : *(start - 1)];
  for (const Reference& reference : closing.references) {
    if (reference.attribute != name) continue;
    diagnostics_.Error(
        closing.attribute->expr.file, reference.attribute_span, "Local values refer to each other",
        fmt::format("None of these can be computed first: {}local.{}.", names, name));
    return;
  }
}

// Roots of the trouble first: cycles, then values that fail by themselves. Those that only need one
// of these are not mentioned.
void LocalsEvaluation::ReportRest() {
  std::set<std::size_t> examined;
  for (std::size_t i = 0; i < locals_.size(); ++i) {
    const Local& local = locals_[i];
    if (local.done) continue;
    const bool by_itself = std::all_of(local.needs.begin(), local.needs.end(),
                                       [&](std::size_t need) { return locals_[need].done; });
    if (by_itself) {
      Evaluate(i, diagnostics_);
      continue;
    }
    const std::vector<std::size_t> cycle = FindCycle(i, examined);
    if (!cycle.empty()) ReportCycle(cycle);
  }
}

void LocalsEvaluation::FillWithUnknowns() {
  for (const Local& local : locals_) {
    if (values_.emplace(local.attribute->name, hcl::Value::Unknown()).second) changed_ = true;
  }
}

void LocalsEvaluation::Run() {
  EvaluateInOrder();
  EvaluateStubborn();
  if (session_.partly) FillWithUnknowns();
  Publish();
  if (!session_.partly) ReportRest();
}

}  // namespace

void EvaluateLocals(const std::vector<Section>& sections, Session& session,
                    hcl::Diagnostics& diagnostics) {
  LocalsEvaluation(sections, session, diagnostics).Run();
}

}  // namespace nmgr::jobspec
