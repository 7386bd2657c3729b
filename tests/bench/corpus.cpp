#include "bench/corpus.h"

#include <algorithm>
#include <utility>

#include "nmgr/base/path.h"

namespace nmgr::bench {
namespace {

constexpr std::uint64_t kLimit = 64 << 20;

Expected<void> Load(const Path& folder, Corpus& corpus) {
  TRY_ASSIGN(const std::vector<FolderEntry> entries, RealFileSystem().ListFolder(folder));
  for (const FolderEntry& entry : entries) {
    const Path path = folder + "/" + entry.name;
    if (entry.kind == FileKind::kFolder) {
      TRY(Load(path, corpus));
      continue;
    }
    TRY_ASSIGN(std::string text, RealFileSystem().ReadFile(path, kLimit));
    if (path.ends_with(".hcl") || path.ends_with(".nomad")) corpus.specs.push_back({path, text});
    corpus.files.Add(path, std::move(text));
  }
  return {};
}

}  // namespace

Expected<std::string> PreloadedFiles::ReadFile(const Path& path, std::uint64_t) {
  const auto found = files_.find(CleanPath(path));
  if (found == files_.end()) return Error{ErrorCode::kNotFound, path + ": no such file", {}};
  return found->second;
}

Expected<FileInfo> PreloadedFiles::Stat(const Path& path) {
  const auto found = files_.find(CleanPath(path));
  if (found == files_.end()) return Error{ErrorCode::kNotFound, path + ": no such file", {}};
  FileInfo info;
  info.kind = FileKind::kFile;
  info.size = found->second.size();
  return info;
}

Expected<std::vector<FolderEntry>> PreloadedFiles::ListFolder(const Path& path) {
  return RealFileSystem().ListFolder(path);
}

Expected<void> PreloadedFiles::WriteFileAtomically(const Path& path, std::string_view) {
  return Error{ErrorCode::kInvalid, path + ": read only", {}};
}

Expected<Corpus> LoadCorpus(const Path& folder, std::size_t times) {
  Corpus corpus;
  TRY(Load(folder, corpus));
  std::sort(corpus.specs.begin(), corpus.specs.end(),
            [](const Spec& a, const Spec& b) { return a.path < b.path; });
  const std::vector<Spec> once = corpus.specs;
  for (std::size_t i = 1; i < times; ++i)
    corpus.specs.insert(corpus.specs.end(), once.begin(), once.end());
  for (const Spec& spec : corpus.specs) corpus.bytes += spec.text.size();
  return corpus;
}

}  // namespace nmgr::bench
