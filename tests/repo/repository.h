// A small repository in memory, in the shape of a homelab: what the tests of this folder work on.
#pragma once

#include <string>
#include <vector>

#include "nmgr/repo/repo.h"
#include "nmgr/repo/selection.h"
#include "support/memory_file_system.h"

namespace nmgr::testing {

// A spec of one group and one task; `body` stands in the job block.
inline std::string JobText(const std::string& id, const std::string& body = "") {
  return "job \"" + id + "\" {\n" + body + "\n  group \"main\" {\n    task \"server\" {\n" +
         "      driver = \"docker\"\n      config {\n        image = \"example/" + id +
         ":1\"\n      }\n    }\n  }\n}\n";
}

struct Repository {
  MemoryFileSystem files;
  repo::RepoOptions options = [] {
    repo::RepoOptions made;
    made.base_dir = "/cld";
    made.ignore_dirs = {"_archive"};
    made.infra_jobs = {"garage", "keydb", "caddy"};
    made.job_configs = {"*.env*", "*.toml*", "*.yml*", "*.yaml*",
                        "*.sh*",  "*.cfg*",  "*.js*",  "*.tpl"};
    return made;
  }();
  Processes* processes = nullptr;

  void Add(const std::string& relative, const std::string& text) {
    files.Add("/cld/" + relative, text);
  }

  repo::RepoAccess access() { return {&files, processes, {nullptr, &files, "/home/me"}}; }

  repo::Found Find(const Path& folder = "/cld") {
    return repo::FindSpecs(folder, options, access());
  }

  Expected<repo::Selection> Select(const repo::TargetRequest& request) {
    const repo::BaseDirNeed need = repo::NeedOfBaseDir(request, options, files);
    if (need != repo::BaseDirNeed::kRequired && !files.Stat(options.base_dir)) {
      return repo::Select(repo::UnopenedRepo(options, access()), request);
    }
    TRY_ASSIGN(repo::Repo opened, repo::OpenRepo(options, access()));
    opened.background = need == repo::BaseDirNeed::kNames;
    return repo::Select(opened, request);
  }
};

inline std::vector<Path> Paths(const repo::Found& found) {
  std::vector<Path> paths;
  for (const repo::SpecPtr& spec : found.specs) paths.push_back(spec->path());
  return paths;
}

inline std::vector<std::string> Ids(const repo::Selection& selection) {
  std::vector<std::string> ids;
  for (const repo::SelectedJob& job : selection.jobs) ids.push_back(job.id());
  return ids;
}

}  // namespace nmgr::testing
