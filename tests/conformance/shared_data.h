// The recorded data that the conformance tests compare with (../shared, or NMGR_SHARED), and how
// they count. Where the data is absent a test says so loudly and passes.
#pragma once

#include <cstddef>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/base/file_system.h"
#include "nmgr/hcl/syntax/diagnostics.h"
#include "nmgr/hcl/value/value.h"

namespace nmgr::conformance {

// Absolute. Nothing, after a SKIPPED line that names `what`, where the folder is not there.
std::optional<Path> SharedFolder(std::string_view what);

std::string ReadText(const Path& path);  // FAILs the test if it cannot be read
nlohmann::json ReadJson(const Path& path);

// A cty type in its JSON form, and a value of it (numbers below 2^53).
hcl::Type TypeFromJson(const nlohmann::json& type);
hcl::Value ValueFromJson(const nlohmann::json& value, const hcl::Type& type);

// The `canon` form of a value: compact, sorted keys, shortest decimals, infinities as {"$inf":1}.
std::string Canon(const hcl::Value& value);

// Line and column of the first error, "-" where it has no place.
std::string FirstErrorPlace(const hcl::Diagnostics& diagnostics);
std::string FirstErrorText(const hcl::Diagnostics& diagnostics);

std::string ReplaceAll(std::string text, std::string_view from, std::string_view to);

// The real disk seen from a folder: relative paths start there.
class RootedFiles : public FileSystem {
 public:
  explicit RootedFiles(Path root) : root_(std::move(root)) {}
  Expected<std::string> ReadFile(const Path& path, std::uint64_t limit) override;
  Expected<FileInfo> Stat(const Path& path) override;
  Expected<std::vector<FolderEntry>> ListFolder(const Path& path) override;
  Expected<void> WriteFileAtomically(const Path& path, std::string_view content) override;

 private:
  Path root_;
};

// Counts cases and prints the result. `exceptions` are the cases that may differ, each with the
// reason; one that agrees after all fails, so that the list stays true.
class Tally {
 public:
  Tally(std::string name, std::map<std::string, std::string> exceptions = {})
      : name_(std::move(name)), exceptions_(std::move(exceptions)) {}

  // `difference` "" is agreement.
  void Add(const std::string& id, const std::string& difference);
  // Prints the tally and fails the test where a case differs.
  void Finish() const;

 private:
  std::string name_;
  std::map<std::string, std::string> exceptions_;
  std::size_t total_ = 0;
  std::size_t excused_ = 0;
  std::vector<std::string> failures_;
};

}  // namespace nmgr::conformance
