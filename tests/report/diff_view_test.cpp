#include "nmgr/report/diff_view.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace nmgr;
using namespace nmgr::report;
using nlohmann::json;

namespace {

nomad::JobPlan PlanOf(const char* diff) {
  nomad::JobPlan plan;
  plan.diff = std::make_shared<const json>(json::parse(diff));
  return plan;
}

std::string RenderDiff(const char* diff, bool show_secrets = false, bool all_fields = false) {
  DiffViewOptions options;
  options.show_secrets = show_secrets;
  options.all_fields = all_fields;
  return RenderPlan("web", PlanOf(diff), {}, options);
}

// As Nomad 2.0.5 answers for an edited service: what did not change comes along.
constexpr const char* kEdited = R"({
  "Type": "Edited", "ID": "web",
  "Fields": [{"Type": "Edited", "Name": "Meta[VERSION]", "Old": "1", "New": "2", "Annotations": null},
             {"Type": "None", "Name": "Priority", "Old": "50", "New": "50", "Annotations": null}],
  "Objects": [{"Type": "Edited", "Name": "Datacenters", "Objects": null, "Fields": [
      {"Type": "Added", "Name": "Datacenters", "Old": "", "New": "dc3"},
      {"Type": "Deleted", "Name": "Datacenters", "Old": "dc2", "New": ""},
      {"Type": "None", "Name": "Datacenters", "Old": "dc1", "New": "dc1"}]}],
  "TaskGroups": [
    {"Type": "Edited", "Name": "app", "Updates": {"create/destroy update": 2, "create": 1, "ignore": 4},
     "Fields": [{"Type": "Edited", "Name": "Count", "Old": "2", "New": "3", "Annotations": ["forces create"]}],
     "Objects": [
       {"Type": "None", "Name": "Update", "Objects": null,
        "Fields": [{"Type": "None", "Name": "Canary", "Old": "0", "New": "0"}]},
       {"Type": "Edited", "Name": "Service", "Objects": [
          {"Type": "Edited", "Name": "Check", "Objects": null, "Fields": [
            {"Type": "None", "Name": "Name", "Old": "alive", "New": "alive"},
            {"Type": "Edited", "Name": "Interval", "Old": "10000000000", "New": "30000000000"}]}],
        "Fields": [{"Type": "None", "Name": "Name", "Old": "web", "New": "web"}]}],
     "Tasks": [
       {"Type": "Edited", "Name": "server", "Annotations": ["forces create/destroy update"],
        "Fields": [{"Type": "Edited", "Name": "Env[DB]", "Old": "old-secret", "New": "new-secret"},
                   {"Type": "Edited", "Name": "KillTimeout", "Old": "5000000000", "New": "90000000000"}],
        "Objects": [
          {"Type": "Edited", "Name": "Config", "Objects": null, "Fields": [
            {"Type": "Edited", "Name": "image", "Old": "nginx:1", "New": "nginx:2"},
            {"Type": "Edited", "Name": "args[1]", "Old": "x", "New": ""},
            {"Type": "None", "Name": "args[0]", "Old": "a", "New": "a"},
            {"Type": "None", "Name": "volumes[0]", "Old": "/a:/a", "New": "/a:/a"},
            {"Type": "Edited", "Name": "volumes[1]", "Old": "/b:/b", "New": "/new:/new"},
            {"Type": "Added", "Name": "volumes[2]", "Old": "", "New": "/b:/b"}]},
          {"Type": "Edited", "Name": "Template", "Objects": null, "Fields": [
            {"Type": "None", "Name": "DestPath", "Old": "local/app.conf", "New": "local/app.conf"},
            {"Type": "Edited", "Name": "EmbeddedTmpl",
             "Old": "1\n2\nkey = old-secret\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n",
             "New": "1\n2\nkey = new-secret\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13"}]},
          {"Type": "Added", "Name": "Template", "Objects": null, "Fields": [
            {"Type": "Added", "Name": "DestPath", "Old": "", "New": "local/x"},
            {"Type": "Added", "Name": "Perms", "Old": "", "New": "0644"},
            {"Type": "Added", "Name": "Envvars", "Old": "", "New": "true"},
            {"Type": "Added", "Name": "EmbeddedTmpl", "Old": "", "New": "a=new-secret\nb\n"}]},
          {"Type": "Deleted", "Name": "Template", "Objects": null, "Fields": [
            {"Type": "Deleted", "Name": "DestPath", "Old": "local/y", "New": ""},
            {"Type": "Deleted", "Name": "EmbeddedTmpl", "Old": "old-secret", "New": ""}]}]},
       {"Type": "None", "Name": "sidecar", "Annotations": null, "Fields": null, "Objects": null},
       {"Type": "Deleted", "Name": "gone", "Annotations": ["forces create/destroy update"],
        "Fields": [{"Type": "Deleted", "Name": "Driver", "Old": "docker", "New": ""}], "Objects": null}]},
    {"Type": "None", "Name": "same", "Updates": {"in-place update": 1}, "Fields": null, "Objects": null,
     "Tasks": [{"Type": "None", "Name": "t", "Annotations": null, "Fields": null, "Objects": null}]},
    {"Type": "None", "Name": "untouched", "Updates": {"ignore": 1}, "Fields": null, "Objects": null,
     "Tasks": null}]})";

}  // namespace

TEST_CASE("an edited job: only what changes, in the words of a spec, secrets hidden") {
  CHECK(RenderDiff(kEdited) ==
        "~ web (edited)\n"
        "  ~ meta.VERSION: 1 -> 2\n"
        "  + datacenters: dc3\n"
        "  - datacenters: dc2\n"
        "  ~ group app (1 create, 2 create/destroy updates)\n"
        "    ~ count: 2 -> 3 (forces create)\n"
        "    ~ service web\n"
        "      ~ check alive\n"
        "        ~ interval: 10s -> 30s\n"
        "    ~ task server (forces create/destroy update)\n"
        "      ~ env.DB: (hidden; --show-secrets shows them)\n"
        "      ~ kill_timeout: 5s -> 1m30s\n"
        "      ~ config.image: nginx:1 -> nginx:2\n"
        "      ~ config.args[1]: x -> \"\"\n"
        "      ~ config.volumes:\n"
        "        + /new:/new\n"
        "      ~ template local/app.conf\n"
        "        ~ data: (2 lines changed, hidden)\n"
        "      + template local/x\n"
        "        + env: true\n"
        "        + data: (2 lines, hidden)\n"
        "      - template local/y\n"
        "    - task gone (forces create/destroy update)\n"
        "    group same (1 in-place update)\n");
}

TEST_CASE("no secret shows unless it is asked for") {
  CHECK(RenderDiff(kEdited).find("-secret") == RenderDiff(kEdited).find("-secrets shows"));
  CHECK(RenderDiff(kEdited, false, true).find("old-secret") == std::string::npos);
  CHECK(RenderDiff(kEdited, false, true).find("new-secret") == std::string::npos);
  const std::string shown = RenderDiff(kEdited, true);
  CHECK(shown.find("~ env.DB: old-secret -> new-secret\n") != std::string::npos);
  CHECK(shown.find("        ~ data:\n"
                   "            @@ line 1 @@\n"
                   "            1\n"
                   "            2\n"
                   "          - key = old-secret\n"
                   "          + key = new-secret\n"
                   "            4\n"
                   "            5\n"
                   "            6\n"
                   "            @@ line 10 @@\n"
                   "            10\n"
                   "            11\n"
                   "            12\n"
                   "          - 13\n"
                   "          + 13 (no line break at the end)\n") != std::string::npos);
  CHECK(shown.find("        + data:\n          + a=new-secret\n          + b\n") !=
        std::string::npos);
}

TEST_CASE("a new job leaves out what the server fills in") {
  const char* diff = R"({"Type": "Added", "ID": "web",
    "Fields": [{"Type": "Added", "Name": "AllAtOnce", "Old": "", "New": "false"},
               {"Type": "Added", "Name": "Name", "Old": "", "New": "web"},
               {"Type": "Added", "Name": "Namespace", "Old": "", "New": "apps"},
               {"Type": "Added", "Name": "Priority", "Old": "", "New": "50"},
               {"Type": "Added", "Name": "Type", "Old": "", "New": "batch"}],
    "Objects": [{"Type": "Added", "Name": "Periodic", "Objects": null, "Fields": [
      {"Type": "Added", "Name": "Enabled", "Old": "", "New": "true"},
      {"Type": "Added", "Name": "Spec", "Old": "", "New": "@daily"}]}],
    "TaskGroups": [{"Type": "Added", "Name": "app", "Updates": {"create": 1},
      "Fields": [{"Type": "Added", "Name": "Count", "Old": "", "New": "1", "Annotations": ["forces create"]}],
      "Objects": [{"Type": "Added", "Name": "RestartPolicy", "Objects": null, "Fields": [
        {"Type": "Added", "Name": "Mode", "Old": "", "New": "fail"}]}],
      "Tasks": [{"Type": "Added", "Name": "t", "Annotations": ["forces create"], "Objects": null,
        "Fields": [{"Type": "Added", "Name": "Driver", "Old": "", "New": "docker"}]}]}]})";
  CHECK(RenderDiff(diff) ==
        "+ web (new)\n"
        "  + namespace: apps\n"
        "  + type: batch\n"
        "  + periodic.enabled: true\n"
        "  + periodic.spec: @daily\n"
        "  + group app (1 create)\n"
        "    + task t (forces create)\n"
        "      + driver: docker\n");
  const std::string all = RenderDiff(diff, false, true);
  CHECK(all.find("    + restart.mode: fail\n") != std::string::npos);
  CHECK(all.find("  + priority: 50\n") != std::string::npos);
}

TEST_CASE("no changes, a deleted job, problems and warnings") {
  CHECK(
      RenderDiff(
          R"({"Type": "None", "ID": "web", "Fields": null, "Objects": null, "TaskGroups": null})") ==
      "  web (no changes)\n");
  CHECK(RenderDiff(R"({"Type": "Deleted", "ID": "web", "Fields": [
      {"Type": "Deleted", "Name": "Priority", "Old": "50", "New": ""}]})") == "- web (deleted)\n");
  nomad::JobPlan plan = PlanOf(R"({"Type": "Edited"})");
  plan.warnings = "2 warnings:\n\n* first\n  goes on\n* second \x1b[31m\n\n";
  CHECK(RenderPlan("web \x1b[2J", plan, {"group app: 1 allocation cannot be placed"}, {}) ==
        "~ web \\x1b[2J (edited)\n"
        "  ! group app: 1 allocation cannot be placed\n"
        "  ! warning: first goes on\n"
        "  ! warning: second \\x1b[31m\n");
}

TEST_CASE("a list whose elements move is told by element, one edited in place by its place") {
  const char* moved =
      R"({"Type": "Edited", "TaskGroups": [{"Type": "Edited", "Name": "g", "Tasks": [
    {"Type": "Edited", "Name": "t", "Objects": [{"Type": "Edited", "Name": "Config", "Fields": [
      {"Type": "Edited", "Name": "args[0]", "Old": "a", "New": "b"},
      {"Type": "Edited", "Name": "args[1]", "Old": "b", "New": "c"},
      {"Type": "Edited", "Name": "args[10]", "Old": "k", "New": "l"},
      {"Type": "Edited", "Name": "args[2]", "Old": "c", "New": "d"},
      {"Type": "Deleted", "Name": "args[11]", "Old": "l", "New": ""},
      {"Type": "Edited", "Name": "one[0]", "Old": "line\nx", "New": "line\ny"}]}]}]}]})";
  CHECK(RenderDiff(moved) ==
        "~ web (edited)\n  ~ group g\n    ~ task t\n"
        "      ~ config.args:\n        - a\n        - k\n        + d\n"
        "      ~ config.one[0]:\n"
        "          @@ line 1 @@\n"
        "          line\n"
        "        - x\n"
        "        + y\n");
}

TEST_CASE("what an argument means depends on the command, or the image, of the same task") {
  const auto config = [](const std::string& fields) {
    return R"({"Type": "Edited", "TaskGroups": [{"Type": "Edited", "Name": "g", "Tasks": [
      {"Type": "Edited", "Name": "t", "Objects": [{"Type": "Edited", "Name": "Config", "Fields": [)" +
           fields + "]}]}]}]}";
  };
  const std::string mysql =
      RenderDiff(config(R"({"Type": "None", "Name": "command", "Old": "mysql", "New": "mysql"},
        {"Type": "Edited", "Name": "args[0]", "Old": "-poldletters", "New": "-pnewletters"})")
                     .c_str());
  CHECK(mysql.find("~ config.args[0]: -p*** -> -p***\n") != std::string::npos);
  const std::string curl = RenderDiff(
      config(R"({"Type": "Edited", "Name": "image", "Old": "curlimages/curl:8", "New": "nginx:1"},
        {"Type": "None", "Name": "args[0]", "Old": "-u", "New": "-u"},
        {"Type": "Edited", "Name": "args[1]", "Old": "me:12345", "New": "1000:1000"})")
          .c_str());
  CHECK(curl.find("~ config.args[1]: *** -> 1000:1000\n") != std::string::npos);
  const std::string moved =
      RenderDiff(config(R"({"Type": "Edited", "Name": "args[0]", "Old": "--password", "New": "-v"},
        {"Type": "Edited", "Name": "args[1]", "Old": "hunter22", "New": "--password"},
        {"Type": "Edited", "Name": "args[2]", "Old": "x", "New": "letmein1"},
        {"Type": "Edited", "Name": "args[3]", "Old": "y", "New": "letmein1"})")
                     .c_str());
  CHECK(moved.find("+ ***\n") != std::string::npos);
  CHECK(moved.find("letmein1") == std::string::npos);
  CHECK(moved.find("hunter22") == std::string::npos);
  const std::string script = RenderDiff(
      config(R"({"Type": "Edited", "Name": "args[1]", "Old": "set -e\ncurl -u me:hunter22 h\n",
        "New": "set -e\nmysql -pletters db\n"})")
          .c_str());
  CHECK(script.find("- curl -u *** h\n") != std::string::npos);
  CHECK(script.find("+ mysql -p*** db\n") != std::string::npos);
}

TEST_CASE("whatever a server sends is rendered without harm") {
  for (const char* diff :
       {"null", "[]", "\"x\"", "{}", R"({"Type": 7, "Fields": {}, "TaskGroups": 3})",
        R"({"Type": "Edited", "Fields": [1, null, {"Name": []}], "Objects": [[], {"Objects": 1}],
            "TaskGroups": [null, {"Tasks": [null, 4], "Updates": [1]}]})",
        R"({"Type": "Edited", "Fields": [{"Type": "Edited", "Name": "x]", "Old": "a", "New": "b"},
                                         {"Type": "Edited", "Name": "[0]", "Old": "a", "New": "b"},
                                         {"Type": "Edited", "Name": "A[99999999999999999999]", "Old": "a"},
                                         {"Type": "Edited", "Name": "A[", "Old": "\u001b[2J\n\u0007"}]})"}) {
    const std::string text = RenderDiff(diff, true, true);
    CHECK(text.find('\x1b') == std::string::npos);
    CHECK(text.find('\x07') == std::string::npos);
    CHECK_FALSE(text.empty());
  }
  std::string deep =
      R"({"Type":"Edited","Fields":[{"Type":"Edited","Name":"N","Old":"1","New":"2"}]})";
  for (int i = 0; i < 200; ++i) deep = R"({"Type":"Edited","Name":"O","Objects":[)" + deep + "]}";
  CHECK(RenderDiff(deep.c_str()).find("~ web") == 0);
  CHECK(RenderPlan("web", nomad::JobPlan(), {}, {}) == "  web (no changes)\n");
}

TEST_CASE("secrets in arguments, labels and URLs are hidden at their place") {
  constexpr const char* kDiff = R"({"Type": "Edited", "ID": "web", "TaskGroups": [
    {"Type": "Edited", "Name": "app", "Tasks": [{"Type": "Edited", "Name": "server", "Objects": [
      {"Type": "Edited", "Name": "Config", "Fields": [
        {"Type": "Edited", "Name": "args[0]", "Old": "--db-password=sesame1", "New": "--db-password=sesame2"},
        {"Type": "None", "Name": "args[1]", "Old": "--token", "New": "--token"},
        {"Type": "Edited", "Name": "args[2]", "Old": "sesame3", "New": "sesame4"},
        {"Type": "Added", "Name": "labels[0][traefik.http.middlewares.a.basicauth.users]", "Old": "", "New": "me:$apr1$sesame5"},
        {"Type": "Added", "Name": "labels[0][traefik.enable]", "Old": "", "New": "true"},
        {"Type": "Edited", "Name": "command", "Old": "run -e PGPASSWORD=sesame6 x", "New": "run -e PGPASSWORD=sesame7 y"}]},
      {"Type": "Added", "Name": "Artifact", "Fields": [
        {"Type": "Added", "Name": "GetterSource", "Old": "", "New": "https://me:sesame8@host/x.tgz"}]}]}]}]})";
  const std::string text = RenderDiff(kDiff);
  INFO(text);
  CHECK(text.find("sesame") == std::string::npos);
  CHECK(text.find("args[0]: --db-password=*** -> --db-password=***") != std::string::npos);
  CHECK(text.find("args[2]: *** -> ***") != std::string::npos);
  CHECK(text.find("run -e PGPASSWORD=*** y") != std::string::npos);
  CHECK(text.find("https://***@host/x.tgz") != std::string::npos);
  CHECK(text.find("traefik.enable") != std::string::npos);
  const std::string revealed = RenderDiff(kDiff, true);
  for (const char* secret : {"sesame2", "sesame4", "sesame5", "sesame7", "sesame8"}) {
    CHECK(revealed.find(secret) != std::string::npos);
  }
}

TEST_CASE("a list whose elements moved hides what is a secret in them") {
  const std::string text = RenderDiff(R"({"Type": "Edited", "ID": "web", "TaskGroups": [
    {"Type": "Edited", "Name": "app", "Tasks": [{"Type": "Edited", "Name": "server", "Objects": [
      {"Type": "Edited", "Name": "Config", "Fields": [
        {"Type": "Edited", "Name": "args[0]", "Old": "-v", "New": "--user"},
        {"Type": "Edited", "Name": "args[1]", "Old": "--user", "New": "--password=sesame"},
        {"Type": "Deleted", "Name": "args[2]", "Old": "--password=semase", "New": ""}]}]}]}]})");
  INFO(text);
  CHECK(text.find("sesame") == std::string::npos);
  CHECK(text.find("semase") == std::string::npos);
  CHECK(text.find("--password=***") != std::string::npos);
}
