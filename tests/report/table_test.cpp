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

TEST_CASE("columns that may be cropped give way at the start") {
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
  CHECK(row.find("...") != std::string::npos);
  CHECK(table.Lines(Plain).back().find("...") == std::string::npos);
  CHECK(table.Lines(Plain, 200) == table.Lines(Plain));
}
