// Keeps the arrows of the folder table in docs/architecture.md: which folder may include which.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

std::vector<std::string> Cells(const std::string& row) {
  std::vector<std::string> cells;
  for (std::size_t at = row.find("| "); at + 2 < row.size();) {
    const std::size_t end = row.find(" |", at + 2);
    cells.push_back(row.substr(at + 2, end - at - 2));
    at = end + 1;
  }
  return cells;
}

// The table of the page: "| repo | what it is for | base, hcl, jobspec |"; "all above", or
// "\u2013".
std::map<std::string, std::set<std::string>> ReadTable() {
  std::map<std::string, std::set<std::string>> allowed;
  std::set<std::string> above;
  std::ifstream page(fs::path(NMGR_SOURCE_DIR) / "docs" / "architecture.md");
  bool inside = false;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("| folder |")) {
      inside = true;
    } else if (inside && !line.starts_with("|")) {
      break;
    } else if (inside && !line.starts_with("|---")) {
      const std::vector<std::string> cells = Cells(line);
      REQUIRE(cells.size() == 3);
      std::set<std::string>& folders = allowed[cells[0]];
      if (cells[2] == "all above") folders = above;
      std::istringstream names(cells[2] == "all above" ? "" : cells[2]);
      for (std::string name; std::getline(names >> std::ws, name, ',');) {
        if (above.contains(name)) folders.insert(name);
        INFO(cells[0] << " may include " << name);
        CHECK((above.contains(name) || name == "\u2013"));
      }
      above.insert(cells[0]);
    }
  }
  return allowed;
}

const std::map<std::string, std::set<std::string>>& Allowed() {
  static const std::map<std::string, std::set<std::string>> allowed = ReadTable();
  return allowed;
}

// Single headers that a folder may include beyond the table, because its own headers hand on what
// is in them: diagnostics of specs that do not evaluate.
bool IsException(const std::string& folder, const std::string& target) {
  return folder == "rollout" && target == "nmgr/hcl/syntax/diagnostics.h";
}

struct Include {
  std::string from_folder;
  std::string from;    // path in the repository
  std::string target;  // as written
  std::string folder;  // of the project; "" for a library's header
  bool is_public = false;
};

// The folder of "nmgr/repo/repo.h" (public) or "repo/walk.h" (private).
void Classify(Include& include) {
  std::string rest = include.target;
  if (rest.rfind("nmgr/", 0) == 0) {
    include.is_public = true;
    rest = rest.substr(5);
  }
  const std::string folder = rest.substr(0, rest.find('/'));
  if (rest.find('/') != std::string::npos && Allowed().count(folder) != 0) include.folder = folder;
}

std::vector<Include> ReadIncludes(const fs::path& root, const std::string& below) {
  std::vector<Include> includes;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root / below)) {
    const std::string extension = entry.path().extension().string();
    if (extension != ".h" && extension != ".cpp") continue;
    const fs::path relative = fs::relative(entry.path(), root / below);
    std::ifstream file(entry.path());
    for (std::string line; std::getline(file, line);) {
      if (line.rfind("#include \"", 0) != 0) continue;
      Include include;
      include.from_folder = relative.begin()->string();
      include.from = (fs::path(below) / relative).string();
      include.target = line.substr(10, line.find('"', 10) - 10);
      Classify(include);
      includes.push_back(std::move(include));
    }
  }
  return includes;
}

std::vector<Include> AllIncludes() {
  std::vector<Include> all = ReadIncludes(NMGR_SOURCE_DIR, "src");
  const std::vector<Include> headers = ReadIncludes(NMGR_SOURCE_DIR, "include/nmgr");
  all.insert(all.end(), headers.begin(), headers.end());
  return all;
}

}  // namespace

TEST_CASE("folders include only folders above them") {
  const std::vector<Include> includes = AllIncludes();
  REQUIRE(includes.size() > 100);
  for (const Include& include : includes) {
    INFO(include.from << " includes " << include.target);
    REQUIRE(Allowed().count(include.from_folder) == 1);
    if (include.folder.empty() || include.folder == include.from_folder) continue;
    if (IsException(include.from_folder, include.target)) continue;
    CHECK(Allowed().at(include.from_folder).count(include.folder) == 1);
  }
}

TEST_CASE("what a folder keeps private is included by nobody else") {
  for (const Include& include : AllIncludes()) {
    INFO(include.from << " includes " << include.target);
    if (include.folder.empty() || include.folder == include.from_folder) continue;
    CHECK(include.is_public);
  }
}

TEST_CASE("public headers do not include private ones") {
  for (const Include& include : ReadIncludes(NMGR_SOURCE_DIR, "include/nmgr")) {
    INFO(include.from << " includes " << include.target);
    CHECK((include.folder.empty() || include.is_public));
  }
}

TEST_CASE("values know nothing of syntax") {
  for (const Include& include : AllIncludes()) {
    if (include.from.find("hcl/value/") == std::string::npos) continue;
    INFO(include.from << " includes " << include.target);
    CHECK(include.target.find("hcl/syntax/") == std::string::npos);
    CHECK(include.target.find("hcl/eval/") == std::string::npos);
  }
}

TEST_CASE("the table of folders has no cycle and misses no folder") {
  for (const fs::directory_entry& entry :
       fs::directory_iterator(fs::path(NMGR_SOURCE_DIR) / "src")) {
    const std::string folder = entry.path().filename().string();
    if (!entry.is_directory() || folder == "cmake") continue;
    INFO(folder);
    REQUIRE(Allowed().count(folder) == 1);
    for (const std::string& above : Allowed().at(folder))
      CHECK(Allowed().at(above).count(folder) == 0);
  }
}

// ctest hands the name of a test case to its binary as an argument, where a leading dash makes it
// an option.
TEST_CASE("names of test cases do not look like options") {
  std::size_t seen = 0;
  for (const fs::directory_entry& entry :
       fs::recursive_directory_iterator(fs::path(NMGR_SOURCE_DIR) / "tests")) {
    if (!entry.path().filename().string().ends_with("_test.cpp")) continue;
    std::ifstream file(entry.path());
    for (std::string line; std::getline(file, line);) {
      if (!line.starts_with("TEST_CASE(\"")) continue;
      ++seen;
      INFO(entry.path() << ": " << line);
      CHECK(std::string("-~").find(line[11]) == std::string::npos);
    }
  }
  CHECK(seen > 500);
}

namespace {

// The lines of the product's sources that hold one of these words, as "path:line", outside of what
// `may` names the beginnings of.
std::vector<std::string> LinesWith(const std::vector<std::string>& words,
                                   const std::vector<std::string>& may) {
  std::vector<std::string> found;
  std::size_t files = 0;
  for (const char* below : {"src", "include"}) {
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(NMGR_SOURCE_DIR) / below)) {
      if (!entry.is_regular_file()) continue;
      ++files;
      const std::string path = fs::relative(entry.path(), NMGR_SOURCE_DIR).string();
      const bool allowed = std::any_of(may.begin(), may.end(), [&](const std::string& start) {
        return path.rfind(start, 0) == 0;
      });
      std::ifstream file(entry.path());
      std::size_t number = 0;
      for (std::string line; std::getline(file, line);) {
        ++number;
        const bool holds = std::any_of(words.begin(), words.end(), [&](const std::string& word) {
          return line.find(word) != std::string::npos;
        });
        if (holds && !allowed) found.push_back(path + ":" + std::to_string(number));
      }
    }
  }
  REQUIRE(files > 200);
  return found;
}

}  // namespace

// The log of -v and the end of a process that has no memory left are no results.
TEST_CASE("nothing prints but report and cli") {
  const std::vector<std::string> printing = {
      "std::cout", "std::cerr", "std::clog", "fmt::print", " printf(", "fprintf(", "fputs(",
      "fwrite(",   "write(1",   "write(2",   "write(STD",  " puts(",   "stdout_",  "stderr_sink"};
  CHECK(LinesWith(printing, {"src/report/", "src/cli/", "src/base/log.cpp",
                             "src/base/system.cpp"}) == std::vector<std::string>{});
  CHECK_FALSE(LinesWith(printing, {"src/report/", "src/cli/"}).empty());
}

// Words, documents and questions are report's. An action hands on errors and warnings as they come.
TEST_CASE("actions give what they found to a view and print nothing") {
  std::vector<std::string> printing;
  for (const std::string what : {"Line", "Lines", "Raw", "Bytes", "Json", "JsonLine", "JsonText",
                                 "Progress", "Notice", "Prompt", "Found"}) {
    printing.push_back("out." + what + "(");
    printing.push_back("out_." + what + "(");
  }
  CHECK(LinesWith(printing, {"src/report/", "src/cli/"}) == std::vector<std::string>{});
}

// A signal handler may call little else.
TEST_CASE("only base asks the system what time it is") {
  const std::vector<std::string> clocks = {"system_clock", "steady_clock", "clock_gettime",
                                           "gettimeofday", "std::time("};
  CHECK(LinesWith(clocks, {"src/base/", "include/nmgr/base/", "src/cli/signals.cpp"}) ==
        std::vector<std::string>{});
}
