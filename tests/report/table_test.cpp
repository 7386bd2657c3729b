#include "nmgr/report/table.h"

#include <catch2/catch.hpp>

#include "nmgr/report/cells.h"
#include "nmgr/report/summary.h"

using namespace nmgr::report;
using Lines = std::vector<std::string>;

TEST_CASE("columns line up by cells, without blanks at the end") {
  Table table({"JOB", "N", "STATUS"});
  table.AddRow({{"web"}, {"7"}, {"running"}});
  table.AddRow({{"中文"}, {"1234"}, {""}});
  table.AddRow({{"süß"}, {""}, {"dead"}});
  table.AddRow({{"a\x1b[2J"}});
  CHECK(table.Lines(Plain) == Lines{
                                  "JOB       N     STATUS",
                                  "web       7     running",
                                  "中文      1234",
                                  "süß             dead",
                                  "a\\x1b[2J",
                              });
}

TEST_CASE("colour does not move columns") {
  Table table;
  table.AddRow({{"a", Style::kRed}, {"b"}});
  table.AddRow({{"long"}, {"c", Style::kGreen}});
  const auto paint = [](Style style, std::string_view text) {
    return style == Style::kPlain ? std::string(text) : "<" + std::string(text) + ">";
  };
  CHECK(table.Lines(paint) == Lines{"<a>     b", "long  <c>"});
  CHECK(Table().Lines(Plain).empty());
}

TEST_CASE("a summary names what was touched and counts the rest") {
  Summary summary;
  CHECK(summary.empty());
  summary.Touched("web", "healthy (3s)", Style::kGreen);
  summary.Touched("database", "failed: \x1b[31m");
  summary.Untouched("up to date", 11);
  summary.Untouched("not deployed");
  summary.Untouched("up to date");
  summary.Untouched("skipped", 0);
  CHECK(summary.Lines(Plain) == Lines{"web       healthy (3s)", "database  failed: \\x1b[31m",
                                      "12 jobs up to date, 1 job not deployed"});
}

TEST_CASE("columns that may be cropped give way in the middle") {
  Table table({"ID", "PATH", "IMAGES"});
  table.MayCrop(1);
  table.MayCrop(2);
  table.AddRow({{"web"},
                {"services/some/very/deep/folder/web.nomad.hcl"},
                {"ghcr.io/immich-app/immich-server:v1.125.0"}});
  for (const std::string& line : table.Lines(Plain, 60)) CHECK(DisplayWidth(line) <= 60);
  const std::string row = table.Lines(Plain, 60).back();
  CHECK(row.find("web.nomad.hcl") != std::string::npos);
  CHECK(row.find(":v1.125.0") != std::string::npos);
  CHECK(row.find("service...") != std::string::npos);
  CHECK(row.find("ghcr.io") != std::string::npos);
  CHECK(table.Lines(Plain).back().find("...") == std::string::npos);
  CHECK(table.Lines(Plain, 200) == table.Lines(Plain));
}

TEST_CASE("a name of 36 characters stands whole in 80 columns beside paths and images") {
  const std::string id = "3f2504e0-4f89-11d3-9a0c-0305e82c3301";
  Table table({"ID", "TYPE", "STATUS", "PATH", "IMAGES"});
  table.NamesIn(0);
  table.MayCrop(3);
  table.MayCrop(4);
  table.AddRow(
      {{id}, {"service"}, {"running"}, {"a/very/long/path/of/web.hcl"}, {"docker.io/x:1"}});
  const Lines lines = table.Lines(Plain, 80);
  for (const std::string& line : lines) CHECK(DisplayWidth(line) <= 80);
  CHECK(lines.back().starts_with(id + "  service  running  "));
}

TEST_CASE("a sentence stands in its column, or below its row where there is no room") {
  Table table({"JOB", "TYPE", "STATE", "REASON"});
  table.NamesIn(0);
  table.MayGo(1);
  table.SentenceIn(3);
  const std::string why = "task web exits with 127, 3 times (nmgr logs web --stderr)";
  table.AddRow({{"web"}, {"service"}, {"failed"}, {why}});
  table.AddRow({{"db"}, {"service"}, {"running"}, {""}});
  CHECK(table.Lines(Plain) == Lines{"JOB  TYPE     STATE    REASON",
                                    "web  service  failed   " + why, "db   service  running"});
  CHECK(table.Lines(Plain, 67) ==
        Lines{"JOB  TYPE     STATE    REASON",
              "web  service  failed   task web exits with 127, 3 times (nmgr lo...",
              "db   service  running"});
  CHECK(table.Lines(Plain, 40) == Lines{"JOB  TYPE     STATE", "web  service  failed",
                                        "  task web exits with 127, 3 times (n...",
                                        "db   service  running"});
  CHECK(table.Lines(Plain, 18) ==
        Lines{"JOB  STATE", "web  failed", "  task web exit...", "db   running"});
}

TEST_CASE("no line of a table is wider than the terminal, however narrow that is") {
  Table table({"JOB", "TYPE", "STATE", "IMAGES", "REASON"});
  table.NamesIn(0);
  table.MayCrop(3);
  table.MayGo(1);
  table.SentenceIn(4);
  table.AddRow({{std::string(70, 'j')},
                {"service"},
                {"needs promotion"},
                {std::string(90, 'i')},
                {"\u4e2d\u4e2d\u4e2d because of something long"}});
  table.AddRow({{"\u4e2d\u4e2d"}, {"batch"}, {"x"}, {"y:1"}, {""}});
  for (int width = 1; width < 260; ++width) {
    for (const std::string& line : table.Lines(Plain, width)) {
      INFO(width << ": " << line);
      CHECK(DisplayWidth(line) <= width);
    }
  }
}
