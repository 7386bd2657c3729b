// Random repositories and edits, through git, the whole of serve and the stand-in: no job of a
// faulty, moved or foreign file is ever stopped, and nothing is ever purged.
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <random>

#include "actions/serve_lab.h"

namespace nmgr::testing {
namespace {

enum class Form { kGood, kFaulty, kTorn };  // kTorn: not even its job can be read

struct WorldFile {
  std::string id;
  Form form = Form::kGood;
};
using WorldTree = std::map<std::string, WorldFile>;

std::string TextOf(const WorldFile& file) {
  const std::string spec = ServiceSpec(file.id, file.id + ":1");
  switch (file.form) {
    case Form::kGood:
      return spec;
    case Form::kFaulty:
      return spec.substr(0, spec.rfind("  }\n")) + "    x = local.nothing\n  }\n}\n";
    case Form::kTorn:
      break;
  }
  return "job {\n" + spec.substr(spec.find("  group"));
}

class CycleWorld {
 public:
  explicit CycleWorld(unsigned seed) : random_(seed) {
    lab_.Shell("git init -q -b main ../two");
    lab_.Config("prune = true\nprune_grace = \"0s\"\n[source.two]\nurl = \"file://" +
                lab_.dir.At("two") + "\"\nprune = true\nprune_grace = \"0s\"\n");
    for (int i = 0; i < 10; ++i) New(ours_);
    for (int i = 0; i < 3; ++i) New(foreign_);
    Push("repo", ours_);
    Push("two", foreign_);
    lab_.Once();
    lab_.NewWrites();
  }

  void Step() {
    const WorldTree before = ours_;
    const std::size_t edits = 1 + Below(2);
    for (std::size_t i = 0; i < edits; ++i) Edit();
    history_.push_back(before);
    Push("two", foreign_);
    Push("repo", ours_);
    if (Below(5) == 0) Person();
    if (Below(4) == 0) lab_.Run({"sync", "confirm", "lab"});
    for (int i = 0; i < 2; ++i) Cycle();
  }

  std::size_t stopped = 0;

 private:
  std::size_t Below(std::size_t bound) { return random_() % bound; }
  Form AnyForm() { return static_cast<Form>(Below(3)); }
  void New(WorldTree& tree) {
    const std::string id = "j" + std::to_string(next_++);
    tree[id + ".hcl"] = {id};
  }
  // One that is read; the end where there is none.
  WorldTree::iterator Any(WorldTree& tree) {
    std::vector<WorldTree::iterator> read;
    for (auto file = tree.begin(); file != tree.end(); ++file) {
      if (!file->first.starts_with("_archive")) read.push_back(file);
    }
    return read.empty() ? tree.end() : read[Below(read.size())];
  }

  void Edit() {
    WorldTree& tree = Below(5) == 0 ? foreign_ : ours_;
    const auto file = Any(tree);
    if (file == tree.end()) return New(tree);
    const WorldFile was = file->second;
    switch (Below(9)) {
      case 0:
      case 1:
        tree.erase(file);
        break;
      case 2:  // renamed, and perhaps broken at the same time
        tree.erase(file);
        tree["r" + std::to_string(next_++) + ".hcl"] = {was.id, AnyForm()};
        break;
      case 3:  // to the other repository
        tree.erase(file);
        (&tree == &ours_ ? foreign_ : ours_)["m" + std::to_string(next_++) + ".hcl"] = {was.id,
                                                                                        AnyForm()};
        break;
      case 4:  // to where nobody looks
        if (was.form != Form::kGood) break;
        tree.erase(file);
        tree["_archive/" + std::to_string(next_++) + ".hcl"] = was;
        break;
      case 5: {  // the job takes the file of another, which goes
        tree.erase(file);
        const auto other = Any(tree);
        if (other != tree.end()) other->second = was;
        break;
      }
      case 6:
        if (!history_.empty()) ours_ = history_[Below(history_.size())];
        break;
      case 7:
        New(tree);
        break;
      default:
        file->second.form = AnyForm();
    }
    // What everybody has broken is mended now and then, or nothing would ever be pruned.
    if (Below(2) == 0) {
      for (WorldTree* all : {&ours_, &foreign_}) {
        for (auto& [path, one] : *all) one.form = Form::kGood;
      }
    }
  }

  void Push(const std::string& repo, const WorldTree& tree) {
    const std::string in = "cd ../" + repo + " && ";
    lab_.Shell(in + "git rm -q -r --cached --ignore-unmatch . && rm -rf -- *");
    for (const auto& [path, file] : tree) lab_.dir.Write(repo + "/" + path, TextOf(file));
    const bool forced = repo == "repo" && Below(12) == 0;
    lab_.Shell(in +
               "git add -A . && git -c user.name=Ann -c user.email=a@example.org commit -q "
               "--allow-empty " +
               (forced && !history_.empty() ? "--amend " : "") + "-m x");
  }

  void Person() {
    const auto file = Any(ours_);
    if (file == ours_.end()) return;
    const std::string id = file->second.id;
    if (!lab_.IsThere(id)) return;
    nlohmann::json job = lab_.Job(id);
    job["Priority"] = 60 + static_cast<int>(Below(20));
    lab_.nomad.Register(job);
  }

  bool IsDescribed(const std::string& id) const {
    for (const WorldTree* tree : {&ours_, &foreign_}) {
      for (const auto& [path, file] : *tree) {
        if (file.id == id) return true;
      }
    }
    return false;
  }

  void Cycle() {
    lab_.NewWrites();
    const NmgrResult result = lab_.Once();
    INFO(result.out << result.err);
    REQUIRE(result.exit_code <= 1);
    for (const std::string& write : lab_.NewWrites()) {
      REQUIRE_FALSE(write.starts_with("purge"));
      if (!write.starts_with("stop ")) continue;
      INFO(write);
      REQUIRE_FALSE(IsDescribed(write.substr(5)));
      ++stopped;
    }
  }

  ServeLab lab_;
  std::mt19937 random_;
  WorldTree ours_, foreign_;
  std::vector<WorldTree> history_;
  int next_ = 0;
};

}  // namespace

TEST_CASE("whatever happens to a repository, no job that a file may describe is stopped",
          "[long]") {
  std::size_t stopped = 0;
  for (unsigned seed = 0; seed < 5; ++seed) {
    INFO("seed " << seed);
    CycleWorld world(seed);
    for (int step = 0; step < 8; ++step) world.Step();
    stopped += world.stopped;
  }
  CHECK(stopped >= 5);  // the property is not held by doing nothing
}

}  // namespace nmgr::testing
