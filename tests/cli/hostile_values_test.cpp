// What a spec can ask for and no machine has: each ends in a diagnostic, soon. Sizes are such that
// a sanitizer build needs a few seconds at most; the program itself needs well below one.
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <string>

#include "support/repeat.h"
#include "support/run_nmgr.h"
#include "support/temp_dir.h"

namespace {

using nmgr::testing::NmgrResult;
using nmgr::testing::Repeat;
using nmgr::testing::RunNmgr;
using nmgr::testing::TempDir;
using namespace std::chrono_literals;

struct ValuesLab {
  NmgrResult Validate(const std::string& text) const {
    const std::string path = dir.Write("x/x.hcl", text);
    return RunNmgr({"--base-dir", dir.path(), "validate", path},
                   {.env = {}, .folder = dir.path(), .input = {}, .limit = 120s});
  }

  TempDir dir;
};

std::string Attribute(const std::string& expression) {
  return "job \"x\" {\n  meta {\n    a = " + expression + "\n  }\n}\n";
}

// Each local is made of the one before.
std::string Locals(const std::string& first, const std::string& next, int count) {
  std::string text = "locals {\n  a0 = " + first + "\n";
  for (int i = 1; i <= count; ++i) {
    std::string expression = next;
    for (auto at = expression.find('@'); at != std::string::npos; at = expression.find('@')) {
      expression.replace(at, 1, "local.a" + std::to_string(i - 1));
    }
    text += "  a" + std::to_string(i) + " = " + expression + "\n";
  }
  return text + "}\n" + Attribute("local.a" + std::to_string(count));
}

void CheckRefused(const std::string& text, const std::string& message) {
  const ValuesLab lab;
  const NmgrResult result = lab.Validate(text);
  INFO(text.substr(0, 200) << "\n" << result.err.substr(0, 2000));
  CHECK(result.exit_code == 65);
  CHECK((result.out + result.err).find(message) != std::string::npos);
  CHECK(result.err.size() < 1'000'000);
}

}  // namespace

TEST_CASE("nesting in every form of template") {
  constexpr int kLevels = 100'000;
  for (const auto& [open, close] :
       {std::pair("%{ if true }", "%{ endif }"), std::pair("%{ if false }%{ else }", "%{ endif }"),
        std::pair("%{ for a in [1] }", "%{ endfor }")}) {
    CheckRefused(Attribute("\"" + Repeat(open, kLevels) + Repeat(close, kLevels) + "\""),
                 "Too deeply nested");
  }
  CheckRefused(Attribute(Repeat("<<A\n${", kLevels) + "1" + Repeat("}\nA\n", kLevels)),
               "Too deeply nested");
  CheckRefused("job \"x\" {\n" + Repeat("dynamic \"b\" {\nfor_each = [1]\ncontent {\n", kLevels) +
                   Repeat("}\n}\n", kLevels) + "}\n",
               "Too deeply nested");
  CheckRefused("{\"job\": {\"x\": {\"a\": \"" + Repeat("${\\\"", kLevels) +
                   Repeat("\\\"}", kLevels) + "\"}}}",
               "Too deeply nested");
}

TEST_CASE("values that hold themselves many times over") {
  CheckRefused(Locals("\"lol\"", "\"${@}${@}\"", 60), "Evaluation too large");
  CheckRefused(Locals("[1]", "[@, @]", 60), "Evaluation too large");
  CheckRefused(Locals("{}", "{ a = @, b = @ }", 60), "Evaluation too large");
  CheckRefused(Locals("[1]", "concat(@, @)", 60), "too large");
  CheckRefused(Locals("\"x\"", "jsonencode([@, @])", 60), "too large");
  CheckRefused(Locals("range(100)", "setproduct(@, @)", 6), "too large");
  CheckRefused(Locals("[1]", "[@]", 20'000), "Evaluation too large");
}

TEST_CASE("loops in loops") {
  const std::string rounds = "for a in range(1024): ";
  CheckRefused(Attribute("[" + rounds + "[" + rounds + "[" + rounds + "1]]]"),
               "Evaluation too large");
  CheckRefused(Attribute("[" + rounds + "[" + rounds + "\"${a}\"]][*][*][*]"), "too large");
  CheckRefused(Attribute("\"" + Repeat("%{ for a in range(1024) }", 3) + "x" +
                         Repeat("%{ endfor }", 3) + "\""),
               "Evaluation too large");
  CheckRefused(Attribute("[" + rounds + "[" + rounds + "a.x]]"), "json shows the first 256");
}

TEST_CASE("calls with results beyond all measure") {
  for (const char* expression :
       {"format(\"%1000000000d\", 1)", "format(\"%.1000000000f\", 1)",
        "indent(1000000000, \"\\n\")", "range(0, 1000000000)", "range(0, 1, 1e-9)",
        "setproduct(range(1000), range(1000), range(1000))", "bcrypt(\"x\", 31)",
        "[for a in range(1024): bcrypt(\"x\", 4)]",
        "regex_replace(\"aaaa\", \"((((a{1000}){1000}){1000}){1000})\", \"\")",
        "cidrhost(\"::/0\", 1e100000000)", "formatlist(\"%9999999s\", range(1024))",
        "[for a in range(1024): [for b in range(1024): uuidv4()]]",
        "[for a in range(1024): [for b in range(1024): fileexists(\"${a}${b}\")]]",
        "yamldecode(\"a: &a [x,x,x,x,x,x,x,x]\\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\\n"
        "c: &c [*b,*b,*b,*b,*b,*b,*b,*b]\\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c]\\n"
        "e: &e [*d,*d,*d,*d,*d,*d,*d,*d]\\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e]\\n"
        "g: &g [*f,*f,*f,*f,*f,*f,*f,*f]\\nh: [*g,*g,*g,*g,*g,*g,*g,*g]\\n\")"}) {
    CheckRefused(Attribute(expression), "Error");
  }
  CheckRefused(Attribute("jsondecode(\"" + Repeat("[", 100'000) + "\")"), "nests deeper");
  CheckRefused(Attribute("yamldecode(\"" + Repeat("[", 100'000) + "\")"), "nested too");
}

TEST_CASE("files that are none or have no end") {
  const ValuesLab lab;
  lab.dir.MakeFolder("x");
  REQUIRE(mkfifo(lab.dir.At("x/pipe").c_str(), 0600) == 0);
  lab.dir.Write("x/large", std::string((16U << 20U) + 1, 'x'));
  for (const char* path : {"/dev/zero", "/dev/urandom", "/dev/stdin", "pipe", "large", "/"}) {
    INFO(path);
    for (const char* function : {"file", "filebase64"}) {
      const NmgrResult result =
          lab.Validate(Attribute(function + ("(\"" + std::string(path)) + "\")"));
      CHECK(result.exit_code == 65);
      CHECK(result.err.find("Error in function call") != std::string::npos);
    }
  }
}

TEST_CASE("a loop over a large folder") {
  const ValuesLab lab;
  for (int i = 0; i < 500; ++i) lab.dir.Write("x/data/" + std::to_string(i), "");
  CHECK(lab.Validate(Attribute("length(fileset(\"data\", \"**\"))")).exit_code == 0);
  const NmgrResult result =
      lab.Validate(Attribute("[for a in range(1024): fileset(\"data\", \"**\")]"));
  CHECK(result.exit_code == 65);
  CHECK(result.err.find("too many files") != std::string::npos);
}

TEST_CASE("one line of many megabytes, with a fault in it") {
  for (const char* piece :
       {"a ", "/* ", "\"", "x = 1 ", "= ", "'", "\xFF", "e\u0301 ", "{", "\"${a}\" "}) {
    INFO(piece);
    const std::string text = Repeat(piece, 3'000'000 / std::string(piece).size());
    CheckRefused("job \"x\" { " + text + "\n", "Error");
    CheckRefused("{\"job\": {\"x\": " + text + "}}\n", "Error");
  }
}

TEST_CASE("a fault in every one of very many places", "[long]") {
  CheckRefused("job \"x\" {\n" + Repeat("  a = 1\n", 200'000) + "}\n", "Attribute redefined");
  CheckRefused(Repeat("job \"x\" {\n}\n", 200'000), "json shows the first 256");
  CheckRefused(Attribute("[" + Repeat("nope(), ", 5'000) + "]"), "json shows the first 256");
  CheckRefused("{\"job\": {\"x\": {\"a\": [" + Repeat("\"${nope()}\",", 5'000) + "1]}}}",
               "json shows the first 256");
  std::string names = "locals {\n";
  std::string uses = "job \"x\" {\n  meta {\n";
  for (int i = 0; i < 20'000; ++i) {
    names += "a" + std::to_string(i) + " = 1\n";
    uses += "a" + std::to_string(i) + " = local.b" + std::to_string(i) + "\n";
  }
  CheckRefused(names + "}\n" + uses + "  }\n}\n", "Unsupported attribute");
  CheckRefused(Attribute("\"" + Repeat("\\q", 500'000) + "\""), "Invalid escape sequence");
  CheckRefused("job \"x\" {\n" + Repeat("b {\n}\n", 1'000'000) + "}\n", "Evaluation too large");
}

TEST_CASE("very many good things in one spec are read") {
  const ValuesLab lab;
  std::string attributes;
  std::string type = "variable \"v\" {\n  type = object({";
  std::string objects = "length(distinct([";
  for (int i = 0; i < 200'000; ++i) {
    if (i < 50'000) objects += "{k" + std::to_string(i) + " = 1}, ";
    attributes += "a" + std::to_string(i) + " = 1\n";
    type += "k" + std::to_string(i) + " = string, ";
  }
  CHECK(lab.Validate("job \"x\" {\n" + attributes + "}\n").exit_code == 0);
  CHECK(lab.Validate("job \"x\" {\n  meta {\n" + attributes + "  }\n}\n").exit_code == 0);
  CHECK(lab.Validate("job \"x\" { a = [" + Repeat("1,", 1'000'000) + "] }\n").exit_code == 0);
  CHECK(lab.Validate(Attribute("\"" + Repeat("${1}", 200'000) + "\"")).exit_code == 0);
  CHECK(lab.Validate(Attribute(objects + "]))")).exit_code == 0);
  CHECK(lab.Validate(Attribute("length(distinct(concat([for a in range(1000): "
                               "[for b in range(50): 9007199254740992 * 1e20 + a * 50 + b]]...)))"))
            .exit_code == 0);
  CheckRefused(type + "})\n  default = {}\n}\njob \"x\" {\n}\n", "Invalid value for variable");
}
