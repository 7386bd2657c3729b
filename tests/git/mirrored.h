// A mirror of an origin, the folder of its trees, and what is checked out of it.
#pragma once

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <utility>

#include "nmgr/git/mirror.h"
#include "support/git_server.h"
#include "support/temp_dir.h"

namespace nmgr::git {

struct Mirrored {
  explicit Mirrored(const testing::GitOrigin& origin, std::string ref = "refs/heads/main",
                    Limits limits = {})
      : access{origin.url(), std::move(ref)} {
    access.allow_file = true;
    Open(limits);
  }
  // As a process that comes later.
  void Open(Limits limits = {}) {
    mirror.reset();
    mirror = std::make_unique<Mirror>(folder(), access, RealProcesses(), RealFileSystem(), limits);
  }
  Path folder() const { return dir.At("mirror"); }
  Path trees() const { return dir.At("trees"); }

  testing::TempDir dir;
  Access access;
  std::unique_ptr<Mirror> mirror;
};

// What the origin has now, fetched and checked out into `folder`.
inline Checkout CheckedOut(Mirrored& at, const Path& folder) {
  const auto fetched = at.mirror->Fetch();
  if (!fetched) FAIL(fetched.error().message);
  const auto tree = at.mirror->CheckOut(fetched->commit, folder);
  if (!tree) FAIL(tree.error().message);
  return *tree;
}
inline Checkout CheckedOut(Mirrored& at) { return CheckedOut(at, at.trees()); }

inline std::string Read(const Checkout& tree, const std::string& name) {
  return RealFileSystem().ReadFile(tree.folder + "/" + name, kMaxFileSize).value();
}

// A commit of a file "a" that holds 1, and a submodule "sub".
inline void CommitSubmodule(const testing::GitOrigin& origin) {
  origin.Write(".gitmodules",
               "[submodule \"sub\"]\n  path = sub\n  url = https://host.invalid/x\n");
  origin.Write("a", "1");
  const std::string commit = origin.Commit();
  origin.Git({"update-index", "--add", "--cacheinfo", "160000," + commit + ",sub"});
  origin.Git({"commit", "-q", "-m", "with a submodule"});
}

}  // namespace nmgr::git
