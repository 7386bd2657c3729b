// edit, in a real terminal: editors are lines of shell that change the file or do not.
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <csignal>

#include "actions/lab.h"
#include "support/terminal.h"

namespace nmgr::testing {
namespace {

constexpr const char* kQuestion = "? y: yes, n: no, e: edit again: ";
constexpr const char* kFaultQuestion = "e: edit again, q: stop and keep the file as it is: ";

// "web" runs as its spec says, with image a:1.
class EditLab : public Lab {
 public:
  EditLab() {
    Service("web", "a:1");
    REQUIRE(Run({"up", "web"}).exit_code == 0);
    NewWrites();
    Editor("sed -i s/a:1/a:2/");
  }
  void Editor(const std::string& command) { env["EDITOR"] = command; }
  // An editor that does one after the other, each time it is opened.
  void Editors(const Words& commands) {
    std::string script = "n=$(cat " + dir.At("count") +
                         " 2>/dev/null || echo 0)\necho $((n+1)) > " + dir.At("count") +
                         "\ncase $n in\n";
    for (std::size_t i = 0; i < commands.size(); ++i) {
      script += std::to_string(i) + ") " + commands[i] + " \"$1\" ;;\n";
    }
    Editor("sh " + dir.Write("editor.sh", script + "*) exit 9 ;;\nesac\n"));
  }
  TerminalChild Edit(const Words& more = {}) const {
    Words words = {"edit", "web", "--color", "never"};
    words.insert(words.end(), more.begin(), more.end());
    return TerminalChild(words, Options());
  }
  std::string Text() const { return dir.Read("cld/web/web.hcl"); }
};

}  // namespace

TEST_CASE("edit shows the plan, asks, and registers with the index of the plan") {
  EditLab lab;
  TerminalChild child = lab.Edit();
  child.WaitFor("config.image: a:1 -> a:2");
  child.WaitFor("register web");
  child.WaitFor(kQuestion);
  CHECK(lab.NewWrites().empty());
  child.Type("maybe\n");
  child.WaitFor(kQuestion);
  child.Type("y\n");
  child.WaitFor("web");
  CHECK(child.Wait() == 0);
  CHECK(lab.NewWrites() == Words{"register"});
  CHECK(lab.LiveImage("web") == "a:2");
  CHECK(lab.Text() == ServiceSpec("web", "a:2"));
  CHECK(lab.Job("web").at("Version") == 1);
}

TEST_CASE("no, or the end of the input, registers nothing and keeps the file") {
  EditLab lab;
  const std::string keys = GENERATE("n\n", "No\n", "q\n", "\x04");
  TerminalChild child = lab.Edit();
  child.WaitFor(kQuestion);
  child.Type(keys);
  child.WaitFor("nothing was registered");
  child.WaitFor("web.hcl keeps what was saved in the editor");
  child.WaitFor("nmgr up web");
  CHECK(child.Wait() == 0);
  CHECK(lab.NewWrites().empty());
  CHECK(lab.Text() == ServiceSpec("web", "a:2"));
}

TEST_CASE("a spec that does not parse or evaluate can be edited again, and nothing is lost") {
  EditLab lab;
  lab.Editors({"sed -i 's/\"a:1\"/\"a:2/'", "sed -i s/a:2/upper/",
               "sed -i 's/\"upper/nope(\"b\")/'", "sed -i 's/nope(\"b\")/\"b:3\"/'"});
  TerminalChild child = lab.Edit();
  child.WaitFor("web.hcl");
  child.WaitFor("image = \"a:2");
  child.WaitFor(kFaultQuestion);
  child.Type("y\n");  // is no answer here
  child.WaitFor(kFaultQuestion);
  child.Type("e\n");
  child.WaitFor("image = \"upper");
  child.WaitFor(kFaultQuestion);
  child.Type("E\n");
  child.WaitFor("nope");
  child.WaitFor(kFaultQuestion);
  child.Type("edit\n");
  child.WaitFor("config.image: a:1 -> b:3");
  child.WaitFor(kQuestion);
  child.Type("yes\n");
  CHECK(child.Wait() == 0);
  CHECK(lab.LiveImage("web") == "b:3");
}

TEST_CASE("who stops at a fault keeps what was typed") {
  EditLab lab;
  lab.Editor("sed -i 's/\"a:1\"/\"a:2/'");
  TerminalChild child = lab.Edit();
  child.WaitFor(kFaultQuestion);
  child.Type("q\n");
  child.WaitFor("nothing was registered");
  child.WaitFor("web.hcl keeps what was saved in the editor");
  CHECK(child.Wait() == 1);
  CHECK(Mentions(lab.Text(), "image = \"a:2\n"));
  CHECK(lab.NewWrites().empty());
}

TEST_CASE("the answer to the plan can be the editor again") {
  EditLab lab;
  lab.Editors({"sed -i s/a:1/a:2/", "sed -i s/a:2/a:3/"});
  TerminalChild child = lab.Edit();
  child.WaitFor("a:1 -> a:2");
  child.WaitFor(kQuestion);
  child.Type("e\n");
  child.WaitFor("a:1 -> a:3");
  child.WaitFor(kQuestion);
  child.Type("y\n");
  CHECK(child.Wait() == 0);
  CHECK(lab.NewWrites() == Words{"register"});
  CHECK(lab.LiveImage("web") == "a:3");
}

TEST_CASE("nothing changed in the editor, and Nomad has it so") {
  EditLab lab;
  lab.Editor("true");
  TerminalChild child = lab.Edit();
  child.WaitFor("web.hcl: nothing changed in the editor");
  child.WaitFor("1 job up to date");
  CHECK(child.Wait() == 0);
  CHECK_FALSE(Mentions(child.shown(), kQuestion));
  CHECK(lab.NewWrites().empty());
}

TEST_CASE("nothing changed in the editor, but Nomad has it otherwise: it is still asked") {
  EditLab lab;
  lab.Service("web", "a:5");
  lab.Editor("true");
  TerminalChild child = lab.Edit();
  child.WaitFor("nothing changed in the editor");
  child.WaitFor("a:1 -> a:5");
  child.WaitFor(kQuestion);
  child.Type("y\n");
  CHECK(child.Wait() == 0);
  CHECK(lab.LiveImage("web") == "a:5");
}

TEST_CASE("a job that Nomad does not have is shown whole") {
  EditLab lab;
  REQUIRE(lab.Run({"down", "-p", "web"}).exit_code == 0);
  lab.NewWrites();
  TerminalChild child = lab.Edit();
  child.WaitFor("config.image: a:2");
  child.WaitFor(kQuestion);
  child.Type("y\n");
  CHECK(child.Wait() == 0);
  CHECK(lab.NewWrites() == Words{"register"});
}

TEST_CASE("an editor that fails or is ended registers nothing, and the file's state is told") {
  EditLab lab;
  struct Row {
    const char* editor;
    const char* says;
    const char* state;
  };
  const Row row = GENERATE(Row{"exit 3;", "ended with exit code 3", "is as it was"},
                           Row{"kill -9 $$;", "was ended by signal 9", "is as it was"},
                           Row{"/no/such/editor", "cannot be run", "is as it was"},
                           Row{"sed -i s/a:1/a:2/ $1; exit 4;", "ended with exit code 4",
                               "keeps what was saved in the editor"});
  INFO(row.editor);
  lab.Editor(row.editor);
  TerminalChild child = lab.Edit();
  child.WaitFor("error: the editor (");
  child.WaitFor(row.says);
  child.WaitFor("nothing was registered");
  child.WaitFor(std::string("web.hcl ") + row.state);
  CHECK(child.Wait() == 1);
  CHECK(lab.NewWrites().empty());
}

TEST_CASE("a killed editor leaves the terminal as it was") {
  EditLab lab;
  lab.Editor("stty raw -echo; kill -9 $$;");
  TerminalChild child = lab.Edit();
  child.WaitFor("nothing was registered");
  CHECK(child.Wait() == 1);
  CHECK_FALSE(child.IsRaw());
}

TEST_CASE("VISUAL goes before EDITOR; their arguments are read as a shell does") {
  EditLab lab;
  lab.env["VISUAL"] = "sed -i -e 's/a:1/b c:9/'";
  lab.Editor("false");
  TerminalChild child = lab.Edit();
  child.WaitFor("a:1 -> b c:9");
  child.WaitFor(kQuestion);
  child.Type("n\n");
  CHECK(child.Wait() == 0);
  lab.env["VISUAL"] = "";
  TerminalChild other = lab.Edit();
  other.WaitFor("the editor (false) ended with exit code 1");
  CHECK(other.Wait() == 1);
}

TEST_CASE("a path with anything in it reaches the editor as it is") {
  EditLab lab;
  const std::string name = "cld/it's $(touch gone); \"x\"/web two.hcl";
  lab.dir.Write(name, ServiceSpec("two", "a:1"));
  TerminalChild child({"edit", "two"}, lab.Options());
  child.WaitFor(kQuestion);
  child.Type("n\n");
  CHECK(child.Wait() == 0);
  CHECK(lab.dir.Read(name) == ServiceSpec("two", "a:2"));
  struct stat info {};
  CHECK(::stat(lab.dir.At("gone").c_str(), &info) != 0);
}

TEST_CASE("without a terminal no editor is opened") {
  EditLab lab;
  lab.Editor("touch " + lab.dir.At("opened") + "; true");
  const auto check = [&](int code, const std::string& err) {
    CHECK(code == 64);
    CHECK(Mentions(err, "edit needs a terminal"));
    struct stat info {};
    CHECK(::stat(lab.dir.At("opened").c_str(), &info) != 0);
    CHECK(lab.NewWrites().empty());
  };
  const NmgrResult result = lab.Run({"edit", "web"});
  check(result.exit_code, result.err);
  const NmgrResult json = lab.Run({"-o", "json", "edit", "web"});
  check(json.exit_code, json.err);
  CHECK(nlohmann::json::parse(json.out).at("exit_code") == 64);
}

TEST_CASE("the editor is on the terminal, also where stdout is a file") {
  EditLab lab;
  lab.Editor("test -t 0 && test -t 1 && test -t 2 && true");
  TerminalChild child({"edit", "web"}, lab.Options(), lab.dir.At("out"));
  CHECK(child.Wait() == 0);
  CHECK(lab.dir.Read("out") == "1 job up to date\n");
}

TEST_CASE("another ID is another job, and that is said") {
  EditLab lab;
  lab.Editor("sed -i 's/job \"web\"/job \"shop\"/'");
  TerminalChild child = lab.Edit();
  child.WaitFor("is about shop now and was about web, which goes on as it is");
  child.WaitFor("register shop");
  child.Type("y\n");
  CHECK(child.Wait() == 0);
  CHECK(lab.IsThere("shop"));
  CHECK(lab.IsThere("web"));
}

TEST_CASE("an ID that another spec has already is a fault") {
  EditLab lab;
  lab.Service("shop", "a:1");
  lab.Editor("sed -i 's/job \"web\"/job \"shop\"/'");
  TerminalChild child = lab.Edit();
  child.WaitFor("2 specs have this ID");
  child.WaitFor(kFaultQuestion);
  child.Type("q\n");
  CHECK(child.Wait() == 1);
  CHECK(lab.NewWrites().empty());
}

TEST_CASE("what Nomad refuses can be edited again") {
  EditLab lab;
  lab.Editors({"sed -i '/group \"main\"/a cuont = 2'", "sed -i -e '/cuont/d' -e s/a:1/a:2/"});
  TerminalChild child = lab.Edit();
  child.WaitFor("cuont");
  child.WaitFor(kFaultQuestion);
  child.Type("e\n");
  child.WaitFor("a:1 -> a:2");
  child.WaitFor(kQuestion);
  child.Type("y\n");
  CHECK(child.Wait() == 0);
  CHECK(lab.LiveImage("web") == "a:2");
}

TEST_CASE("a broken spec can be edited") {
  EditLab lab;
  lab.dir.Write("cld/web/web.hcl", ServiceSpec("web", "a:1") + "}\n");
  lab.Editor("sed -i '$d'");
  TerminalChild child = lab.Edit();
  child.WaitFor("1 job up to date");
  CHECK(child.Wait() == 0);
}

TEST_CASE("a dry run of edit ends with the plan") {
  EditLab lab;
  TerminalChild child = lab.Edit({"-n"});
  child.WaitFor("[DRY RUN] would update web");
  child.WaitFor("config.image: a:1 -> a:2");
  CHECK(child.Wait() == 0);
  CHECK_FALSE(Mentions(child.shown(), kQuestion));
  CHECK(lab.NewWrites().empty());
}

TEST_CASE("a job that somebody changes while the question stands is not overwritten") {
  EditLab lab;
  TerminalChild child = lab.Edit();
  child.WaitFor(kQuestion);
  const Path other = lab.dir.Write("other/web.hcl", ServiceSpec("web", "z:9"));
  REQUIRE(lab.Run({"up", other}).exit_code == 0);
  child.Type("y\n");
  child.WaitFor("refused");
  CHECK(child.Wait() == 1);
  CHECK(lab.LiveImage("web") == "z:9");
}

TEST_CASE("Ctrl-C is the editor's while it is open, and ends the question") {
  EditLab lab;
  lab.Editor(
      "trap 'echo caught; c=1' INT; sed -i s/a:1/a:2/ $1; echo open; "
      "until [ \"$c\" ]; do sleep 1; done; true");
  TerminalChild child = lab.Edit();
  child.WaitFor("open");
  child.Type("\x03");
  child.WaitFor("caught");
  child.WaitFor(kQuestion);
  CHECK_FALSE(Mentions(child.shown(), "nmgr: ending"));
  child.Type("\x03");
  child.WaitFor("nothing was registered");
  CHECK(child.Wait() == 130);
  CHECK(lab.NewWrites().empty());
  CHECK(lab.Text() == ServiceSpec("web", "a:2"));
}

TEST_CASE("edit takes one job") {
  EditLab lab;
  lab.Service("shop", "a:1");
  TerminalChild several({"edit", "services"}, lab.Options());
  several.WaitFor("services selects 2 jobs: shop, web");
  CHECK(several.Wait() == 64);
  TerminalChild none({"edit"}, lab.Options());
  CHECK(none.Wait() == 64);
  TerminalChild unknown({"edit", "wbe"}, lab.Options());
  unknown.WaitFor("wbe");
  CHECK(unknown.Wait() == 66);
}

TEST_CASE("no Nomad: what was typed is kept, and said to be") {
  EditLab lab;
  lab.env["NOMAD_ADDR"] = "http://127.0.0.1:1";
  TerminalChild child = lab.Edit();
  child.WaitFor("web.hcl keeps what was saved in the editor");
  CHECK(child.Wait() == 69);
  CHECK(lab.Text() == ServiceSpec("web", "a:2"));
}

TEST_CASE("edit as JSON: questions and plan on stderr, one document at the end") {
  EditLab lab;
  TerminalChild child = lab.Edit({"-o", "json"});
  child.WaitFor("config.image: a:1 -> a:2");
  child.WaitFor(kQuestion);
  child.Type("y\n");
  child.WaitFor("\"action\": \"edit\"");
  child.WaitFor("\"outcome\": \"done\"");
  CHECK(child.Wait() == 0);
  lab.Editor("sed -i s/a:2/a:3/");
  TerminalChild declined = lab.Edit({"-o", "json"});
  declined.WaitFor(kQuestion);
  declined.Type("n\n");
  declined.WaitFor("\"outcome\": \"untouched\"");
  CHECK(declined.Wait() == 0);
}

}  // namespace nmgr::testing
