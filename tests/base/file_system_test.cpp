#include "nmgr/base/file_system.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
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

TEST_CASE("a file that is replaced keeps all its names") {
  const ScratchFolder folder;
  Write(folder / "a", "a long old text");
  std::filesystem::create_hard_link(folder / "a", folder / "b");
  REQUIRE(RealFileSystem().ReplaceFile(folder / "a", "a long old text", "new"));
  CHECK(RealFileSystem().ReadFile(folder / "a", 10).value() == "new");
  CHECK(RealFileSystem().ReadFile(folder / "b", 10).value() == "new");
  CHECK(std::filesystem::hard_link_count(folder / "a") == 2);
  const auto changed = RealFileSystem().ReplaceFile(folder / "b", "old", "newer");
  REQUIRE_FALSE(changed);
  CHECK(changed.error().code == ErrorCode::kConflict);
  CHECK(RealFileSystem().ReadFile(folder / "a", 10).value() == "new");
  CHECK(RealFileSystem().ListFolder(folder / "").value().size() == 2);
}

TEST_CASE("a file that is replaced keeps its extended attributes, and gets no others") {
  const ScratchFolder folder;
  const Path path = folder / "a";
  Write(path, "old");
  if (::setxattr(path.c_str(), "user.origin", "here", 4, 0) != 0) {
    WARN("SKIPPED: the temporary folder has no extended attributes");
    return;
  }
  REQUIRE(RealFileSystem().ReplaceFile(path, "old", "new"));
  std::string value(10, '\0');
  CHECK(::getxattr(path.c_str(), "user.origin", value.data(), value.size()) == 4);
  CHECK(value.starts_with("here"));

  // An access list: the owner, one more user, the group, the mask, the others.
  constexpr unsigned char kList[] = {2,   0,   0,   0,   1,   0,   6,  0,   255, 255, 255,
                                     255, 2,   0,   6,   0,   232, 3,  0,   0,   4,   0,
                                     4,   0,   255, 255, 255, 255, 16, 0,   6,   0,   255,
                                     255, 255, 255, 32,  0,   4,   0,  255, 255, 255, 255};
  constexpr const char* kName = "system.posix_acl_access";
  if (::setxattr(path.c_str(), kName, kList, sizeof kList, 0) != 0) {
    WARN("SKIPPED: the temporary folder has no access lists");
    return;
  }
  struct stat before {};
  REQUIRE(::stat(path.c_str(), &before) == 0);
  REQUIRE(RealFileSystem().ReplaceFile(path, "new", "newer"));
  std::string list(100, '\0');
  REQUIRE(::getxattr(path.c_str(), kName, list.data(), list.size()) == sizeof kList);
  CHECK(list.substr(0, sizeof kList) ==
        std::string(reinterpret_cast<const char*>(kList), sizeof kList));
  struct stat after {};
  REQUIRE(::stat(path.c_str(), &after) == 0);
  CHECK(after.st_mode == before.st_mode);
  CHECK(after.st_ino != before.st_ino);  // in one step
}

TEST_CASE("a file of somebody else that we may write to stays his") {
  if (::geteuid() != 0) {
    WARN("SKIPPED: only root can give a file away");
    return;
  }
  constexpr uid_t kSomebody = 12345;
  const ScratchFolder folder;
  const Path path = folder / "a";
  Write(path, "old");
  REQUIRE(::chmod(path.c_str(), 0666) == 0);
  REQUIRE(::chmod((folder / "").c_str(), 0777) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const bool is_other = ::setgid(kSomebody) == 0 && ::setuid(kSomebody) == 0;
    ::_exit(is_other && RealFileSystem().ReplaceFile(path, "old", "new") ? 0 : 1);
  }
  int status = 1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  CHECK(RealFileSystem().ReadFile(path, 10).value() == "new");
  struct stat info {};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  CHECK(info.st_uid == ::getuid());
  CHECK(RealFileSystem().ListFolder(folder / "").value().size() == 1);
}
