#include "nmgr/hcl/functions/table.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <set>
#include <sstream>

#include "nmgr/base/path.h"

namespace nmgr::hcl {

TEST_CASE("The table holds Nomad's functions, sorted and complete") {
  const std::span<const Function> table = AllFunctions();
  CHECK(table.size() == 83);
  std::set<std::string_view> names;
  for (const Function& function : table) {
    INFO(function.name);
    CHECK(names.insert(function.name).second);
    CHECK_FALSE(function.family.empty());
    REQUIRE_FALSE(function.summary.empty());
    CHECK(function.summary.back() == '.');
    CHECK(function.summary.find('\n') == std::string_view::npos);
    const bool of_expressions =
        function.name == "can" || function.name == "convert" || function.name == "try";
    CHECK(static_cast<bool>(function.call) != of_expressions);
  }
  CHECK(std::is_sorted(table.begin(), table.end(),
                       [](const Function& a, const Function& b) { return a.name < b.name; }));
}

TEST_CASE("Functions are found by name") {
  for (const Function& function : AllFunctions()) CHECK(FindFunction(function.name) == &function);
  for (const char* name : {"", "a", "regex", "tostring", "timestamp", "zzz", "Upper"}) {
    CHECK(FindFunction(name) == nullptr);
  }
}

TEST_CASE("Eight functions reach for files, two give random results") {
  std::set<std::string_view> files;
  std::set<std::string_view> random;
  for (const Function& function : AllFunctions()) {
    if (function.filesystem) {
      files.insert(function.name);
    } else if (!function.pure) {
      random.insert(function.name);
    }
  }
  CHECK(files == std::set<std::string_view>{"abspath", "basename", "dirname", "file", "filebase64",
                                            "fileexists", "fileset", "pathexpand"});
  CHECK(random == std::set<std::string_view>{"bcrypt", "uuidv4"});
}

TEST_CASE("docs/functions.md is what the table says") {
  std::ifstream file(JoinPath(NMGR_SOURCE_DIR, "docs/functions.md"), std::ios::binary);
  std::stringstream page;
  page << file.rdbuf();
  CHECK(page.str() == FunctionReference());
}

}  // namespace nmgr::hcl
