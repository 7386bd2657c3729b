// The commits of a source, by git: a mirror of its own and a checkout for each commit, in a folder
// of ours that may be lost at any time.
#pragma once

#include <memory>

#include "nmgr/base/file_system.h"
#include "nmgr/base/process.h"
#include "nmgr/sync/source.h"
#include "nmgr/sync/tree.h"

namespace nmgr::sync {

// `folder` is this source's alone. `credential`: null for none. All must outlive the result.
std::unique_ptr<Trees> MakeGitTrees(const Source& source, const Credential* credential, Path folder,
                                    Processes& processes, FileSystem& files);

// What cannot be, without asking anybody: a key or token file that is not there or that others may
// read, a credential for another host. kConfig, with the place of the source.
Expected<void> CheckGitAccess(const Source& source, const Credential* credential,
                              Processes& processes, FileSystem& files);

}  // namespace nmgr::sync
