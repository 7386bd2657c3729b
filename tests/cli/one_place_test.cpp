// No option name, variable, config key or reserved word stands in two places of the sources: what
// else needs one asks its row.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <string>
#include <vector>

#include "nmgr/actions/action.h"
#include "nmgr/cli/options.h"
#include "nmgr/repo/target.h"

namespace {

namespace fs = std::filesystem;
using Places = std::vector<std::string>;

struct Source {
  std::string path;  // "src/cli/run.cpp"
  std::string text;  // without comments
};

std::string WithoutComments(std::istream& file) {
  std::string text;
  for (std::string line; std::getline(file, line);) {
    const std::size_t start = line.find_first_not_of(' ');
    if (start != std::string::npos && line.compare(start, 2, "//") == 0) line.clear();
    const std::size_t behind = line.find("  // ");
    text += line.substr(0, behind) + "\n";
  }
  return text;
}

const std::vector<Source>& Sources() {
  static const std::vector<Source> sources = [] {
    std::vector<Source> found;
    const fs::path root = NMGR_SOURCE_DIR;
    for (const char* below : {"src", "include"}) {
      for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root / below)) {
        if (entry.path().extension() != ".cpp" && entry.path().extension() != ".h") continue;
        std::ifstream file(entry.path());
        found.push_back({fs::relative(entry.path(), root).string(), WithoutComments(file)});
      }
    }
    return found;
  }();
  return sources;
}

// Where `text` stands, once for each time.
Places PlacesOf(const std::string& text, const std::string& below = {}) {
  Places places;
  for (const Source& source : Sources()) {
    if (!source.path.starts_with(below)) continue;
    for (std::size_t at = source.text.find(text); at != std::string::npos;
         at = source.text.find(text, at + 1)) {
      places.push_back(source.path);
    }
  }
  return places;
}

std::string Quoted(std::string_view word) { return "\"" + std::string(word) + "\""; }

void CheckOnePlace(std::string_view word) {
  const Places places = PlacesOf(Quoted(word));
  INFO(word << " stands in " << Catch::StringMaker<Places>::convert(places));
  CHECK(places.size() == 1);
}

}  // namespace

TEST_CASE("each option is one row, and its key and variable stand in no other place") {
  REQUIRE(Sources().size() > 200);
  for (const nmgr::cli::Option& row : nmgr::cli::Options()) {
    std::size_t rows = PlacesOf(".name = " + Quoted(row.name)).size();
    for (const nmgr::actions::Action& action : nmgr::actions::AllActions()) {
      if (action.name == row.name) --rows;
    }
    INFO(row.name);
    CHECK(rows == 1);
    if (!row.config_key.empty()) CheckOnePlace(row.config_key);
    if (!row.nomad_variable.empty()) CheckOnePlace(row.nomad_variable);
    for (const std::string_view variable : row.before_config) CheckOnePlace(variable);
  }
}

TEST_CASE("variables of options are made from their names, never written out") {
  static const std::regex variable("\"NMGR_[A-Z_]+\"");
  for (const Source& source : Sources()) {
    INFO(source.path);
    CHECK_FALSE(std::regex_search(source.text, variable));
  }
}

TEST_CASE("no source looks an option up by its name") {
  CHECK(PlacesOf("FindOption(\"").empty());
  CHECK(PlacesOf("OriginOf(\"").empty());
}

TEST_CASE("reserved words of targets stand in their table alone") {
  for (const nmgr::repo::ReservedWord& reserved : nmgr::repo::ReservedWords()) {
    INFO(reserved.word);
    CHECK(PlacesOf("{" + Quoted(reserved.word) + ", TargetKind", "src/repo/").size() == 1);
    for (const char* used : {"== ", "!= ", "{{", "starts_with(", ">{"}) {
      CHECK(PlacesOf(used + Quoted(reserved.word)).empty());
    }
  }
  for (const char* prefix : {"job:", "changed:", "state:", "node:"}) {
    INFO(prefix);
    CHECK(PlacesOf("\"" + std::string(prefix)).size() == 1);
    CHECK(PlacesOf(" " + std::string(prefix) + "\"").empty());
  }
  for (const char* variable : {"HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME"}) {
    CheckOnePlace(variable);
  }
  CheckOnePlace("NOMAD_VAR_");
  CheckOnePlace("NOMAD_HTTP_AUTH");
}
