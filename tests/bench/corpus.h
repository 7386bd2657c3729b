// The specs that the benchmark reads, in memory: what the disk costs is not its question.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "nmgr/base/file_system.h"

namespace nmgr::bench {

struct Spec {
  Path path;  // absolute, so that file() finds what lies beside it
  std::string text;
};

// Read-only, and without a lock: filled before the first thread starts.
class PreloadedFiles : public FileSystem {
 public:
  void Add(const Path& path, std::string content) { files_[path] = std::move(content); }

  Expected<std::string> ReadFile(const Path& path, std::uint64_t limit) override;
  Expected<FileInfo> Stat(const Path& path) override;
  Expected<std::vector<FolderEntry>> ListFolder(const Path& path) override;
  Expected<void> WriteFileAtomically(const Path& path, std::string_view content) override;

 private:
  std::unordered_map<Path, std::string> files_;
};

struct Corpus {
  std::vector<Spec>
      specs;  // in the order of their paths, one after the other as often as they are repeated
  PreloadedFiles files;   // every file of the folder
  std::size_t bytes = 0;  // of all specs
};

// Every *.hcl and *.nomad below `folder`, the whole list repeated `times` times.
Expected<Corpus> LoadCorpus(const Path& folder, std::size_t times);

}  // namespace nmgr::bench
