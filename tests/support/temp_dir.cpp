#include "support/temp_dir.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace nmgr::testing {

namespace fs = std::filesystem;

TempDir::TempDir() {
  path_ = (fs::temp_directory_path() / "nmgr-test-XXXXXX").string();
  if (::mkdtemp(path_.data()) == nullptr) {
    throw std::runtime_error(std::string("no temporary folder: ") + std::strerror(errno));
  }
  path_ = fs::canonical(path_).string();
}

TempDir::~TempDir() {
  std::error_code ignored;
  // A test may have taken away rights.
  for (auto at = fs::recursive_directory_iterator(
           path_, fs::directory_options::skip_permission_denied, ignored);
       at != fs::recursive_directory_iterator(); at.increment(ignored)) {
    if (at->is_directory(ignored) && !at->is_symlink(ignored)) {
      fs::permissions(at->path(), fs::perms::owner_all, fs::perm_options::add, ignored);
    }
  }
  fs::remove_all(path_, ignored);
}

Path TempDir::At(std::string_view relative) const { return JoinPath(path_, relative); }

Path TempDir::Write(std::string_view relative, std::string_view content) const {
  const Path path = At(relative);
  fs::create_directories(fs::path(path).parent_path());
  std::ofstream file(path, std::ios::binary);
  file.write(content.data(), static_cast<std::streamsize>(content.size()));
  file.close();
  if (!file) throw std::runtime_error("cannot write " + path);
  return path;
}

Path TempDir::MakeFolder(std::string_view relative) const {
  fs::create_directories(At(relative));
  return At(relative);
}

void TempDir::Link(std::string_view target, std::string_view relative) const {
  fs::create_directories(fs::path(At(relative)).parent_path());
  fs::create_symlink(target, At(relative));
}

void TempDir::Remove(std::string_view relative) const { fs::remove_all(At(relative)); }

std::string TempDir::Read(std::string_view relative) const {
  std::ifstream file(At(relative), std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + At(relative));
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace nmgr::testing
