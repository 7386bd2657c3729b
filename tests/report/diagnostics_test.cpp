#include "nmgr/report/diagnostics.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "nmgr/base/text.h"
#include "nmgr/report/cells.h"
#include "support/cpu_time.h"

using namespace nmgr;
using namespace nmgr::report;

namespace {

// The diagnostic whose subject is the only occurrence of `subject` in `text`.
hcl::Diagnostic At(const std::string& text, const std::string& subject,
                   std::string detail = "Do this.") {
  const auto begin = static_cast<std::uint32_t>(text.find(subject));
  hcl::Diagnostic diagnostic;
  diagnostic.summary = "Bad thing";
  diagnostic.detail = std::move(detail);
  diagnostic.file = std::make_shared<hcl::SourceFile>("dir/web.hcl", text);
  diagnostic.subject = hcl::Span{begin, begin + static_cast<std::uint32_t>(subject.size())};
  return diagnostic;
}

std::string Render(const hcl::Diagnostic& diagnostic, int width = 80) {
  return RenderDiagnostic(diagnostic, Plain, width);
}

std::vector<std::string> LinesOf(const std::string& text) {
  std::vector<std::string> lines;
  for (const std::string_view line : Split(text, '\n')) lines.emplace_back(line);
  return lines;
}

// What stands above the carets, cell by cell.
std::string Marked(const std::string& rendered) {
  const auto lines = LinesOf(rendered);
  const std::string& carets = lines.at(3);
  const int begin = static_cast<int>(carets.find('^'));
  const int end = static_cast<int>(carets.rfind('^')) + 1;
  std::string marked;
  int cell = 0;
  for (const Glyph& glyph : Glyphs(lines.at(2))) {
    if (cell >= begin && cell < end) marked += glyph.text;
    cell += glyph.width;
  }
  return marked;
}

}  // namespace

TEST_CASE("a diagnostic shows its place, its line and what to do") {
  CHECK(Render(At("job \"web\" {\n\n  image = local.x.y\n}\n", "local.x.y")) ==
        "Error: Bad thing\n"
        "  on dir/web.hcl line 3, column 11:\n"
        "    3 |   image = local.x.y\n"
        "      |           ^^^^^^^^^\n"
        "  Do this.\n");
}

TEST_CASE("carets stand under the subject whatever the line holds") {
  CHECK(Marked(Render(At("\tx\t= foo\n", "foo"))) == "foo");
  CHECK(Marked(Render(At("name = \"中文\" + foo\n", "foo"))) == "foo");
  CHECK(Marked(Render(At("a = \"中文\"\n", "中"))) == "中");
  CHECK(Marked(Render(At("e\u0301 = foo\n", "foo"))) == "foo");
  CHECK(Marked(Render(At("a = \"\x1b[31m\" foo\n", "foo"))) == "foo");
  CHECK(Marked(Render(At("a = \xff foo\r\n", "foo"))) == "foo");
  CHECK(Marked(Render(At("\xEF\xBB\xBF"
                         "foo = 1\n",
                         "foo"))) == "foo");
}

TEST_CASE("control characters never reach the terminal") {
  hcl::Diagnostic diagnostic = At("a = \"\x1b]0;x\x07\" foo\n", "foo", "Detail \x1b[2J.");
  diagnostic.summary = "Summary \x1b[31m";
  const std::string text = Render(diagnostic);
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find('\x07') == std::string::npos);
  CHECK(text.find("Summary \\x1b[31m") != std::string::npos);
}

TEST_CASE("a long line is cropped around its subject") {
  const std::string filler(300, 'x');
  for (const std::string& line : {filler + " foo " + filler, "foo " + filler, filler + " foo",
                                  "\t" + filler + " foo " + filler}) {
    const std::string text = Render(At(line + "\n", "foo"));
    INFO(text);
    CHECK(Marked(text) == "foo");
    for (const std::string& shown : LinesOf(text)) CHECK(DisplayWidth(shown) <= 80);
    CHECK(text.find("...") != std::string::npos);
  }
  const std::string all = Render(At("a = " + filler + "\n", filler), 60);
  for (const std::string& shown : LinesOf(all)) CHECK(DisplayWidth(shown) <= 60);
}

TEST_CASE("of a subject of several lines the first and last are shown") {
  CHECK(Render(At("a = [\n  1,\n  2,\n  x]\nb = 1\n", "[\n  1,\n  2,\n  x]")) ==
        "Error: Bad thing\n"
        "  on dir/web.hcl line 1, column 5:\n"
        "    1 | a = [\n"
        "      |     ^\n"
        "      | ...\n"
        "    4 |   x]\n"
        "      |   ^^\n"
        "  Do this.\n");
  const std::string newline = Render(At("a = \nb\n", "\n"));
  CHECK(newline.find("    1 | a =\n      |     ^\n") != std::string::npos);
}

TEST_CASE("the end of the text, an empty file and no place at all") {
  hcl::Diagnostic diagnostic = At("a {\n", "a");
  diagnostic.subject = hcl::Span{4, 4};
  CHECK(Render(diagnostic).find("line 2, column 1:\n    2 |\n      | ^\n") != std::string::npos);
  diagnostic.subject = hcl::Span{90, 95};
  CHECK(Render(diagnostic).find("line 2, column 1:") != std::string::npos);
  diagnostic.file = std::make_shared<hcl::SourceFile>("empty.hcl", "");
  CHECK(Render(diagnostic).find("line 1, column 1:\n    1 |\n      | ^\n") != std::string::npos);
  diagnostic.subject.reset();
  CHECK(Render(diagnostic) == "Error: Bad thing\n  in empty.hcl\n  Do this.\n");
  diagnostic.file.reset();
  diagnostic.severity = hcl::Severity::kWarning;
  CHECK(Render(diagnostic) == "Warning: Bad thing\n  Do this.\n");
}

TEST_CASE("the detail is wrapped at the width") {
  std::string detail;
  for (int i = 0; i < 40; ++i) detail += "word ";
  const std::string text = Render(At("a\n", "a", detail + "\n\nSecond paragraph."), 50);
  for (const std::string& line : LinesOf(text)) CHECK(DisplayWidth(line) <= 50);
  CHECK(text.find("word\n\n  Second paragraph.\n") != std::string::npos);
}

TEST_CASE("colour marks severity and carets only through the painter") {
  const std::string text = RenderDiagnostic(
      At("a\n", "a"),
      [](Style style, std::string_view piece) {
        return "<" + std::to_string(static_cast<int>(style)) + ":" + std::string(piece) + ">";
      },
      80);
  CHECK(text ==
        "<3:Error:> <1:Bad thing>\n  on <1:dir/web.hcl> line 1, column 1:\n    1 <2:|> a\n      "
        "<2:|> <3:^>\n  Do this.\n");
}

TEST_CASE("diagnostics as JSON") {
  hcl::Diagnostics diagnostics;
  diagnostics.Add(At("é = foo\n", "foo"));
  hcl::Diagnostic warning;
  warning.severity = hcl::Severity::kWarning;
  warning.summary = "Careful";
  diagnostics.Add(warning);
  CHECK(ToJson(diagnostics) == nlohmann::json::parse(R"([
    {"severity": "error", "summary": "Bad thing", "detail": "Do this.", "file": "dir/web.hcl",
     "range": {"start": {"line": 1, "column": 5, "byte": 5}, "end": {"line": 1, "column": 8, "byte": 8}}},
    {"severity": "warning", "summary": "Careful", "detail": ""}])"));
}

TEST_CASE("a detail that quotes a megabyte is cut") {
  std::string detail = "x";
  for (int i = 0; i < 500'000; ++i) detail += "\u00e9";
  const std::string text = Render(At("foo = 1\n", "foo", detail));
  CHECK(text.size() < 5000);
  CHECK(text.ends_with("\u00e9...\n"));
  CHECK(text.find("\\x") == std::string::npos);
}

TEST_CASE("a line of many megabytes is shown as one of a hundred columns") {
  const std::string filler(20'000'000, 'x');
  const double start = testing::CpuSeconds();
  for (int i = 0; i < 100; ++i) {
    const std::string text = Render(At("foo " + filler + "\n", "foo"));
    REQUIRE(text.size() < 300);
    REQUIRE(LinesOf(text).at(2).ends_with("xxx..."));
  }
  CHECK(testing::CpuSeconds() - start < 20);
  CHECK(Marked(Render(At(filler + " foo\n", "foo"))) == "foo");
  CHECK(Marked(Render(At(filler + " foo " + filler, "foo"))) == "foo");
  std::string accents;
  for (int i = 0; i < 100'000; ++i) accents += "\u00e9";
  for (const std::string pad : {"", "x"}) {
    const std::string text = Render(At(pad + accents + " foo " + pad + accents, "foo"));
    CHECK(Marked(text) == "foo");
    CHECK(text.find("\\x") == std::string::npos);
  }
  std::string marks = "e";
  for (int i = 0; i < 100'000; ++i) marks += "\u0301";
  CHECK(Marked(Render(At(marks + " foo", "foo"))) == "foo");
}

TEST_CASE("a literal under the name of a secret is hidden in its line, and carets stay true") {
  const std::string shown = Render(At("  password = \"hunter22\" foo\n", "foo"));
  CHECK(shown.find("hunter22") == std::string::npos);
  CHECK(Marked(shown) == "foo");
  CHECK(Marked(Render(At("  password = \"hunter22\" # x\n", "hunter22"))) == "***");
  CHECK(Marked(Render(At("  password = \"hunter22\" # x\n", "password"))) == "password");
  CHECK(Marked(Render(At("  password = var.nope\n", "nope"))) == "nope");
}

TEST_CASE("an error in a document") {
  CHECK(ToJson(Error{ErrorCode::kNotFound, "no job", "x"}) ==
        nlohmann::json{{"code", "not_found"}, {"message", "no job"}, {"hint", "x"}});
}
