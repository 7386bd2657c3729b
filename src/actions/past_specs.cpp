#include "actions/past_specs.h"

#include <fmt/format.h>

#include <utility>

#include "actions/back_run.h"
#include "nmgr/actions/selection.h"
#include "nmgr/base/log.h"
#include "nmgr/base/text.h"
#include "nmgr/net/escape.h"
#include "nmgr/repo/evaluated.h"
#include "nmgr/rollout/known_bad.h"
#include "nmgr/rollout/reasons.h"

namespace nmgr::actions {
namespace {

using rollout::Origin;

constexpr std::size_t kShortCommit = 12;

std::string ShortCommit(const Origin& origin) { return origin.commit.substr(0, kShortCommit); }

// Without one there is nothing to read.
Expected<void> CheckCommit(const Origin& origin) {
  const std::string run =
      fmt::format("run {}, which {} it,", origin.run, origin.registered ? "registered" : "took");
  if (origin.served) {
    return Error{ErrorCode::kNotFound, run + " was one of serve, from a source of its own",
                 "serve registers what its source has now: nmgr sync"};
  }
  if (origin.commit.empty()) return Error{ErrorCode::kNotFound, run + " was of no commit"};
  if (origin.clean) return {};
  return Error{ErrorCode::kNotFound,
               fmt::format("{} was of commit {} with changes that were not committed", run,
                           ShortCommit(origin))};
}

std::string NamesOfVariables(const repo::SpecFile& spec) {
  return Join(spec.parsed.variables, ", ");
}

Expected<const repo::SpecFile*> FindSpec(const repo::Found& found, const repo::RepoOptions& options,
                                         const nomad::JobRef& ref, const std::string& commit) {
  const repo::SpecFile* spec = nullptr;
  int count = 0;
  for (const repo::SpecPtr& one : found.specs) {
    if (repo::IdentityOf(*one, options) != std::tie(ref.id, ref.name_space, ref.region)) continue;
    spec = one.get();
    ++count;
  }
  if (count == 1) return spec;
  return Error{ErrorCode::kNotFound, fmt::format("commit {} has {} of it", commit,
                                                 count == 0 ? "no spec" : "several specs")};
}

}  // namespace

PastSpecs::~PastSpecs() {
  trees_.clear();
  if (!mirror_) return;
  if (const auto removed = mirror_->RemoveOthers(folder_, {}); !removed) {
    LogDebug("{}", removed.error().message);
  }
}

void PastSpecs::LoadRuns() {
  runs_.emplace();
  const auto ids = rollout::RunIds(env_.state_folder, env_.files);
  if (!ids) return;
  for (const std::string& id : *ids) {
    auto run = rollout::LoadRun(env_.state_folder, id, env_.files);
    if (run && IsHere(env_, *run)) runs_->push_back(*std::move(run));
  }
}

Expected<rollout::PastSpec> PastSpecs::Of(const rollout::PastRun& run, const rollout::PastJob& job,
                                          const rollout::JobPoint& before, bool purged) {
  const std::lock_guard lock(mutex_);
  if (!runs_) LoadRuns();
  std::optional<Origin> origin = rollout::FindOrigin(*runs_, job.ref, before);
  if (!origin && purged && !job.path.empty()) origin = rollout::OriginAsTakenAway(run, job);
  if (!origin) {
    return Error{ErrorCode::kNotFound, "the run that registered that version is not on record"};
  }
  TRY(CheckCommit(*origin));
  TRY_ASSIGN(const Tree* const tree, TreeOf(*origin));
  TRY_ASSIGN(const repo::SpecFile* const spec,
             FindSpec(tree->found, tree->options, job.ref, ShortCommit(*origin)));
  repo::EvaluatedSpec evaluated = repo::TakeEvaluated(*spec, tree->context);
  const Path shown = RelativeTo(spec->path(), tree->base);
  if (!evaluated.spec || spec->faulty) {
    const std::string names = NamesOfVariables(*spec);
    return Error{
        ErrorCode::kInvalid,
        fmt::format("its spec {} at commit {} does not evaluate", shown, ShortCommit(*origin)),
        names.empty() ? "" : "it has the variables " + names + ": see --var, --var-file"};
  }
  rollout::PastSpec past;
  past.digest = rollout::KnownBad::DigestOf(evaluated.spec->flat_hcl);
  TRY(CheckHash(*origin, job.ref, *spec, past.digest));
  past.spec = *std::move(evaluated.spec);
  past.place = {origin->commit, origin->base_dir};
  past.words = fmt::format("{} at commit {}", shown, ShortCommit(*origin));
  if (!origin->registered) {
    past.notice = "who registered what ran is not on record";
  }
  return past;
}

Expected<void> PastSpecs::CheckHash(const Origin& origin, const nomad::JobRef& ref,
                                    const repo::SpecFile& spec, const std::string& digest) {
  const std::string names = NamesOfVariables(spec);
  const std::string hint =
      names.empty() ? "" : fmt::format("give the variables that it had then: {}", names);
  if (origin.spec_hash.empty()) {
    if (names.empty() && !origin.given_variables) return {};
    return Error{ErrorCode::kNotFound,
                 fmt::format("which values the variables of its spec had in run {} is not known",
                             origin.run)};
  }
  const auto key = HashKey::Read(rollout::SpecKeyPath(env_.state_folder));
  if (!key) {
    return Error{ErrorCode::kNotFound,
                 "the key is gone by which its spec would be known again: " + key.error().message};
  }
  if (rollout::SpecHash(*key, ref, digest) == origin.spec_hash) return {};
  return Error{ErrorCode::kConflict,
               fmt::format("its spec at commit {} comes to something else now than in run {}",
                           ShortCommit(origin), origin.run),
               hint};
}

Expected<const PastSpecs::Tree*> PastSpecs::TreeOf(const Origin& origin) {
  const std::string which =
      Packed(origin.commit, origin.base_dir, origin.name_space, origin.region);
  auto found = trees_.find(which);
  if (found == trees_.end()) found = trees_.emplace(which, ReadTree(origin)).first;
  if (!found->second) return found->second.error();
  return &*found->second;
}

Expected<PastSpecs::Tree> PastSpecs::ReadTree(const Origin& origin) {
  repo::RepoOptions options = env_.settings.repo;
  options.base_dir = origin.base_dir;
  const repo::Repo now = repo::UnopenedRepo(options, AccessOf(env_));
  TRY_ASSIGN(const repo::CommitPlace place, repo::FindCommit(now, origin.commit));
  TRY_ASSIGN(const Path top, CheckOut(place));
  Tree tree;
  tree.base = JoinPath(top, place.prefix);
  if (!env_.files.Stat(tree.base)) {
    return Error{ErrorCode::kNotFound,
                 fmt::format("commit {} has no folder {}", ShortCommit(origin), place.prefix)};
  }
  options.base_dir = tree.base;
  options.default_namespace = origin.name_space;
  options.default_region = origin.region;
  tree.context = SpecContextOf(env_, tree.base);
  repo::RepoAccess access = AccessOf(env_);
  access.spec = tree.context;
  tree.found = repo::FindSpecs(tree.base, options, access);
  tree.options = std::move(options);
  return tree;
}

Expected<Path> PastSpecs::CheckOut(const repo::CommitPlace& place) {
  if (env_.cache_folder.empty()) {
    return Error{ErrorCode::kIo, "neither HOME nor XDG_CACHE_HOME names a folder to read it in"};
  }
  if (!mirror_ || mirrored_ != place.top) {
    const Path own = JoinPath(CurrentFolder(), JoinPath(env_.cache_folder, "undo"));
    folder_ = JoinPath(own, "trees");
    mirror_.reset();
    git::Access access;
    access.url = "file://" + ReplaceAll(net::PercentEncode(place.top), "%2F", "/");
    access.ref = place.commit;
    access.allow_file = true;
    mirror_ = std::make_unique<git::Mirror>(JoinPath(own, "mirror.git"), std::move(access),
                                            env_.processes, env_.files);
    mirrored_ = place.top;
  }
  TRY_ASSIGN(const git::Checkout checkout, mirror_->CheckOut(place.commit, folder_, env_.stop));
  return checkout.folder;
}

}  // namespace nmgr::actions
