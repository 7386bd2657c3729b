// A mirror of an origin, and the folder of its trees.
#pragma once

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

}  // namespace nmgr::git
