// plan --out and up --plan: what was shown is carried out, or nothing is.
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>

#include "actions/lab.h"

namespace nmgr::testing {
namespace {

using nlohmann::json;

// web differs, mail is new, cache is as it should be.
void Planned(Lab& lab, const Words& more = {}) {
  lab.Usual();
  REQUIRE(lab.Run({"up", "web", "cache"}).exit_code == 0);
  lab.Service("web", "docker.io/web:2");
  Words words = {"plan", "--out", lab.dir.At("kept"), "services"};
  words.insert(words.end(), more.begin(), more.end());
  const NmgrResult plan = lab.Run(words);
  INFO(plan.out << plan.err);
  REQUIRE(plan.exit_code == 0);
  CHECK(Mentions(plan.err, "carries out just that"));
  lab.nomad.ClearLog();
}

NmgrResult Carry(const Lab& lab, const Words& more = {}) {
  Words words = {"up", "--plan", lab.dir.At("kept")};
  words.insert(words.end(), more.begin(), more.end());
  return lab.Run(words);
}

void CheckRefused(Lab& lab, const std::string& why, const Words& more = {}) {
  lab.nomad.ClearLog();
  const NmgrResult result = Carry(lab, more);
  INFO(result.out << result.err);
  CHECK(result.exit_code == 1);
  CHECK(Mentions(result.err, why));
  CHECK(lab.nomad.Writes().empty());
}

}  // namespace

TEST_CASE("a kept plan is carried out as it was shown") {
  Lab lab;
  Planned(lab);
  struct stat info {};
  REQUIRE(::stat(lab.dir.At("kept").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  const std::string text = lab.dir.Read("kept");
  CHECK_FALSE(Mentions(text, "TaskGroups"));
  CHECK_FALSE(Mentions(text, "driver"));

  const NmgrResult dry = Carry(lab, {"-n"});
  CHECK(dry.exit_code == 0);
  CHECK(LinesWith(dry.out, "[DRY RUN] would ").size() == 2);
  CHECK(lab.nomad.Writes().empty());
  // A job that has come since is no part of it.
  lab.Service("later", "later:1");
  const NmgrResult result = Carry(lab);
  INFO(result.out << result.err);
  CHECK(result.exit_code == 0);
  CHECK(lab.nomad.Writes() == Words{"POST /v1/jobs", "POST /v1/jobs"});
  CHECK(lab.LiveImage("web") == "docker.io/web:2");
  CHECK(lab.IsThere("mail"));
  CHECK_FALSE(lab.IsThere("later"));
  CheckRefused(lab, "it has moved in Nomad");
}

TEST_CASE(
    "a kept plan is refused as a whole where a spec, a file that it reads, or a job has moved") {
  Lab lab;
  Planned(lab);
  SECTION("the spec, if only by a comment") {
    lab.dir.Write("cld/web/web.hcl", "# more\n" + ServiceSpec("web", "docker.io/web:2"));
    CheckRefused(lab, "web: its spec, or what it reads, has changed");
  }
  SECTION("the spec of a job that was as it should be") {
    lab.Service("cache", "docker.io/cache:2");
    CheckRefused(lab, "cache: its spec, or what it reads, has changed");
  }
  SECTION("a spec that is gone") {
    std::filesystem::remove(lab.dir.At("cld/mail/mail.hcl"));
    CheckRefused(lab, "mail: its spec ");
  }
  SECTION("a spec that is another job's now") {
    lab.Spec("mail", ServiceSpec("post", "a:1"));
    CheckRefused(lab, "mail: ");
  }
  SECTION("a spec that does not evaluate any more") {
    lab.Spec("mail", "job \"mail\" {\n  group \"g\" { count = local.none }\n}\n");
    CheckRefused(lab, "mail: its spec cannot be used any more");
  }
  SECTION("a job that somebody has changed") {
    json other = lab.Job("web");
    other["Priority"] = 70;
    lab.nomad.Register(other);
    CheckRefused(lab, "web: it has moved in Nomad: it was at index ");
  }
  SECTION("a job that somebody has registered") {
    json other = lab.Job("web");
    other["ID"] = "mail";
    other["Name"] = "mail";
    lab.nomad.Register(other);
    CheckRefused(lab, "mail: it has moved in Nomad: it was at index 0");
  }
  SECTION("a job that needed nothing and was stopped") {
    REQUIRE(lab.nomad.Send("DELETE", "/v1/job/cache").status == 200);
    CheckRefused(lab, "cache: it has moved in Nomad");
  }
  SECTION("another Nomad, region or namespace") {
    Lab elsewhere;
    lab.env["NOMAD_REGION"] = "north";
    CheckRefused(lab, "it was planned for region global, and this is north");
    lab.env.erase("NOMAD_REGION");
    lab.env["NOMAD_NAMESPACE"] = "prod";
    CheckRefused(lab, "it was planned for namespace default, and this is prod");
    lab.env.erase("NOMAD_NAMESPACE");
    lab.env["NOMAD_ADDR"] = elsewhere.nomad.address();
    CheckRefused(lab, "it was planned for the Nomad at ");
  }
  SECTION("infra jobs") {
    CheckRefused(lab, "web: it is among --infra-jobs no more as it was", {"--infra-jobs=web"});
  }
}

TEST_CASE("a kept plan is refused where [order] has moved, and not for what is none of it") {
  Lab lab;
  const auto order = [&](const std::string& table) {
    lab.env["NMGR_CONFIG"] = lab.dir.Write("config.toml", "[order]\n" + table);
  };
  order("web = [\"cache\"]\n");
  Planned(lab);
  SECTION("another edge") {
    order("web = [\"cache\", \"mail\"]\n");
    CheckRefused(lab,
                 "[order] of the config file has moved: it was web after cache, and is web "
                 "after cache, web after mail");
    CHECK(Carry(lab, {"--no-order"}).exit_code == 0);
  }
  SECTION("none any more") {
    order("");
    CheckRefused(lab, "has moved: it was web after cache, and is none");
  }
  SECTION("edges of other jobs") {
    order("web = [\"cache\"]\ncaddy = [\"garage\"]\n");
    CHECK(Carry(lab).exit_code == 0);
  }
}

TEST_CASE("a kept plan wants the same variables again, and says nothing of them") {
  Lab lab;
  lab.Spec("web",
           "variable \"pin\" {}\n\njob \"web\" {\n  meta {\n    pin = var.pin\n  }\n"
           "  group \"g\" {\n" +
               DockerTask("web") + "  }\n}\n");
  REQUIRE(lab.Run({"plan", "web", "--var", "pin=my-own", "--out", lab.dir.At("kept")}).exit_code ==
          0);
  CHECK_FALSE(Mentions(lab.dir.Read("kept"), "my-own"));
  CheckRefused(lab, "web: its spec, or what it reads, has changed", {"--var", "pin=another"});
  CheckRefused(lab, "web: its spec cannot be used any more");
  CHECK(Carry(lab, {"--var", "pin=my-own"}).exit_code == 0);
  CHECK(lab.Job("web")["Meta"]["pin"] == "my-own");
}

TEST_CASE("what is no kept plan is refused, whatever is wrong with it") {
  Lab lab;
  Planned(lab);
  const std::string text = lab.dir.Read("kept");
  const auto refused = [&](const std::string& with) {
    lab.dir.Write("kept", with);
    CheckRefused(lab, lab.dir.At("kept") + ": ");
  };
  for (std::size_t cut = 0; cut + 2 < text.size(); cut += 97) refused(text.substr(0, cut));
  refused("job \"web\" {}\n");
  refused("{}");
  refused("{\"nmgr_plan\": 1}");
  refused("{\"nmgr_plan\": 2, \"jobs\": []}");
  refused(std::string(100'000, '['));
  refused("{\"nmgr_plan\":" + std::string(100'000, '['));
  std::string changed = text;
  changed.replace(changed.find("\"index\": "), 10, "\"index\": 9");
  refused(changed);
  changed = text;
  changed.replace(changed.find("\"move\": \"register\""), 18, "\"move\": \"nothing_\"");
  refused(changed);
  CHECK(lab.Run({"up", "--plan", lab.dir.At("nowhere")}).exit_code == 66);
  CHECK(lab.Run({"up", "--plan", lab.dir.At("cld")}).exit_code == 1);
  for (const Words& more : {Words{"web"}, Words{"--promote"}, Words{"--again"}, Words{"--restore"},
                            Words{"--exclude", "web"}, Words{"--reset-counts"}}) {
    CHECK(Carry(lab, more).exit_code == 64);
  }
  CHECK(lab.nomad.Writes().empty());
}

TEST_CASE("plan --out replaces a plan and nothing else, and keeps none where a job has none") {
  Lab lab;
  Planned(lab);
  CHECK(lab.Run({"plan", "web", "--out", lab.dir.At("kept")}).exit_code == 0);
  CHECK(Carry(lab, {"-n"}).out.find("mail") == std::string::npos);
  const std::string spec = lab.dir.Read("cld/web/web.hcl");
  const NmgrResult over = lab.Run({"plan", "web", "--out", lab.dir.At("cld/web/web.hcl")});
  CHECK(over.exit_code == 64);
  CHECK(Mentions(over.err, "no plan that may be replaced"));
  CHECK(lab.dir.Read("cld/web/web.hcl") == spec);
  CHECK(lab.Run({"plan", "web", "--out", lab.dir.At("cld")}).exit_code == 64);
  lab.Spec("broken", "job \"broken\" {\n  group \"g\" { count = local.none }\n}\n");
  const NmgrResult broken = lab.Run({"plan", "all", "--out", lab.dir.At("other")});
  CHECK(broken.exit_code == 1);
  CHECK(Mentions(broken.err, "no plan was kept, because of broken"));
  CHECK_FALSE(std::filesystem::exists(lab.dir.At("other")));
}

}  // namespace nmgr::testing
