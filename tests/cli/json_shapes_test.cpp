// What every action prints with -o json is what its row says (docs/json.md): each document of each
// row is printed by a run below and compared member by member. Strict: a member that no row names,
// one that is missing, and one of another kind are failures. A new action or document without a run
// here fails too.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "../actions/lab.h"
#include "cli/reference.h"
#include "nmgr/actions/action.h"
#include "nmgr/base/file_system.h"
#include "support/terminal.h"

using namespace nmgr::testing;
using nlohmann::json;
using nmgr::actions::Action;
using nmgr::report::JsonField;
using nmgr::report::JsonFields;
using nmgr::report::JsonForm;
using nmgr::report::JsonKind;
using nmgr::report::JsonShape;

namespace {

// Compares; `seen` gets the path of every field that was there.
class Judge {
 public:
  void Object(const JsonFields& fields, const json& value, const std::string& path) {
    if (!value.is_object()) return Fault(path, "is no object");
    for (const JsonField& field : fields) {
      const std::string inner = path + "." + std::string(field.name);
      const auto member = value.find(field.name);
      if (member == value.end()) {
        if (!field.optional) Fault(inner, "is missing");
      } else {
        Member(field, *member, inner);
      }
    }
    for (const auto& [name, member] : value.items()) {
      const bool known =
          std::any_of(fields.begin(), fields.end(),
                      [&name = name](const JsonField& field) { return field.name == name; });
      if (!known) Fault(path + "." + name, "is in no table");
    }
  }

  std::vector<std::string> faults;
  std::set<std::string> seen;

 private:
  void Fault(const std::string& path, const std::string& what) {
    faults.push_back(path + " " + what);
  }

  void Member(const JsonField& field, const json& value, const std::string& path) {
    seen.insert(path);
    if (value.is_null()) {
      if (!field.nullable) Fault(path, "is null");
    } else if (!field.list) {
      Single(field, value, path);
    } else if (!value.is_array()) {
      Fault(path, "is no list");
    } else {
      for (const json& item : value) Single(field, item, path);
    }
  }

  void Single(const JsonField& field, const json& value, const std::string& path) {
    if (!HasKind(field.kind, value)) return Fault(path, "is of another kind: " + value.dump());
    if (field.kind == JsonKind::kObject) Object(field.fields, value, path);
    if (field.kind != JsonKind::kMap) return;
    const JsonField& inner = field.fields.front();
    for (const json& one : value) Member(inner, one, path + "." + std::string(inner.name));
  }

  static bool HasKind(JsonKind kind, const json& value) {
    switch (kind) {
      case JsonKind::kText:
        return value.is_string();
      case JsonKind::kWhole:
        return value.is_number_integer();
      case JsonKind::kNumber:
        return value.is_number();
      case JsonKind::kFlag:
        return value.is_boolean();
      case JsonKind::kObject:
      case JsonKind::kMap:
        return value.is_object();
      case JsonKind::kAny:
        return true;
    }
    return false;
  }
};

JsonFields Whole(const JsonShape& shape) {
  JsonFields fields = shape.fields;
  if (shape.form == JsonForm::kDocument) fields.push_back(nmgr::report::ExitCodeField());
  return fields;
}

Judge JudgementOf(const JsonShape& shape, const NmgrResult& result) {
  Judge judge;
  const auto take = [&](const std::string& text) {
    const json value = json::parse(text, nullptr, false);
    if (value.is_discarded()) return judge.faults.push_back("no JSON: " + text);
    if (shape.form == JsonForm::kForeign) {
      if (!value.is_object()) judge.faults.emplace_back("no object");
      return;
    }
    judge.Object(Whole(shape), value, "");
    const bool agrees = shape.form != JsonForm::kDocument || !value.is_object() ||
                        value.value("exit_code", -1) == result.exit_code;
    if (!agrees) judge.faults.emplace_back("exit_code is not that of the process");
  };
  if (shape.form != JsonForm::kLines) {
    take(result.out);
  } else {
    const Words lines = LinesWith(result.out, "");
    if (lines.empty()) judge.faults.emplace_back("no line");
    for (const std::string& line : lines) {
      const bool meant =
          shape.type.empty() || json::parse(line, nullptr, false).value("type", "") == shape.type;
      if (meant) take(line);
    }
  }
  return judge;
}

// Members that are always there, and were not in `seen`: a list that was empty in every run has
// told nothing of its items. What lies deeper than those is for the tests of the action.
void AddUnseen(const JsonFields& fields, const std::string& above,
               const std::set<std::string>& seen, std::vector<std::string>& unseen) {
  for (const JsonField& field : fields) {
    if (field.optional) continue;
    const std::string path = above + "." + std::string(field.name);
    if (!seen.contains(path)) unseen.push_back(path);
    if (above.empty()) AddUnseen(field.fields, path, seen, unseen);
  }
}

// A run that prints the document of `action` that `when` leads to.
struct Example {
  std::string action;
  std::string when;  // as in the table
  Words words;
  int exit_code = 0;
  bool in_terminal = false;
};

// In the order in which they run, on one lab.
std::vector<Example> Examples() {
  return {{"validate", "", {"validate", "all"}, 65},
          {"validate", "", {"validate", "--server", "web"}},
          {"validate", "", {"validate", "--server", "web", "--address", "http://127.0.0.1:1"}, 69},
          {"list", "", {"list", "-l", "all", "--why"}},
          {"list", "", {"list", "all"}},
          {"list", "", {"list", "image:*web*", "--why"}},
          {"plan", "", {"plan", "all"}, 1},
          {"plan", "", {"plan", "web", "--show-secrets"}},
          {"up", "", {"up", "-n", "all"}, 1},
          {"up", "", {"up", "web", "cache", "garage"}},
          {"up", "", {"up", "web"}},
          {"edit", "", {"edit", "web"}, 0, true},
          {"edit", "", {"edit", "-n", "mail"}, 0, true},
          {"up", "--events", {"up", "--events", "mail", "stuck", "--timeout", "500ms"}, 1},
          {"image", "", {"image", "all"}},
          {"image", "", {"image", "web"}},
          {"image", "--unpinned", {"image", "--unpinned", "all"}},
          {"image", "--registry", {"image", "--registry", "nobodys"}, 1},
          {"graph", "", {"graph"}, 1},
          {"graph", "", {"graph", "web"}},
          {"find", "", {"find", "docker"}},
          {"find", "", {"find", "nowhere"}, 1},
          {"list", "--orphans", {"list", "--orphans"}},
          {"reconcile", "", {"reconcile", "all"}, 1},
          {"restart", "", {"restart", "web"}},
          {"status", "", {"status"}, 1},
          {"status", "", {"status", "web"}},
          {"logs", "", {"logs", "web"}},
          {"exec", "", {"exec", "web", "--", "true"}},
          {"exec", "-n", {"exec", "-n", "web", "--", "true"}},
          {"down", "", {"down", "web", "cache"}},
          {"down", "", {"down", "-p", "web"}},
          {"up", "--restore --list", {"up", "--restore", "--list"}},
          {"up", "--forget", {"up", "--forget", "cache"}},
          {"render", "", {"render", "web"}},
          {"render", "TARGET TARGET", {"render", "web", "cache"}},
          {"render", "TARGET TARGET", {"render", "web", "broken"}, 65},
          {"config", "", {"config"}},
          {"config", "--init", {"config", "--init"}},
          {"set", "", {"set", "-n", "web", "image=a:2", "local.image=a:2"}},
          {"set", "", {"set", "web", "image=a:2"}},
          {"history", "", {"history"}},
          {"history", "RUN", {"history", "RUN"}},
          {"history", "JOB", {"history", "garage"}},
          {"undo", "", {"undo"}, 1},
          {"revert", "", {"revert", "garage"}, 1},
          {"promote", "", {"promote", "mail"}, 1},
          {"reconcile", "--events", {"reconcile", "--events", "mail"}},
          {"restart", "--events", {"restart", "--events", "mail"}},
          {"down", "--events", {"down", "--events", "mail"}},
          {"undo", "--events", {"undo", "--events"}},
          {"revert", "--events", {"revert", "--events", "mail"}, 1},
          {"promote", "--events", {"promote", "--events", "mail"}, 1},
          {"serve", "", {"serve", "--once", "-c", "serve.toml"}},
          {"sync", "", {"sync", "status", "-c", "serve.toml"}},
          {"sync", "VERB SOURCE [JOB...]", {"sync", "hold", "lab", "web", "-c", "serve.toml"}},
          {"completion", "", {"completion", "bash"}}};
}

const Action* FindRow(const std::string& name) {
  for (const Action& action : nmgr::actions::AllActions()) {
    if (action.name == name) return &action;
  }
  return nullptr;
}

// One, or one for each type of lines.
std::vector<const JsonShape*> FindShapes(const Action& action, const std::string& when) {
  std::vector<const JsonShape*> shapes;
  for (const JsonShape& shape : action.documents) {
    if (shape.when == when) shapes.push_back(&shape);
  }
  return shapes;
}

// Lines of one type are the same whoever prints them.
std::pair<std::string, std::string> KeyOf(std::string_view action, const JsonShape& shape) {
  if (!shape.type.empty()) return {"", std::string(shape.type)};
  return {std::string(action), std::string(shape.when)};
}

// Every line is of a type that a shape describes, and the last one of the last of these.
std::vector<std::string> FaultsOfTypes(const std::vector<const JsonShape*>& shapes,
                                       const std::string& out) {
  std::vector<std::string> faults;
  std::string last;
  for (const std::string& line : LinesWith(out, "")) {
    last = json::parse(line).value("type", "");
    const bool known = std::any_of(shapes.begin(), shapes.end(),
                                   [&](const JsonShape* shape) { return shape->type == last; });
    if (!known) faults.push_back("no table of type \"" + last + "\"");
  }
  if (last != shapes.back()->type) faults.push_back("the last line is of type \"" + last + "\"");
  return faults;
}

// RUN stands for the oldest run on record.
Words WithRun(const Lab& lab, Words words) {
  for (std::string& word : words) {
    if (word != "RUN") continue;
    const json runs = json::parse(lab.Run({"-o", "json", "history"}).out).at("runs");
    word = runs.back().at("id").get<std::string>();
  }
  return words;
}

Words WithJson(Words words) {
  words.insert(words.begin(), {"-o", "json"});
  return words;
}

NmgrResult RunExample(const Lab& lab, const Example& example) {
  const Words words = WithJson(WithRun(lab, example.words));
  if (!example.in_terminal) return lab.Run(words);
  TerminalChild child(words, lab.Options(), lab.dir.At("document"));
  NmgrResult result;
  result.exit_code = child.Wait();
  result.out = lab.dir.Read("document");
  result.err = child.shown();
  return result;
}

}  // namespace

TEST_CASE("every document of every action is what its table says", "[long]") {
  Lab lab({.never = {"stuck"}});
  lab.env["EDITOR"] = "true";
  lab.env["HOME"] = lab.dir.MakeFolder("home");
  lab.Usual();
  lab.Service("batch", "docker.io/batch", kBatchLines);
  lab.Spec("offer",
           "job \"offer\" {\n  group \"g\" {\n    service {\n      name = \"offer\"\n"
           "      provider = \"nomad\"\n    }\n" +
               DockerTask("offer") + "  }\n}\n");
  lab.Spec("ask",
           "job \"ask\" {\n  group \"g\" {\n    task \"ask\" {\n      driver = \"docker\"\n"
           "      config {\n        image = \"ask:1\"\n      }\n      template {\n"
           "        data = \"{{ range nomadService `offer` }}{{ end }}\"\n"
           "        destination = \"local/x\"\n      }\n    }\n  }\n}\n");
  lab.Service("stuck", "stuck:1");
  lab.Service("nobodys", "127.0.0.1:1/app:1.0");
  lab.Spec("broken", "job \"broken\" {\n  group \"g\" { count = local.none }\n}\n");
  lab.dir.Write("specs/fresh.hcl", ServiceSpec("fresh", "fresh:1"));
  lab.dir.Write("serve.toml", "[source.lab]\nurl = \"file://" + lab.dir.At("specs") +
                                  "\"\n[serve]\nfolder = \"" + lab.dir.At("serve") + "\"\n");
  REQUIRE(RunShell("cd specs && git init -q -b main . && git add . && git -c user.name=a -c "
                   "user.email=a@b commit -qm a",
                   lab.Options())
              .exit_code == 0);
  std::map<std::pair<std::string, std::string>, std::set<std::string>> shown;
  for (const Example& example : Examples()) {
    INFO(Catch::StringMaker<Words>::convert(example.words));
    const Action* action = FindRow(example.action);
    REQUIRE(action != nullptr);
    const auto shapes = FindShapes(*action, example.when);
    REQUIRE_FALSE(shapes.empty());
    if (example.when == "--orphans") std::filesystem::remove(lab.dir.At("cld/garage/garage.hcl"));
    const NmgrResult result = RunExample(lab, example);
    INFO(result.err);
    CHECK(result.exit_code == example.exit_code);
    for (const JsonShape* shape : shapes) {
      const Judge judge = JudgementOf(*shape, result);
      CHECK(judge.faults == std::vector<std::string>{});
      shown[KeyOf(example.action, *shape)].insert(judge.seen.begin(), judge.seen.end());
    }
    if (!shapes.front()->type.empty()) {
      CHECK(FaultsOfTypes(shapes, result.out) == std::vector<std::string>{});
    }
  }
  for (const Action& action : nmgr::actions::AllActions()) {
    INFO("the documents of " << action.name << ", and a run above for each");
    CHECK_FALSE(action.documents.empty());
    for (const JsonShape& shape : action.documents) {
      INFO("\"" << shape.when << "\"");
      const auto seen = shown.find(KeyOf(action.name, shape));
      REQUIRE(seen != shown.end());
      if (shape.form == JsonForm::kForeign) continue;
      std::vector<std::string> unseen;
      AddUnseen(Whole(shape), "", seen->second, unseen);
      CHECK(unseen == std::vector<std::string>{});
    }
  }
}

TEST_CASE("every action that ends early prints the document of a failure") {
  Lab lab;
  for (const Action& action : nmgr::actions::AllActions()) {
    INFO(action.name);
    const NmgrResult result =
        lab.Run(WithJson({std::string(action.name), "no-such-job", "no-such-word"}));
    CHECK(result.exit_code != 0);
    CHECK(JudgementOf(nmgr::report::FailureShape(), result).faults == std::vector<std::string>{});
  }
}

TEST_CASE("the comparison takes nothing that its table does not say") {
  namespace shape = nmgr::report::shape;
  const JsonFields fields = {shape::Text("a", ""), shape::Optional(shape::Whole("b", "")),
                             shape::Objects("c", "", {shape::OrNull(shape::Flag("d", ""))}),
                             shape::Map("m", "", shape::Whole("x", ""))};
  const auto faults = [&](const char* text) {
    Judge judge;
    judge.Object(fields, json::parse(text), "");
    return judge.faults;
  };
  CHECK(faults(R"({"a": "", "c": [{"d": null}, {"d": true}], "m": {"q": 1}})").empty());
  CHECK(faults(R"({"a": "", "b": 1, "c": [], "m": {}})").empty());
  for (const char* wrong :
       {R"({"a": 1, "c": [], "m": {}})", R"({"a": null, "c": [], "m": {}})",
        R"({"c": [], "m": {}})", R"({"a": "", "b": 1.5, "c": [], "m": {}})",
        R"({"a": "", "c": {}, "m": {}})", R"({"a": "", "c": [{}], "m": {}})",
        R"({"a": "", "c": [{"d": 0}], "m": {}})", R"({"a": "", "c": [], "m": {"q": "1"}})",
        R"({"a": "", "c": [], "m": {}, "z": 1})", R"([])"}) {
    INFO(wrong);
    CHECK(faults(wrong).size() == 1);
  }
}

TEST_CASE("docs/json.md is what the tables give") {
  const std::string path = std::string(NMGR_SOURCE_DIR) + "/docs/json.md";
  const auto committed = nmgr::RealFileSystem().ReadFile(path, nmgr::kMaxFileSize);
  REQUIRE(committed);
  INFO("build/*/bin/nmgr __json > docs/json.md writes it anew");
  CHECK(*committed == nmgr::cli::JsonPage());
}
