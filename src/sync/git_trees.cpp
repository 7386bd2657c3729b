#include "nmgr/sync/git_trees.h"

#include <fmt/format.h>

#include <utility>

#include "nmgr/base/log.h"
#include "nmgr/base/text.h"
#include "nmgr/git/mirror.h"

namespace nmgr::sync {
namespace {

git::Access AccessOf(const Source& source, const Credential* credential) {
  git::Access access;
  access.url = source.url;
  access.ref = source.FullRef();
  access.allow_file = !source.from_variable;
  access.allow_http = !source.from_variable;
  if (credential == nullptr) return access;
  access.host = credential->host;
  access.user = credential->user;
  access.key_file = credential->key_file;
  access.known_hosts = credential->known_hosts;
  access.token_file = credential->token_file;
  return access;
}

class GitTrees : public Trees {
 public:
  GitTrees(const Source& source, const Credential* credential, const Path& folder,
           Processes& processes, FileSystem& files)
      : source_(source),
        trees_(JoinPath(folder, "trees")),
        mirror_(JoinPath(folder, "mirror.git"), AccessOf(source, credential), processes, files) {}

  Expected<std::string> RemoteCommit(const std::stop_token& stop) override {
    TRY(mirror_.Check());
    return mirror_.RemoteCommit(stop);
  }

  Expected<Checkout> Fetch(const std::stop_token& stop) override {
    TRY_ASSIGN(const git::Mirror::Fetched fetched, mirror_.Fetch(stop));
    TRY_ASSIGN(Checkout checkout, CheckOut(fetched.commit, stop));
    checkout.forced = fetched.forced;
    checkout.first = fetched.first;
    return checkout;
  }

  std::optional<Checkout> LastGood() override {
    const auto commit = mirror_.LastFetched();
    if (!commit || commit->empty()) return std::nullopt;
    auto checkout = CheckOut(*commit, {});
    if (!checkout) return std::nullopt;
    return *std::move(checkout);
  }

  Expected<Checkout> Earlier(const std::string& earlier, const std::string& commit,
                             const std::stop_token& stop) override {
    TRY_ASSIGN(std::string whole, mirror_.Ancestor(earlier, commit, stop));
    if (whole.empty()) {
      TRY_ASSIGN(whole, mirror_.FullName(earlier, stop));
    }
    if (whole.empty()) {
      return Error{ErrorCode::kNotFound, fmt::format("commit {} is not there any more", earlier)};
    }
    TRY(CheckSigned(whole, stop));
    const Path folder = trees_ + "-earlier";
    TRY_ASSIGN(const git::Checkout made, mirror_.CheckOut(whole, folder, stop));
    TRY(mirror_.RemoveOthers(folder, {whole}));
    Checkout checkout;
    checkout.commit = whole;
    checkout.folder = made.folder;
    return checkout;
  }

  Expected<FilesSince> Since(const std::string& earlier, const std::string& commit,
                             const std::stop_token& stop) override {
    if (commit != since_commit_) since_.clear();
    since_commit_ = commit;
    if (const auto known = since_.find(earlier); known != since_.end()) return known->second;
    FilesSince since;
    TRY_ASSIGN(const std::string older, mirror_.Ancestor(earlier, commit, stop));
    if (!older.empty()) {
      TRY_ASSIGN(git::Changes changes, mirror_.ChangesBetween(older, commit, stop));
      since.follows = true;
      since.deleted = {changes.deleted.begin(), changes.deleted.end()};
      since.moved = std::move(changes.renamed);
    }
    return since_.emplace(earlier, std::move(since)).first->second;
  }

 private:
  // What is not signed as it should be is no tree of this source, whenever it was fetched.
  Expected<void> CheckSigned(const std::string& commit, const std::stop_token& stop) {
    if (source_.verify == Verify::kNone) return {};
    const auto kind =
        source_.verify == Verify::kSsh ? git::SignatureKind::kSsh : git::SignatureKind::kGpg;
    const auto signature = mirror_.Verify(commit, kind, source_.allowed_signers, stop);
    if (signature) return {};
    Error error = signature.error();
    if (error.code == ErrorCode::kForbidden) error.code = ErrorCode::kRejected;  // not Nomad's 403
    return error;
  }

  Expected<Checkout> CheckOut(const std::string& commit, const std::stop_token& stop) {
    TRY(CheckSigned(commit, stop));
    TRY_ASSIGN(const git::Checkout made, mirror_.CheckOut(commit, trees_, stop));
    TRY_ASSIGN(const git::CommitInfo info, mirror_.Describe(commit, stop));
    // The one before may still be read by a sync that is under way.
    if (const auto removed = mirror_.RemoveOthers(trees_, {commit, before_}); !removed) {
      LogDebug("{}", removed.error().message);
    }
    before_ = commit;
    Checkout checkout;
    checkout.commit = commit;
    checkout.folder = made.folder;
    checkout.subject = info.subject;
    checkout.author = info.author;
    checkout.left_out = made.left_out;
    return checkout;
  }

  const Source& source_;
  const Path trees_;
  git::Mirror mirror_;
  std::string before_;
  // Of one commit; a history that shows nothing is not fetched again and again.
  std::string since_commit_;
  std::map<std::string, FilesSince> since_;
};

}  // namespace

Expected<void> CheckGitAccess(const Source& source, const Credential* credential,
                              Processes& processes, FileSystem& files) {
  const auto checked = git::Mirror("", AccessOf(source, credential), processes, files).Check();
  if (checked) return {};
  Error error = checked.error();
  error.message = fmt::format("{}: source \"{}\": {}", source.place, source.name, error.message);
  return error;
}

std::unique_ptr<Trees> MakeGitTrees(const Source& source, const Credential* credential, Path folder,
                                    Processes& processes, FileSystem& files) {
  return std::make_unique<GitTrees>(source, credential, folder, processes, files);
}

}  // namespace nmgr::sync
