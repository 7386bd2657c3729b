#include "nmgr/base/file_system.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

using namespace nmgr;

namespace {

class ScratchFolder {
 public:
  ScratchFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "nmgr-test.XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~ScratchFolder() { std::filesystem::remove_all(path_); }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  Path operator/(const std::string& name) const { return path_ + "/" + name; }
  const Path& path() const { return path_; }

 private:
  Path path_;
};

void Write(const Path& path, const std::string& text) { std::ofstream(path) << text; }

}  // namespace

TEST_CASE("a file is read whole, up to the limit and no further") {
  const ScratchFolder folder;
  Write(folder / "a", std::string("x\0y", 3));
  CHECK(RealFileSystem().ReadFile(folder / "a", 10).value() == std::string("x\0y", 3));
  CHECK(RealFileSystem().ReadFile(folder / "a", 2).error().code == ErrorCode::kIo);
  CHECK(RealFileSystem().ReadFile(folder / "none", 10).error().code == ErrorCode::kNotFound);
  CHECK(RealFileSystem().ReadFile(folder.path(), 10).error().code == ErrorCode::kIo);
}

TEST_CASE("a named pipe is refused instead of waited for") {
  const ScratchFolder folder;
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  CHECK(RealFileSystem().ReadFile(folder / "pipe", 10).error().code == ErrorCode::kIo);
}

TEST_CASE("a folder is listed by name, links with the kind of their target") {
  const ScratchFolder folder;
  Write(folder / "b", "");
  std::filesystem::create_directory(folder / "c");
  std::filesystem::create_symlink("c", folder / "a");
  std::filesystem::create_symlink("nowhere", folder / "d");
  const auto entries = RealFileSystem().ListFolder(folder.path()).value();
  REQUIRE(entries.size() == 4);
  CHECK(entries[0].name == "a");
  CHECK(entries[0].is_link);
  CHECK(entries[0].kind == FileKind::kFolder);
  CHECK(entries[1].kind == FileKind::kFile);
  CHECK(entries[3].kind == FileKind::kOther);
  CHECK(RealFileSystem().Stat(folder / "a").value().inode ==
        RealFileSystem().Stat(folder / "c").value().inode);
}

TEST_CASE("a write replaces the whole file, makes its folders and leaves nothing beside it") {
  const ScratchFolder folder;
  const Path path = folder / "new/deep/file";
  REQUIRE(RealFileSystem().WriteFileAtomically(path, "one").has_value());
  REQUIRE(RealFileSystem().WriteFileAtomically(path, "two").has_value());
  CHECK(RealFileSystem().ReadFile(path, 10).value() == "two");
  CHECK(RealFileSystem().ListFolder(folder / "new/deep").value().size() == 1);
  Write(folder / "plain", "");
  CHECK_FALSE(RealFileSystem().WriteFileAtomically(folder / "plain/file", "x").has_value());
}

TEST_CASE("a file is replaced as a whole, through links, with its mode, if it is what was read") {
  const ScratchFolder folder;
  std::filesystem::create_directory(folder / "real");
  Write(folder / "real/a", "old");
  REQUIRE(::chmod((folder / "real/a").c_str(), 04640) == 0);
  std::filesystem::create_symlink("real/a", folder / "link");
  REQUIRE(RealFileSystem().ReplaceFile(folder / "link", "old", "new"));
  CHECK(RealFileSystem().ReadFile(folder / "real/a", 10).value() == "new");
  CHECK(std::filesystem::is_symlink(folder / "link"));
  struct stat info {};
  REQUIRE(::stat((folder / "real/a").c_str(), &info) == 0);
  CHECK((info.st_mode & 07777) == 04640);

  const auto changed = RealFileSystem().ReplaceFile(folder / "link", "old", "newer");
  REQUIRE_FALSE(changed);
  CHECK(changed.error().code == ErrorCode::kConflict);
  CHECK(RealFileSystem().ReadFile(folder / "real/a", 10).value() == "new");
  CHECK(RealFileSystem().ListFolder(folder / "real").value().size() == 1);

  CHECK(RealFileSystem().ReplaceFile(folder / "none", "", "x").error().code ==
        ErrorCode::kNotFound);
  REQUIRE(::chmod((folder / "real/a").c_str(), 0444) == 0);
  CHECK(RealFileSystem().ReplaceFile(folder / "link", "new", "x").error().code == ErrorCode::kIo);
}
