// The README shows commands and their output: each is run on the sample homelab (docs/demo) and
// must print just that. Times stand for themselves: (0.3s) is compared as (T), and so is an age of
// a table, 9s or 12m, with the blanks behind it.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "support/fake_nomad_process.h"
#include "support/fake_registry.h"
#include "support/run_nmgr.h"
#include "support/temp_dir.h"

namespace {

using nmgr::testing::FakeNomadProcess;
using nmgr::testing::NmgrResult;
using nmgr::testing::RunShell;
using nmgr::testing::TempDir;

struct Command {
  std::vector<std::string> words;  // without "nmgr"
  std::string output;              // both streams
};

std::string ReadText(const std::string& path) {
  std::ifstream file(path);
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file), {}};
}

// "$ nmgr -n down nas  # or ..." and what follows up to the next command or the end of the block.
std::vector<Command> Commands(const std::string& readme) {
  std::vector<Command> commands;
  std::istringstream text(readme);
  bool in_output = false;
  for (std::string line; std::getline(text, line);) {
    if (line.starts_with("```")) {
      in_output = false;
    } else if (line.starts_with("$ nmgr ")) {
      in_output = true;
      std::istringstream words(line.substr(7, line.find('#') - 7));
      commands.emplace_back();
      for (std::string word; words >> word;) commands.back().words.push_back(word);
    } else if (in_output) {
      commands.back().output += line + "\n";
    }
  }
  for (Command& command : commands) {
    while (command.output.ends_with("\n\n")) command.output.pop_back();
    if (command.output == "\n") command.output.clear();
  }
  return commands;
}

// " T " for " 9s   ".
std::string WithoutAges(const std::string& text) {
  static const std::regex kAge(" [0-9]+[smhd]( +|(?=\n))");
  return std::regex_replace(text, kAge, " T ");
}

std::string WithoutTimes(const std::string& with_ages) {
  const std::string text = WithoutAges(with_ages);
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find("s)", at);
    const bool is_time = text[at] == '(' && end != std::string::npos &&
                         text.find_first_not_of("0123456789.", at + 1) == end;
    out += is_time ? "(T)" : std::string(1, text[at]);
    at = is_time ? end + 2 : at + 1;
  }
  return out;
}

class ReadmeHomelab {
 public:
  ReadmeHomelab() {
    std::filesystem::copy(std::string(NMGR_SOURCE_DIR) + "/docs/demo", dir_.path(),
                          std::filesystem::copy_options::recursive);
  }

  // Both streams in one, as on a terminal; the folder has the name that it has in the README.
  NmgrResult Run(const std::vector<std::string>& words) const {
    std::string line = "$NMGR";
    for (const std::string& word : words) line += " '" + word + "'";
    NmgrResult result =
        RunShell(line + " 2>&1", {.env = {{"NMGR_BASE_DIR", dir_.path()},
                                          {"NMGR_INFRA_JOBS", "nmgr-demo-garage nmgr-demo-caddy"},
                                          {"XDG_STATE_HOME", state_.path()},
                                          {"NOMAD_ADDR", nomad_.address()}},
                                  .folder = dir_.path()});
    for (std::size_t at = 0; (at = result.out.find(dir_.path(), at)) != std::string::npos;) {
      result.out.replace(at, dir_.path().size(), "/home/me/homelab");
    }
    // The stand-in's, with its port of five digits, is as long.
    const std::string host = "registry.my.lan";
    for (std::size_t at = 0; (at = result.out.find(registry_.host(), at)) != std::string::npos;) {
      result.out.replace(at, registry_.host().size(), host);
    }
    return result;
  }

  // A job whose tag has moved since it was started, beside a newer tag; with `there` false it is
  // gone.
  void Notes(bool there) {
    const std::string job = "nmgr-demo-notes";
    if (!there) {
      REQUIRE(Run({"down", "-p", job}).exit_code == 0);
      std::filesystem::remove_all(dir_.At("notes"));
      return;
    }
    dir_.Write("notes/notes.hcl",
               "job \"" + job + "\" {\n  group \"notes\" {\n    task \"notes\" {\n" +
                   "      driver = \"docker\"\n      config {\n        image = \"" +
                   registry_.host() + "/notes:1.4.2\"\n      }\n    }\n  }\n}\n");
    registry_.Put("notes", "1.4.2", 'a');
    registry_.Put("notes", "1.5.0", 'c');
    REQUIRE(Run({"up", job}).exit_code == 0);
    REQUIRE(Run({"image", "--registry", job}).exit_code == 0);
    registry_.Put("notes", "1.4.2", 'b');
  }

  void Replace(const std::string& file, const std::string& from, const std::string& to) const {
    std::string text = dir_.Read(file);
    const std::size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    dir_.Write(file, text.replace(at, from.size(), to));
  }

 private:
  TempDir dir_;
  TempDir state_;
  nmgr::testing::FakeRegistry registry_;
  FakeNomadProcess nomad_{{.healthy_after_ms = 300, .gone_after_ms = 300}};
};

// What the text around a command says has happened before it.
void Prepare(ReadmeHomelab& lab, const Command& command) {
  const std::string spec = "nextcloud/nextcloud.hcl";
  if (command.words == std::vector<std::string>{"image", "nmgr-demo-nextcloud"}) {
    REQUIRE(lab.Run({"up", "all"}).exit_code == 0);
    lab.Replace(spec, "nextcloud:30.0.4", "nextcloud:30.0.5");
  } else if (command.words == std::vector<std::string>{"image", "--registry", "nmgr-demo-notes"}) {
    lab.Notes(true);
  } else if (command.words.front() == "plan") {
    lab.Replace(spec, "nextcloud:30.0.5", "nextcloud:30.0.4");
    REQUIRE(lab.Run({"up", "all"}).exit_code == 0);
    lab.Replace(spec, "nextcloud:30.0.4", "nextcloud:30.0.5");
    lab.Replace("nextcloud/.env", "=", "=other-");
  } else if (command.words.front() == "graph") {
    lab.Replace("nextcloud/.env", "=other-", "=");
  } else if (command.words.front() == "validate") {
    lab.Replace("caddy/caddy.hcl", "local.image.caddy", "local.image.caddi");
  }
}

}  // namespace

TEST_CASE("the README's commands print what it shows") {
  const std::vector<Command> commands =
      Commands(ReadText(std::string(NMGR_SOURCE_DIR) + "/README.md"));
  REQUIRE(commands.size() >= 10);
  ReadmeHomelab lab;
  for (const Command& command : commands) {
    INFO(command.words.front() << " " << command.words.back());
    Prepare(lab, command);
    const NmgrResult result = lab.Run(command.words);
    CHECK(result.exit_code == (command.words.front() == "validate" ? 65 : 0));
    if (command.words.back() == "nmgr-demo-notes") lab.Notes(false);
    if (command.output.empty()) continue;
    CHECK(WithoutTimes(result.out) == WithoutTimes(command.output));
  }
}
