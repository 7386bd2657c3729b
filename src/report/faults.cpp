#include "nmgr/report/faults.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "nmgr/base/text.h"

namespace nmgr::report {
namespace {

using Key = std::tuple<hcl::Severity, std::string, std::string>;

Key FaultKey(const hcl::Diagnostic& fault) { return {fault.severity, fault.summary, fault.detail}; }

struct Common {
  std::size_t specs = 0;
  std::vector<std::string> others;  // files that have it, but for the first
  const hcl::Diagnostics* last = nullptr;
};

std::map<Key, Common> CountFaults(const std::vector<const hcl::Diagnostics*>& specs) {
  constexpr std::size_t kMostNamed = 3;
  std::map<Key, Common> counts;
  for (const hcl::Diagnostics* spec : specs) {
    for (const hcl::Diagnostic& fault : spec->items()) {
      Common& common = counts[FaultKey(fault)];
      if (common.last == spec) continue;
      common.last = spec;
      const bool named =
          common.specs != 0 && fault.file != nullptr && common.others.size() < kMostNamed;
      if (named) common.others.push_back(fault.file->name());
      ++common.specs;
    }
  }
  return counts;
}

void Append(std::string& detail, const std::string& sentence) {
  if (!detail.empty()) detail += '\n';
  detail += sentence;
}

std::string Elsewhere(const Common& common) {
  const std::size_t others = common.specs - 1;
  std::string text = fmt::format("The same in {}", nmgr::Count(others, "other spec"));
  if (common.others.empty()) return text + ".";
  text += ": " + Join(common.others, ", ");
  return text + (common.others.size() < others ? ", ..." : "");
}

std::string WithoutJob(const JobError& one) {
  const std::string& text = one.error.message;
  const std::string name = one.job + ": ";
  return text.starts_with(name) ? text.substr(name.size()) : text;
}

// Without the job in "/v1/job/web/plan".
std::string WithoutJobPath(std::string text) {
  constexpr std::string_view kPath = "/v1/job/";
  const std::size_t at = text.find(kPath);
  if (at == std::string::npos) return text;
  const std::size_t begin = at + kPath.size();
  return text.erase(begin, std::min(text.find_first_of("/:? ", begin), text.size()) - begin);
}

}  // namespace

std::vector<Error> CondensedErrors(const std::vector<JobError>& errors) {
  using ErrorKey = std::tuple<ErrorCode, std::string, std::string>;
  std::map<ErrorKey, std::vector<std::string>> others;  // jobs
  std::vector<std::pair<ErrorKey, Error>> firsts;
  for (const JobError& one : errors) {
    const std::string message = WithoutJob(one);
    const ErrorKey key{one.error.code, WithoutJobPath(message), one.error.hint};
    const auto [known, is_new] = others.try_emplace(key);
    if (is_new) {
      firsts.push_back({key, {one.error.code, one.job + ": " + message, one.error.hint}});
    } else {
      known->second.push_back(one.job);
    }
  }
  std::vector<Error> condensed;
  for (auto& [key, error] : firsts) {
    const std::vector<std::string>& jobs = others[key];
    if (!jobs.empty()) {
      error.message +=
          fmt::format(" (the same of {}: {})", nmgr::Count(jobs.size(), "other job"), SomeOf(jobs));
    }
    condensed.push_back(std::move(error));
  }
  return condensed;
}

void ReportErrors(Reporter& out, const std::vector<JobError>& errors) {
  for (const Error& error : CondensedErrors(errors)) out.Error(error);
}

hcl::Diagnostics Condensed(const std::vector<const hcl::Diagnostics*>& specs) {
  std::map<Key, Common> counts = CountFaults(specs);
  hcl::Diagnostics out;
  for (const hcl::Diagnostics* spec : specs) {
    std::vector<hcl::Diagnostic> shown;
    std::size_t more = spec->dropped();
    for (const hcl::Diagnostic& fault : spec->items()) {
      Common& common = counts[FaultKey(fault)];
      if (common.specs == 0) continue;  // told with an earlier spec
      if (shown.size() == kMostFaultsShown) {
        ++more;
        continue;
      }
      shown.push_back(fault);
      if (common.specs > 1) {
        Append(shown.back().detail, Elsewhere(common));
        common.specs = 0;
      }
    }
    if (more != 0 && !shown.empty()) {
      const std::string in_json =
          spec->dropped() == 0 ? "all" : fmt::format("the first {}", spec->items().size());
      Append(shown.back().detail, fmt::format("{} in this spec (nmgr validate -o json shows {}).",
                                              nmgr::Count(more, "more fault"), in_json));
    }
    for (hcl::Diagnostic& fault : shown) out.Add(std::move(fault));
  }
  return out;
}

void ReportFaults(Reporter& out, const std::vector<const hcl::Diagnostics*>& specs) {
  if (!out.findings()) return out.Diagnostics(Condensed(specs));
  for (const hcl::Diagnostics* faults : specs) out.Diagnostics(*faults);
}

std::string DuplicatesText(const std::string& name, const Path& path,
                           const std::vector<Path>& others) {
  std::vector<Path> paths = {path};
  paths.insert(paths.end(), others.begin(), others.end());
  return fmt::format("{}: {} specs have this ID: {}", name, paths.size(), SomeOf(paths));
}

}  // namespace nmgr::report
