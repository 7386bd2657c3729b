// How fast the HCL front end reads job specs. Prints MB/s of each phase beside that of a plain
// UTF-8 validation of the same bytes in the same run: only the ratio means something on another
// machine.
//
// The phases are measured in turn, round after round, and the fastest round of each counts:
// whatever else the machine does can only slow one down.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "bench/corpus.h"
#include "hcl/syntax/lexer.h"
#include "nmgr/base/parallel.h"
#include "nmgr/base/text.h"
#include "nmgr/hcl/syntax/parse.h"
#include "nmgr/jobspec/jobspec.h"

namespace nmgr::bench {
namespace {

constexpr std::size_t kRepeat = 150;  // 68 specs: 10,200, 13.5 MB
constexpr int kRounds = 7;

using Work = std::function<bool(const Spec&)>;  // false: the spec is not what it should be

struct Phase {
  std::string name;
  std::size_t threads;
  Work work;
  double best = 0;  // MB/s
};

hcl::SourcePtr SourceOf(const Spec& spec) {
  return std::make_shared<hcl::SourceFile>(spec.path, spec.text);
}

bool Lex(const Spec& spec) {
  hcl::TokenList tokens(spec.text.size());
  hcl::Diagnostics diagnostics;
  hcl::Lex(SourceOf(spec), hcl::LexMode::kCode, tokens, diagnostics);
  return !diagnostics.HasErrors();
}

bool Parse(const Spec& spec) {
  hcl::Diagnostics diagnostics;
  return hcl::ParseBody(SourceOf(spec), diagnostics) != nullptr && !diagnostics.HasErrors();
}

bool Evaluate(const Spec& spec, FileSystem& files) {
  hcl::Diagnostics diagnostics;
  const jobspec::SpecContext context{nullptr, &files, "/home/me"};
  const jobspec::ParsedSpec parsed = jobspec::ParseSpec(spec.path, spec.text, context, diagnostics);
  const auto job = jobspec::EvaluateSpec(parsed, context, diagnostics);
  return job && !job->flat_hcl.empty();
}

void Measure(Phase& phase, const Corpus& corpus) {
  const auto start = std::chrono::steady_clock::now();
  ParallelFor(corpus.specs.size(), phase.threads, [&](std::size_t i) {
    if (phase.work(corpus.specs[i])) return;
    fmt::print(stderr, "{} went wrong in {}\n", phase.name, corpus.specs[i].path);
    std::exit(1);
  });
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  phase.best = std::max(phase.best, static_cast<double>(corpus.bytes) / 1e6 / took.count());
}

int Run(const Path& folder) {
  Expected<Corpus> corpus = LoadCorpus(folder, kRepeat);
  if (!corpus || corpus->specs.empty()) {
    fmt::print(stderr,
               "SKIPPED: there are no specs in {} (NMGR_SHARED names the folder of the data)\n",
               folder);
    return 0;
  }
  std::vector<Phase> phases;
  for (const std::size_t threads : {1, 2}) {
    phases.push_back(
        {"UTF-8 validation", threads, [](const Spec& spec) { return IsValidUtf8(spec.text); }});
    phases.push_back({"lex", threads, Lex});
    phases.push_back({"parse", threads, Parse});
    phases.push_back({"evaluate to flat text", threads,
                      [&](const Spec& spec) { return Evaluate(spec, corpus->files); }});
  }
  for (int round = 0; round < kRounds; ++round) {
    for (Phase& phase : phases) Measure(phase, *corpus);
  }
  fmt::print("{} specs, {:.1f} MB, best of {} rounds\n\n", corpus->specs.size(),
             static_cast<double>(corpus->bytes) / 1e6, kRounds);
  fmt::print("| phase | threads | MB/s | of UTF-8 validation |\n|---|---|---|---|\n");
  for (const Phase& phase : phases) {
    const double floor = phases[phase.threads == 1 ? 0 : phases.size() / 2].best;
    fmt::print("| {} | {} | {:.1f} | 1/{:.1f} |\n", phase.name, phase.threads, phase.best,
               floor / phase.best);
  }
  return 0;
}

}  // namespace
}  // namespace nmgr::bench

int main() {
  const char* shared = std::getenv("NMGR_SHARED");
  const std::filesystem::path folder = shared != nullptr ? shared : "../shared";
  return nmgr::bench::Run(
      std::filesystem::absolute(folder / "corpus/repos/homelab").lexically_normal().string());
}
