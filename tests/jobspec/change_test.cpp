// One literal changed, and nothing else.
#include "nmgr/jobspec/change.h"

#include <catch2/catch.hpp>

#include "jobspec/spec_support.h"

namespace nmgr::jobspec {
namespace {

struct ChangeTrial {
  Trial trial;
  hcl::Diagnostics diagnostics = {};
  bool shared = false;

  // The new text, else "LINE:COLUMN summary; detail" of the first error.
  std::string Set(const std::string& key, const std::string& value) {
    const ParsedSpec spec = trial.Parse();
    const SpecContext context{&trial.variables, &trial.files, trial.home};
    diagnostics = {};
    const auto changed = ChangeSpec(spec, context, {key, value, shared}, diagnostics);
    if (changed) return changed->text;
    trial.diagnostics = diagnostics;
    return diagnostics.empty() ? "no diagnostic"
                               : trial.FirstError() + "; " + diagnostics.items()[0].detail;
  }
};

// A job with one task; `image` is an expression, `top` stands before the job.
std::string OneTaskSpec(const std::string& image, const std::string& top = {}) {
  return top +
         "job \"x\" {\n  group \"g\" {\n    count = 2 # two\n    task \"t\" {\n      config {\n" +
         "        image = " + image + " // here\n      }\n    }\n  }\n}\n";
}

std::string ChangedBy(const std::string& text, const std::string& key, const std::string& value,
                      bool shared = false) {
  ChangeTrial change{{text}};
  change.shared = shared;
  return change.Set(key, value);
}

bool Says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a literal changes and nothing else") {
  const std::string key =
      GENERATE("image", "t", "g/t", "group.g.task.t.config.image",
               "job.group.g.task.t.config.image", "job.x.group.g.task.t.config.image");
  CHECK(ChangedBy(OneTaskSpec("\"a:1\""), key, "b:2") == OneTaskSpec("\"b:2\""));
}

TEST_CASE("byte order mark and CRLF stay") {
  const std::string text =
      "\xEF\xBB\xBFjob \"x\" {\r\n  priority = 50\r\n  meta {\r\n    v = \"1\"\r\n  }\r\n}";
  const std::string wanted =
      "\xEF\xBB\xBFjob \"x\" {\r\n  priority = 50\r\n  meta {\r\n    v = \"2\"\r\n  }\r\n}";
  CHECK(ChangedBy(text, "meta.v", "2") == wanted);
}

TEST_CASE("a value is escaped as its place needs") {
  CHECK(ChangedBy(OneTaskSpec("\"a:1\""), "image", "q\"\\ ${X} %{Y} $") ==
        OneTaskSpec("\"q\\\"\\\\ $${X} %%{Y} $\""));
  CHECK(ChangedBy(OneTaskSpec("<<EOT\na:1\nEOT\n"), "image", "q\"\\ ${X}") ==
        OneTaskSpec("<<EOT\nq\"\\ $${X}\nEOT\n"));
  CHECK(ChangedBy(OneTaskSpec("<<-EOT\n          a:1\n        EOT\n"), "image", "b") ==
        OneTaskSpec("<<-EOT\n          b\n        EOT\n"));
  CHECK(Says(ChangedBy(OneTaskSpec("<<EOT\na:1\nEOT\n"), "image", "EOT"), "end the heredoc"));
  CHECK(ChangedBy(R"({"job":{"x":{"meta":{"v":"1"}}}})", "meta.v", "a\"\\ ${Z}") ==
        R"({"job":{"x":{"meta":{"v":"a\"\\ $${Z}"}}}})");
}

TEST_CASE("numbers and keywords stay what they are") {
  CHECK(Says(ChangedBy(OneTaskSpec("\"a\""), "group.g.count", "3"), "count = 3 # two"));
  CHECK(Says(ChangedBy(OneTaskSpec("\"a\""), "group.g.count", "many"), "3:13 A number or keyword"));
  CHECK(ChangedBy("job \"x\" {\n  meta {\n    v = 1.2\n  }\n}\n", "meta.v", "1.2.3") ==
        "job \"x\" {\n  meta {\n    v = \"1.2.3\"\n  }\n}\n");
  CHECK(ChangedBy("job \"x\" {\n  meta = { \"a.b\" = [1, \"c\"] }\n}\n", "meta.\"a.b\"[1]", "d") ==
        "job \"x\" {\n  meta = { \"a.b\" = [1, \"d\"] }\n}\n");
}

TEST_CASE("the literal is looked for behind locals, variables and templates") {
  const std::string var = "variable \"tag\" {\n  default = \"1\"\n}\n";
  const std::string new_var = "variable \"tag\" {\n  default = \"2.0\"\n}\n";
  CHECK(ChangedBy(OneTaskSpec("\"repo:${var.tag}\"", var), "image", "repo:2.0") ==
        OneTaskSpec("\"repo:${var.tag}\"", new_var));
  CHECK(ChangedBy(OneTaskSpec("\"repo:${var.tag}\"", var), "image", "other:1") ==
        OneTaskSpec("\"other:${var.tag}\"", var));
  CHECK(Says(ChangedBy(OneTaskSpec("\"repo:${var.tag}\"", var), "image", "other:2"),
             "value is computed"));
  const std::string locals = "locals {\n  image = { a = \"a:1\", b = \"b:1\" }\n}\n";
  CHECK(
      ChangedBy(OneTaskSpec("\"${local.image.a}\"", locals), "image", "a:2") ==
      OneTaskSpec("\"${local.image.a}\"", "locals {\n  image = { a = \"a:2\", b = \"b:1\" }\n}\n"));
  CHECK(ChangedBy(OneTaskSpec("local.image[\"a\"]", locals), "image", "a:2") ==
        OneTaskSpec("local.image[\"a\"]", "locals {\n  image = { a = \"a:2\", b = \"b:1\" }\n}\n"));
  CHECK(ChangedBy(OneTaskSpec("\"a\"", locals), "local.image.b", "c") ==
        OneTaskSpec("\"a\"", "locals {\n  image = { a = \"a:1\", b = \"c\" }\n}\n"));
  CHECK(ChangedBy(
            R"({"variable":{"t":{"default":"1"}},"job":{"x":{"group":{"g":{"task":{"t":{"config":)"
            R"({"image":"r\u003a${var.t}"}}}}}}}})",
            "image", "r:2") ==
        R"({"variable":{"t":{"default":"2"}},"job":{"x":{"group":{"g":{"task":{"t":{"config":)"
        R"({"image":"r\u003a${var.t}"}}}}}}}})");
}

TEST_CASE("what only the client knows is text, and changes with its literal") {
  const std::string consul = "\"consul:${attr.consul.version}\"";
  CHECK(ChangedBy(OneTaskSpec(consul), "image", "consul:1.2") == OneTaskSpec("\"consul:1.2\""));
  CHECK(ChangedBy(OneTaskSpec(consul), "image", "docker.io/consul:${attr.consul.version}") ==
        OneTaskSpec("\"docker.io/consul:${attr.consul.version}\""));
  CHECK(ChangedBy(OneTaskSpec("\"${meta.image}\""), "image", "b:2") == OneTaskSpec("\"b:2\""));
  CHECK(ChangedBy(OneTaskSpec("<<-EOT\n          a:${attr.x}\n        EOT\n"), "image", "b:2") ==
        OneTaskSpec("<<-EOT\n          b:2\n        EOT\n"));
  const std::string locals = "locals {\n  i = \"a:${node.class}\"\n}\n";
  CHECK(ChangedBy(OneTaskSpec("local.i", locals), "image", "b:2") ==
        OneTaskSpec("local.i", "locals {\n  i = \"b:2\"\n}\n"));
  CHECK(ChangedBy(R"({"job":{"x":{"meta":{"v":"a:${attr.x}"}}}})", "meta.v", "b") ==
        R"({"job":{"x":{"meta":{"v":"b"}}}})");
  CHECK(ChangedBy(R"({"job":{"x":{"meta":{"v":"${attr.x}"}}}})", "meta.v", "b") ==
        R"({"job":{"x":{"meta":{"v":"b"}}}})");
}

TEST_CASE("what is computed beside what the client knows is refused") {
  for (const char* image : {"\"a:${attr.x}${upper(\"b\")}\"", "attr.x", "\"${lower(attr.x)}\"",
                            "\"a:${attr.x == \"b\" ? 1 : 2}\""}) {
    INFO(image);
    CHECK(Says(ChangedBy(OneTaskSpec(image), "image", "c:9"), "The value is computed"));
  }
  const std::string made =
      "job \"x\" {\n  dynamic \"group\" {\n    for_each = [\"a\"]\n    labels = [group.value]\n"
      "    content {\n      task \"t\" {\n        config {\n          image = "
      "\"i:${group.value}\"\n"
      "        }\n      }\n    }\n  }\n}\n";
  CHECK(Says(ChangedBy(made, "image", "i:2"), "The value is computed"));
}

TEST_CASE("what others use, too, is refused with all uses") {
  const std::string text =
      OneTaskSpec("local.a", "locals {\n  a = \"a:1\"\n  b = \"${local.a}-x\"\n}\n");
  const std::string refusal = ChangedBy(text, "image", "a:2");
  CHECK(Says(refusal, "10:17 local.a is used by others, too"));
  CHECK(Says(refusal, "jobs/x.hcl:3"));
  CHECK(Says(refusal, "jobs/x.hcl:10"));
  CHECK(Says(refusal, "--shared"));
  CHECK(Says(ChangedBy(text, "image", "a:2", true), "a = \"a:2\""));
}

TEST_CASE("a variable that is set from elsewhere is refused with the place") {
  const std::string text = OneTaskSpec("var.i", "variable \"i\" {\n  default = \"a:1\"\n}\n");
  ChangeTrial by_flag{{text}};
  by_flag.trial.variables.flags = {{"i", "z"}};
  CHECK(Says(by_flag.Set("image", "a:2"), "--var i gives it"));
  CHECK(Says(by_flag.Set("variable.i", "a:2"), "--var i gives it"));
  ChangeTrial by_environment{{text}};
  by_environment.trial.variables.environment = {{"i", "z"}};
  CHECK(Says(by_environment.Set("image", "a:2"), "NOMAD_VAR_i gives it"));
  ChangeTrial by_file{{text}};
  by_file.trial.files.Add("one.vars", "# first\ni = \"z\"\n");
  by_file.trial.variables.files = {"one.vars"};
  CHECK(Says(by_file.Set("image", "a:2"), "one.vars:2 gives it"));
  const std::string tagged =
      OneTaskSpec("\"repo:${var.i}\"", "variable \"i\" {\n  default = \"1\"\n}\n");
  ChangeTrial of_a_tag{{tagged}};
  of_a_tag.trial.variables.environment = {{"i", "7"}};
  CHECK(Says(of_a_tag.Set("image", "repo:2"), "NOMAD_VAR_i gives it"));
}

TEST_CASE("computed values and unknown keys are refused") {
  CHECK(Says(ChangedBy(OneTaskSpec("upper(\"a\")"), "image", "B"), "6:17 The value is computed"));
  CHECK(
      Says(ChangedBy(OneTaskSpec("true ? \"a\" : \"b\""), "image", "c"), "The value is computed"));
  CHECK(Says(ChangedBy(OneTaskSpec("\"a\""), "group.g.cuont", "1"), "count"));
  CHECK(Says(ChangedBy(OneTaskSpec("\"a\""), "group.g", "1"), "is a block"));
  CHECK(Says(ChangedBy(OneTaskSpec("\"a\""), "nothing", "1"), "No such argument"));
}

TEST_CASE("a spec that cannot be used is not changed") {
  CHECK(Says(ChangedBy("job \"x\" {\n  priority = 1\n}\njob \"y\" {}\n", "priority", "2"),
             "Duplicate job block"));
  CHECK(Says(ChangedBy("job \"x\" {\n  priority = 1\n  a = nope(1)\n}\n", "priority", "2"), "3:7"));
}

TEST_CASE("several tasks are named, several blocks counted") {
  const std::string two =
      "job \"x\" {\n  group \"g\" {\n    task \"a\" {\n      config {\n        image = \"a\"\n     "
      " }\n    }\n"
      "    task \"b\" {\n      config {\n        image = \"b\"\n      }\n      template {\n        "
      "data = \"1\"\n      }\n"
      "      template {\n        data = \"1\"\n      }\n    }\n  }\n}\n";
  const std::string refusal = ChangedBy(two, "image", "c");
  CHECK(Says(refusal, "g/a, g/b"));
  CHECK(Says(ChangedBy(two, "b", "c"), "image = \"c\""));
  CHECK(Says(ChangedBy(two, "group.g.task.b.template.data", "2"), "template[0]"));
  const std::string second = ChangedBy(two, "group.g.task.b.template[1].data", "2");
  CHECK(second.find("\"2\"") > second.find("\"1\""));
}

TEST_CASE("what a dynamic block makes several times is shared") {
  const std::string text =
      "job \"x\" {\n  dynamic \"group\" {\n    for_each = [\"a\", \"b\"]\n    labels = "
      "[group.value]\n"
      "    content {\n      task \"t\" {\n        config {\n          image = \"i:1\"\n        }\n "
      "     }\n    }\n  }\n}\n";
  CHECK(Says(ChangedBy(text, "a/t", "i:2"), "dynamic block makes several"));
  CHECK(Says(ChangedBy(text, "a/t", "i:2", true), "image = \"i:2\""));
}

TEST_CASE("KEY=VALUE is read or refused") {
  const auto wanted = ParseWantedChange("meta.\"a=b\"=c=d");
  REQUIRE(wanted);
  CHECK(wanted->key == "meta.\"a=b\"");
  CHECK(wanted->value == "c=d");
  using namespace std::string_literals;
  for (const std::string& bad : {"image"s, "=x"s, "image=a\nb"s, "image=a\rb"s, "image=a\0b"s,
                                 "a..b=1"s, "a[x]=1"s, "image=\xff"s}) {
    INFO(bad);
    CHECK_FALSE(ParseWantedChange(bad));
  }
}

}  // namespace nmgr::jobspec
