// What messages and help texts tell people to type exists.
#include <catch2/catch.hpp>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "nmgr/cli/options.h"

namespace {

// The string literals of a source file, those that stand side by side joined.
std::vector<std::string> Literals(const std::string& text) {
  std::vector<std::string> found;
  bool joins = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text.compare(at, 2, "//") == 0) {
      at = std::min(text.find('\n', at), text.size());
    } else if (text[at] == '\'' && at + 2 < text.size() && text[at + 1] != '\\' &&
               text[at + 2] == '\'') {
      at += 2;
      joins = false;
    } else if (text[at] == '"') {
      std::string literal;
      for (++at; at < text.size() && text[at] != '"'; ++at) {
        const bool escaped = text[at] == '\\' && ++at < text.size();
        literal += escaped && text[at] == 'n' ? '\n' : text[at];
      }
      if (joins) {
        found.back() += literal;
      } else {
        found.push_back(literal);
      }
      joins = true;
    } else if (std::isspace(static_cast<unsigned char>(text[at])) == 0) {
      joins = false;
    }
  }
  return found;
}

// The options that a sentence names. A literal without a blank is a program's argument, and what
// stands behind `git` is git's.
std::vector<std::string> OptionsIn(const std::string& literal) {
  std::vector<std::string> names;
  if (literal.find(' ') == std::string::npos) return names;
  for (std::size_t at = literal.find("--"); at != std::string::npos; at = literal.find("--", at)) {
    const bool starts =
        at == 0 ||
        (std::isalnum(static_cast<unsigned char>(literal[at - 1])) == 0 && literal[at - 1] != '-');
    const bool gits = literal.rfind("git ", at) != std::string::npos;
    std::size_t end = at + 2;
    while (end < literal.size() &&
           (std::islower(static_cast<unsigned char>(literal[end])) != 0 || literal[end] == '-')) {
      ++end;
    }
    if (starts && !gits && end > at + 3 && literal[at + 2] != '-')
      names.push_back(literal.substr(at + 2, end - at - 2));
    at = end;
  }
  return names;
}

}  // namespace

TEST_CASE("every option that a message names exists") {
  namespace fs = std::filesystem;
  std::size_t seen = 0;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(NMGR_SOURCE_DIR) / "src")) {
    if (entry.path().extension() != ".cpp" && entry.path().extension() != ".h") continue;
    std::ifstream file(entry.path());
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    for (const std::string& literal : Literals(text)) {
      for (const std::string& name : OptionsIn(literal)) {
        INFO(entry.path().string() << ": " << literal);
        CHECK(nmgr::cli::FindOption(name) != nullptr);
        ++seen;
      }
    }
  }
  CHECK(seen > 10);
}

TEST_CASE("the walk over messages finds what it should") {
  CHECK(OptionsIn("see --ca-cert and --ca-path") == std::vector<std::string>{"ca-cert", "ca-path"});
  CHECK(OptionsIn("--{} took the words").empty());
  CHECK(OptionsIn("--name-only").empty());
  CHECK(OptionsIn("try git fetch --unshallow").empty());
  CHECK(Literals("f(\"a --b\"\n  \"c\", \"d\"); // \"e\"") ==
        std::vector<std::string>{"a --bc", "d"});
}
