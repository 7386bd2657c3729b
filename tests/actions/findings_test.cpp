// -o lines and -o github: faults for editors and for GitHub's runners.
#include <catch2/catch.hpp>

#include "lab.h"

using namespace nmgr::testing;

namespace {

const char* const kBroken = "job \"bad\" {\n  type = local.nothing\n}\n";

// Standing in the base directory.
NmgrResult RunInside(const Lab& lab, const Words& arguments) {
  NmgrOptions options = lab.Options();
  options.folder = lab.dir.At("cld");
  return RunNmgr(arguments, options);
}

}  // namespace

TEST_CASE("validate prints faults as lines or annotations, and nothing else on stdout") {
  Lab lab;
  lab.Service("web", "docker.io/web:1");
  lab.Spec("bad", kBroken);
  for (const Words& words :
       {Words{"validate", "all", "-o", "lines"}, Words{"validate", "all", "--output=lines"},
        Words{"-olines", "validate", "all"}}) {
    const NmgrResult lines = RunInside(lab, words);
    CHECK(lines.exit_code == 65);
    CHECK(lines.out.starts_with("bad/bad.hcl:2:15: error: "));
    CHECK(LinesWith(lines.out, "").size() == 1);
    CHECK(lines.err.empty());
  }
  const NmgrResult marks = RunInside(lab, {"validate", "all", "-o", "github"});
  CHECK(marks.exit_code == 65);
  CHECK(marks.out.starts_with("::error file=bad/bad.hcl,line=2,col=15::"));
  CHECK(LinesWith(marks.out, "").size() == 1);
  const NmgrResult fine = RunInside(lab, {"validate", "web", "-o", "lines"});
  CHECK(fine.exit_code == 0);
  CHECK(fine.out.empty());
}

TEST_CASE("every fault is a finding, also where text tells of three") {
  Lab lab;
  std::string text = "job \"bad\" {\n  meta {\n";
  for (int i = 0; i < 5; ++i) text += "    m" + std::to_string(i) + " = local.n\n";
  lab.Spec("bad", text + "  }\n}\n");
  lab.Spec("worse", text + "  }\n}\n");
  CHECK(LinesWith(lab.Run({"validate", "all", "-o", "lines"}).out, "").size() == 10);
}

TEST_CASE("plan tells of what cannot be planned and of what would change, at its spec") {
  Lab lab({.faults = {"POST /v1/job/cache/plan 500 no such driver"}});
  lab.Service("web", "docker.io/web:1");
  lab.Service("cache", "docker.io/cache:1");
  lab.Spec("bad", kBroken);
  const NmgrResult lines = RunInside(lab, {"plan", "all", "-o", "lines"});
  CHECK(lines.exit_code == 1);
  CHECK(LinesWith(lines.out, "bad/bad.hcl:2:15: error: ").size() == 1);
  CHECK(LinesWith(lines.out, "cache/cache.hcl:5:1: error: cache: ").size() == 1);
  CHECK(LinesWith(lines.out, "web/web.hcl:5:1: notice: web: would be registered").size() == 1);
  CHECK(LinesWith(lines.out, "").size() == 3);
  CHECK(lab.Run({"up", "web"}).exit_code == 0);
  lab.Service("web", "docker.io/web:2");
  const NmgrResult marks = RunInside(lab, {"plan", "web", "-o", "github"});
  CHECK(marks.exit_code == 0);
  CHECK(
      LinesWith(marks.out, "::notice file=web/web.hcl,line=5,col=1::web: would change: ").size() ==
      1);
  CHECK(LinesWith(marks.out, "::warning::1 other spec is broken").size() == 1);
}

TEST_CASE("where faults are not the result they stand on stderr in the same form") {
  Lab lab;
  lab.Service("web", "docker.io/web:1");
  lab.Spec("bad", kBroken);
  const NmgrResult lines = RunInside(lab, {"render", "all", "-o", "lines"});
  CHECK(lines.exit_code == 65);
  CHECK(Mentions(lines.out, "job \"web\""));
  CHECK(lines.err.starts_with("bad/bad.hcl:2:15: error: "));
  const NmgrResult marks = RunInside(lab, {"render", "all", "-o", "github"});
  CHECK(marks.err.starts_with("::error file=bad/bad.hcl,line=2,col=15::"));
}

TEST_CASE("errors and warnings are annotations, also those of a run that does not begin") {
  Lab lab;
  lab.Usual();
  const NmgrResult unknown = lab.Run({"validate", "nothing-like-it", "-o", "github"});
  CHECK(unknown.exit_code == 66);
  CHECK(unknown.out.starts_with("::error::no job, filter or path is called"));
  const NmgrResult usage = lab.Run({"validate", "-o", "github", "--no-such-option"});
  CHECK(usage.exit_code == 64);
  CHECK(usage.err.starts_with("::error::"));
  CHECK(lab.Run({"validate", "all", "-o", "xml"}).exit_code == 64);
}

TEST_CASE("paths are shown from where the user stands") {
  Lab lab;
  lab.Spec("bad", kBroken);
  const auto place = [&](const nmgr::Path& folder) {
    NmgrOptions options = lab.Options();
    options.folder = folder;
    const std::string out = RunNmgr({"validate", "all", "-o", "lines"}, options).out;
    return out.substr(0, out.find(':'));
  };
  CHECK(place(lab.dir.At("cld")) == "bad/bad.hcl");
  CHECK(place(lab.dir.path()) == "cld/bad/bad.hcl");
  CHECK(place(lab.dir.MakeFolder("beside")) == lab.dir.At("cld/bad/bad.hcl"));
  CHECK(place("/") == lab.dir.At("cld/bad/bad.hcl"));
  CHECK(place(lab.dir.At("cld/bad")) == "../bad/bad.hcl");
}
