#include "nmgr/git/mirror.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <set>
#include <utility>

#include "git/checkouts.h"
#include "git/connection.h"
#include "git/failure.h"
#include "git/repository.h"
#include "git/signature.h"
#include "nmgr/base/text.h"
#include "nmgr/git/command.h"
#include "nmgr/git/output.h"

namespace nmgr::git {
namespace {

constexpr std::string_view kHead = "refs/nmgr/head";  // of the last fetch
constexpr std::string_view kNext = "refs/nmgr/next";  // of the one that is under way

// Names of ours, so that nothing else can be asked for by one.
Expected<void> CheckCommit(std::string_view commit) {
  if (IsObjectName(commit)) return {};
  return Error{ErrorCode::kInternal, EscapeControls(commit) + ": not the full name of a commit"};
}

// Of the name of a commit.
bool IsBeginning(std::string_view text) {
  constexpr std::size_t kLeast = 7;
  return text.size() >= kLeast &&
         std::all_of(text.begin(), text.end(), [](char c) { return HexValue(c) >= 0; });
}

std::string CutText(std::string_view text) {
  std::string shown = EscapeControls(text.substr(0, CommitInfo::kMostText + 4));
  if (shown.size() <= CommitInfo::kMostText) return shown;
  std::size_t end = CommitInfo::kMostText;
  while (end > 0 && IsContinuationByte(shown[end])) --end;
  return shown.substr(0, end) + "...";
}

}  // namespace

class Mirror::State {
 public:
  State(Path folder, Access access, Processes& processes, FileSystem& files, Limits limits)
      : access_(std::move(access)),
        files_(files),
        limits_(limits),
        repository_(std::move(folder), processes, limits),
        checkouts_(repository_, files, limits, ShownUrl(access_.url)) {}

  Expected<Connection> Connect() const;
  Expected<std::string> RemoteCommit(const std::stop_token& stop);
  Expected<Fetched> Fetch(const std::stop_token& stop);
  Expected<std::string> Head(const std::stop_token& stop);
  Expected<std::string> FullName(const std::string& beginning, const std::stop_token& stop);
  Expected<std::string> Ancestor(const std::string& beginning, const std::string& newer,
                                 const std::stop_token& stop);
  Expected<bool> IsAncestor(const std::string& older, const std::string& newer,
                            const std::stop_token& stop);
  Expected<Changes> ChangesBetween(const std::string& older, const std::string& newer,
                                   const std::stop_token& stop);
  Expected<Checkout> CheckOut(const std::string& commit, const Path& folder,
                              const std::stop_token& stop);
  Expected<CommitInfo> Describe(const std::string& commit, const std::stop_token& stop);
  Expected<Signature> Verify(const std::string& commit, SignatureKind kind, const Path& signers,
                             const std::stop_token& stop);

  // Runs `work` on an open mirror; where it fails on our own disk and the mirror turns out to be
  // broken, once more on a new one.
  template <class Work>
  auto Mending(const std::stop_token& stop, const Work& work) -> decltype(work()) {
    TRY(repository_.Open(stop));
    auto result = work();
    if (result || result.error().code != ErrorCode::kIo) return result;
    const Expected<bool> sound = repository_.IsSound(stop);
    if (!sound || *sound) return result;
    TRY(repository_.Remake(stop));
    return work();
  }

  Checkouts& checkouts() { return checkouts_; }

 private:
  bool IsCommitRef() const { return IsObjectName(access_.ref); }
  Asked Question(const Connection& connection) const;
  Error RefIsGone(const Connection& connection, const std::stop_token& stop);
  Expected<bool> Has(const std::string& commit, const std::stop_token& stop);
  Expected<void> Ensure(const std::string& commit, const std::stop_token& stop);
  Expected<void> Bring(const std::string& refspec, int depth, const std::stop_token& stop);
  Expected<void> Tidy(const std::stop_token& stop);
  Expected<bool> IsComplete(const std::string& commit, const std::stop_token& stop);

  const Access access_;
  FileSystem& files_;
  const Limits limits_;
  Repository repository_;
  Checkouts checkouts_;
};

Expected<Connection> Mirror::State::Connect() const {
  TRY_ASSIGN(Connection connection, git::Connect(access_, files_));
  const std::string& ref = access_.ref;
  const bool known = ref == "HEAD" || IsCommitRef() || ref.starts_with("refs/heads/") ||
                     ref.starts_with("refs/tags/");
  if (known && IsRefName(ref)) return connection;
  return Error{
      ErrorCode::kConfig,
      fmt::format("{}: {} is no branch, tag or commit", ShownUrl(access_.url), EscapeControls(ref)),
      "refs/heads/NAME, refs/tags/NAME, HEAD or the 40 digits of a commit"};
}

Asked Mirror::State::Question(const Connection& connection) const {
  return {ShownUrl(access_.url), access_.ref, connection.url.host, !access_.token_file.empty()};
}

Expected<std::string> Mirror::State::RemoteCommit(const std::stop_token& stop) {
  TRY_ASSIGN(const Connection connection, Connect());
  if (IsCommitRef()) return access_.ref;
  const std::string peeled = access_.ref + "^{}";
  TRY_ASSIGN(const ProcessResult result,
             repository_.Talk({"ls-remote", "--quiet", "--", access_.url, access_.ref, peeled},
                              connection, stop));
  if (result.exit_code != 0) return FailureOf(result.err, Question(connection));
  const std::optional<RemoteRefs> refs = ReadRemoteRefs(result.out);
  if (!refs) return OddOutput("the refs of a server");
  for (const std::string& name : {peeled, access_.ref}) {
    if (const auto found = refs->find(name); found != refs->end()) return found->second;
  }
  return RefIsGone(connection, stop);
}

// What shows no ref at all may be a page of a single line, which git takes for an empty list.
Error Mirror::State::RefIsGone(const Connection& connection, const std::stop_token& stop) {
  const Expected<ProcessResult> all =
      repository_.Talk({"ls-remote", "--quiet", "--", access_.url}, connection, stop);
  const bool empty = all && all->exit_code == 0 && all->out.empty();
  return {ErrorCode::kNotFound,
          fmt::format("{}: {} is not there{}", ShownUrl(access_.url), access_.ref,
                      empty ? ", nor any other branch" : ""),
          empty ? "is the repository empty, or is it a login page that answers?"
                : "was it deleted or renamed?"};
}

Expected<void> Mirror::State::Bring(const std::string& refspec, int depth,
                                    const std::stop_token& stop) {
  TRY_ASSIGN(const Connection connection, Connect());
  TRY_ASSIGN(const ProcessResult result,
             repository_.Talk({"fetch", "--quiet", "--no-tags", "--no-write-fetch-head",
                               "--no-auto-maintenance", "--no-recurse-submodules",
                               fmt::format("--depth={}", depth), "--", access_.url, refspec},
                              connection, stop));
  if (result.exit_code == 0) return {};
  if (result.err.find("couldn't find remote ref") != std::string::npos) {
    return RefIsGone(connection, stop);
  }
  return FailureOf(result.err, Question(connection));
}

Expected<bool> Mirror::State::Has(const std::string& commit, const std::stop_token& stop) {
  TRY_ASSIGN(const ProcessResult result,
             repository_.Ask({"cat-file", "-e", commit + "^{tree}"}, stop));
  return result.exit_code == 0;
}

Expected<void> Mirror::State::Ensure(const std::string& commit, const std::stop_token& stop) {
  TRY(CheckCommit(commit));
  TRY_ASSIGN(const bool there, Has(commit, stop));
  if (there) return {};
  return Bring(commit, 1, stop);
}

Expected<std::string> Mirror::State::Head(const std::stop_token& stop) {
  TRY_ASSIGN(const ProcessResult result,
             repository_.Ask({"rev-parse", "--verify", "--quiet", std::string(kHead)}, stop));
  std::string commit = Line(result.out);
  return result.exit_code == 0 && IsObjectName(commit) ? std::move(commit) : std::string();
}

Expected<Mirror::Fetched> Mirror::State::Fetch(const std::stop_token& stop) {
  constexpr int kUsualSteps = 16;  // of a branch between two fetches
  TRY_ASSIGN(const std::string before, Head(stop));
  Fetched fetched;
  fetched.first = before.empty();
  if (IsCommitRef()) {
    TRY(Connect());
    TRY(Ensure(access_.ref, stop));
    fetched.commit = access_.ref;
  } else {
    TRY(Bring(fmt::format("+{}:{}", access_.ref, kNext), before.empty() ? 1 : kUsualSteps, stop));
    TRY_ASSIGN(
        const std::string commit,
        repository_.Local({"rev-parse", "--verify", std::string(kNext) + "^{commit}"}, stop));
    fetched.commit = Line(commit);
    if (!IsObjectName(fetched.commit)) return OddOutput("the name of a commit");
  }
  if (!before.empty() && before != fetched.commit) {
    TRY_ASSIGN(const bool follows, IsAncestor(before, fetched.commit, stop));
    fetched.forced = !follows;
  }
  TRY(repository_.Local({"update-ref", std::string(kHead), fetched.commit}, stop));
  TRY(Tidy(stop));
  return fetched;
}

// Each fetch brings a pack. What no ref leads to stays, for commits that somebody may ask about.
Expected<void> Mirror::State::Tidy(const std::stop_token& stop) {
  constexpr std::size_t kMostFiles = 200;  // two or three a pack
  const auto packs = files_.ListFolder(repository_.folder() + "/objects/pack");
  if (!packs || packs->size() <= kMostFiles) return {};
  TRY(repository_.Local({"repack", "-a", "-d", "-k", "-q"}, stop));
  return {};
}

// Whether nothing of its history is cut off.
Expected<bool> Mirror::State::IsComplete(const std::string& commit, const std::stop_token& stop) {
  TRY_ASSIGN(const std::string text,
             repository_.Local({"rev-list", "--max-parents=0", commit}, stop));
  const Expected<std::string> shallow =
      files_.ReadFile(repository_.folder() + "/shallow", 64U << 20U);
  if (!shallow) return shallow.error().code == ErrorCode::kNotFound;
  const std::vector<std::string> cut = SplitList(*shallow, "\n");
  const std::set<std::string> ends(cut.begin(), cut.end());
  const std::vector<std::string> roots = SplitList(text, "\n");
  return std::none_of(roots.begin(), roots.end(),
                      [&](const std::string& root) { return ends.contains(root); });
}

Expected<std::string> Mirror::State::FullName(const std::string& beginning,
                                              const std::stop_token& stop) {
  TRY_ASSIGN(const ProcessResult named,
             repository_.Ask({"rev-parse", "--verify", "--quiet", beginning + "^{commit}"}, stop));
  std::string name = Line(named.out);
  return named.exit_code == 0 && IsObjectName(name) ? std::move(name) : std::string();
}

Expected<std::string> Mirror::State::Ancestor(const std::string& beginning,
                                              const std::string& newer,
                                              const std::stop_token& stop) {
  TRY(Ensure(newer, stop));
  for (int depth = 64;; depth *= 8) {
    TRY_ASSIGN(
        const ProcessResult named,
        repository_.Ask({"rev-parse", "--verify", "--quiet", beginning + "^{commit}"}, stop));
    std::string older = Line(named.out);
    if (named.exit_code == 0 && IsObjectName(older)) {
      TRY_ASSIGN(const ProcessResult result,
                 repository_.Ask({"merge-base", "--is-ancestor", older, newer}, stop));
      if (result.exit_code == 0) return older;
      if (result.exit_code != 1) return repository_.Failure(result);
    }
    TRY_ASSIGN(const bool complete, IsComplete(newer, stop));
    if (complete || depth > limits_.most_history) return std::string();
    TRY(Bring(newer, depth, stop));
  }
}

Expected<bool> Mirror::State::IsAncestor(const std::string& older, const std::string& newer,
                                         const std::stop_token& stop) {
  TRY(CheckCommit(older));
  TRY_ASSIGN(const std::string found, Ancestor(older, newer, stop));
  return !found.empty();
}

Expected<Changes> Mirror::State::ChangesBetween(const std::string& older, const std::string& newer,
                                                const std::stop_token& stop) {
  TRY(Ensure(older, stop));
  TRY(Ensure(newer, stop));
  TRY_ASSIGN(const Differences differences, repository_.Differing(older, newer, stop));
  Changes changes;
  for (const auto& [path, letter] : differences) {
    (letter == 'D' ? changes.deleted : changes.changed).push_back(path);
  }
  if (changes.deleted.empty()) return changes;
  TRY_ASSIGN(const std::string moves,
             repository_.Local({"diff-tree", "-r", "-z", "--name-status", "--find-renames",
                                "-l1000", "--diff-filter=R", "--no-ext-diff", older, newer},
                               stop));
  std::optional<Renames> renames = ReadRenames(moves);
  if (!renames) return OddOutput("renames");
  changes.renamed = *std::move(renames);
  return changes;
}

Expected<CommitInfo> Mirror::State::Describe(const std::string& commit,
                                             const std::stop_token& stop) {
  TRY(Ensure(commit, stop));
  TRY_ASSIGN(std::string text,
             repository_.Local({"log", "-1", "--no-mailmap", "--no-show-signature", "--no-decorate",
                                "--encoding=UTF-8", "--format=%an%x00%ae%x00%ct%x00%s", commit},
                               stop));
  text = Line(std::move(text));
  const std::vector<std::string_view> parts = Split(text, '\0');
  std::int64_t seconds = 0;
  const bool read =
      parts.size() == 4 &&
      std::from_chars(parts[2].data(), parts[2].data() + parts[2].size(), seconds).ec ==
          std::errc();
  if (!read) return OddOutput("a commit");
  CommitInfo info;
  info.commit = commit;
  info.author = CutText(parts[0]);
  info.email = CutText(parts[1]);
  info.time = WallTime(std::chrono::seconds(std::clamp<std::int64_t>(seconds, 0, 253'402'300'799)));
  info.subject = CutText(parts[3]);
  return info;
}

Expected<Checkout> Mirror::State::CheckOut(const std::string& commit, const Path& folder,
                                           const std::stop_token& stop) {
  TRY(Ensure(commit, stop));
  return checkouts_.Make(commit, folder, stop);
}

Expected<Signature> Mirror::State::Verify(const std::string& commit, SignatureKind kind,
                                          const Path& signers, const std::stop_token& stop) {
  if (const auto content = files_.ReadFile(signers, kMaxFileSize); !content) {
    return Error{ErrorCode::kConfig, "allowed signers " + content.error().message};
  }
  TRY(Ensure(commit, stop));
  return VerifySignature(repository_, commit, kind, signers, stop);
}

Mirror::Mirror(Path folder, Access access, Processes& processes, FileSystem& files, Limits limits)
    : state_(std::make_unique<State>(std::move(folder), std::move(access), processes, files,
                                     limits)) {}

Mirror::~Mirror() = default;

Expected<void> Mirror::Check() {
  TRY(state_->Connect());
  return {};
}

Expected<std::string> Mirror::RemoteCommit(const std::stop_token& stop) {
  return state_->Mending(stop, [&] { return state_->RemoteCommit(stop); });
}

Expected<Mirror::Fetched> Mirror::Fetch(const std::stop_token& stop) {
  return state_->Mending(stop, [&] { return state_->Fetch(stop); });
}

Expected<std::string> Mirror::LastFetched(const std::stop_token& stop) {
  return state_->Mending(stop, [&] { return state_->Head(stop); });
}

Expected<bool> Mirror::IsAncestor(std::string_view older, std::string_view newer,
                                  const std::stop_token& stop) {
  return state_->Mending(
      stop, [&] { return state_->IsAncestor(std::string(older), std::string(newer), stop); });
}

Expected<std::string> Mirror::Ancestor(std::string_view beginning, std::string_view newer,
                                       const std::stop_token& stop) {
  if (!IsBeginning(beginning)) return std::string();
  return state_->Mending(
      stop, [&] { return state_->Ancestor(std::string(beginning), std::string(newer), stop); });
}

Expected<std::string> Mirror::FullName(std::string_view beginning, const std::stop_token& stop) {
  if (!IsBeginning(beginning)) return std::string();
  return state_->Mending(stop, [&] { return state_->FullName(std::string(beginning), stop); });
}

Expected<Changes> Mirror::ChangesBetween(std::string_view older, std::string_view newer,
                                         const std::stop_token& stop) {
  return state_->Mending(
      stop, [&] { return state_->ChangesBetween(std::string(older), std::string(newer), stop); });
}

Expected<Checkout> Mirror::CheckOut(std::string_view commit, const Path& folder,
                                    const std::stop_token& stop) {
  const std::string name(commit);
  if (const Checkout* made = state_->checkouts().Find(name, folder)) return *made;
  return state_->Mending(stop, [&] { return state_->CheckOut(name, folder, stop); });
}

Expected<void> Mirror::RemoveOthers(const Path& folder, const std::vector<std::string>& commits) {
  return state_->checkouts().RemoveOthers(folder, commits);
}

Expected<CommitInfo> Mirror::Describe(std::string_view commit, const std::stop_token& stop) {
  return state_->Mending(stop, [&] { return state_->Describe(std::string(commit), stop); });
}

Expected<Signature> Mirror::Verify(std::string_view commit, SignatureKind kind, const Path& signers,
                                   const std::stop_token& stop) {
  return state_->Mending(stop,
                         [&] { return state_->Verify(std::string(commit), kind, signers, stop); });
}

}  // namespace nmgr::git
