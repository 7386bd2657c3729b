// A bare copy of one repository in a folder of ours, of which as little is fetched as will do.
//
// Neither the repository nor its server is trusted: what comes is checked (fsck) before it is kept,
// nothing of it is run (hooks, filters, submodules, LFS), and time, output and sizes are bounded
// (Limits). Credentials are shown to the host that they are bound to and to nobody else, redirects
// are not followed, and no secret is in an argument, an address or a message.
//
// A mirror holds nothing that is not elsewhere: one that is broken, by a full disk or a kill, is
// made anew by the next function that needs it.
//
// Errors of all functions: kConfig (what Access says cannot be: a key file that others may read, a
// credential for another host, a url that git would run something for; it stays until somebody
// changes it), kNotFound (no such repository, branch, tag or commit), kUnreachable (nobody answers,
// or with something that is no git repository), kForbidden (key, token or host key were refused),
// kRejected (a bound of Limits, or content that fsck refuses), kTimedOut, kIo (our own disk),
// kInterrupted. A message says in one sentence which repository, what and why, git's own words cut
// and made visible; a hint what to do.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/base/clock.h"
#include "nmgr/base/expected.h"
#include "nmgr/base/file_system.h"
#include "nmgr/base/path.h"
#include "nmgr/base/process.h"

namespace nmgr::git {

// What is fetched, and with which credential.
struct Access {
  std::string url;          // git/url.h
  std::string ref;          // "refs/heads/main", "refs/tags/v1", "HEAD", or a commit's full name
  std::string host = {};    // that the credential is for: "git.example.org", "host:2222"
  std::string user = {};    // "": that of the url, else git (ssh) or x-access-token (https)
  Path key_file = {};       // ssh: a private key that nobody else may read, without a passphrase
  Path known_hosts = {};    // ssh: the host keys; a host that is not in it is not talked to
  Path token_file = {};     // https
  Path ca_file = {};        // https: more certificate authorities, PEM
  bool allow_file = false;  // file:///
  bool allow_http = false;  // http://, with the token readable by whoever is in between
};

struct Limits {
  Duration deadline{120'000};              // of one run of git
  std::uint64_t most_output = 64U << 20U;  // bytes that git may say
  std::uint64_t most_pack = 1U << 30U;     // bytes of one fetch
  std::uint64_t most_files = 100'000;      // of a tree that is checked out
  std::uint64_t most_tree = 1U << 30U;     // bytes of all its files
  int most_history = 4096;                 // commits that are looked back over
};

// What people want to know of a commit. Texts are cut (kMostText bytes), valid UTF-8, without
// controls.
struct CommitInfo {
  std::string commit;  // its full name
  std::string author;  // "Ann Example"
  std::string email;
  WallTime time;  // when it was committed
  std::string subject;
  static constexpr std::size_t kMostText = 200;
};

// Paths from the top of the tree, as git has them: any bytes but zero, '/' between folders.
struct Changes {
  std::vector<std::string> changed;  // new or other content, mode or kind; what a rename led to
  std::vector<std::string> deleted;  // what a rename led from
  // Of the deleted: where much the same content stands now, and did not before.
  std::map<std::string, std::string> renamed;
};

// A tree that was checked out.
struct Checkout {
  Path folder;
  // What of the commit is not in it, with the reason: links out of it, submodules.
  std::vector<std::string> left_out;
};

enum class SignatureKind { kSsh, kGpg };

// Who signed a commit.
struct Signature {
  std::string signer;  // as the allowed signers name them; controls made visible
  std::string key;     // its fingerprint or ID
};

// One thread and one object at a time; a lock beside the folder (FOLDER.lock) keeps other processes
// out from the first use to the end of the object. All functions may take as long as Limits says
// and end soon after a stop request.
class Mirror {
 public:
  // `folder` is made when it is first needed. Nothing is checked yet.
  Mirror(Path folder, Access access, Processes& processes, FileSystem& files, Limits limits = {});
  ~Mirror();
  Mirror(const Mirror&) = delete;
  Mirror& operator=(const Mirror&) = delete;

  // What is in Access, without asking anybody: kConfig.
  Expected<void> Check();

  // The commit that the ref names on the server now (ls-remote). kNotFound: it is gone.
  Expected<std::string> RemoteCommit(const std::stop_token& stop = {});

  // Brings the commit that the ref names. `forced`: the commit fetched before is not among its
  // ancestors (a forced push, another repository), or that could not be shown within
  // Limits::most_history; never at the first fetch.
  struct Fetched {
    std::string commit;
    bool forced = false;
    bool first = false;  // nothing was fetched before, or it is lost
  };
  Expected<Fetched> Fetch(const std::stop_token& stop = {});

  // The commit of the last fetch, also by an earlier process; "" where there is none. Asks nobody.
  Expected<std::string> LastFetched(const std::stop_token& stop = {});

  // Whether `newer` is `older` or comes after it. False also where that cannot be shown within
  // Limits::most_history. Brings what is missing of the history.
  Expected<bool> IsAncestor(std::string_view older, std::string_view newer,
                            const std::stop_token& stop = {});

  // The full name of `newer` or the one before it whose name begins with `beginning` (7 digits at
  // least). "" where there is none, or that cannot be shown within Limits::most_history.
  Expected<std::string> Ancestor(std::string_view beginning, std::string_view newer,
                                 const std::stop_token& stop = {});

  // The full name of a commit that is on this disk, by its beginning (7 digits at least); "" where
  // there is none, or several.
  Expected<std::string> FullName(std::string_view beginning, const std::stop_token& stop = {});

  // What differs between two trees. Brings a commit that is not there; kNotFound where the server
  // does not give it any more.
  Expected<Changes> ChangesBetween(std::string_view older, std::string_view newer,
                                   const std::stop_token& stop = {});

  // The tree of a commit in FOLDER/COMMIT, whole or not at all: it is made beside and renamed. One
  // that this object made before is returned as it is, any other is made anew. There is no .git in
  // it; links that stay in the tree are links, others are left out, and so are submodules.
  //
  // Files that are the same in the tree that this object made last in `folder` are these very files
  // under another name (git/checkouts.h), so nobody may write into a tree. Where somebody did, that
  // tree stays as it is, and the next one is made without it.
  Expected<Checkout> CheckOut(std::string_view commit, const Path& folder,
                              const std::stop_token& stop = {});

  // Takes away what CheckOut made in `folder`, also in an earlier process, but for these commits.
  Expected<void> RemoveOthers(const Path& folder, const std::vector<std::string>& commits);

  Expected<CommitInfo> Describe(std::string_view commit, const std::stop_token& stop = {});

  // That the commit itself was signed, in this way and no other, by one of `signers`: of ssh a file
  // of allowed signers (ssh-keygen(1)), of gpg one of public keys. kForbidden where it was not (no
  // signature, another key, an expired one, changed content), kConfig for the file, or where
  // ssh-keygen or gpg is not there.
  Expected<Signature> Verify(std::string_view commit, SignatureKind kind, const Path& signers,
                             const std::stop_token& stop = {});

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace nmgr::git
