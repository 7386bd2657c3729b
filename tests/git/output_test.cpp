#include "nmgr/git/output.h"

#include <catch2/catch.hpp>
#include <string>

namespace nmgr::git {
namespace {

const std::string kObject(40, 'a');
const std::string kZero(1, '\0');

std::string Line(const std::string& head, const std::string& name) {
  return head + "\t" + name + kZero;
}
std::string Seen(const std::string& flags = "0") {
  return "  ctime: 1790000000:5\n  mtime: 1790000001:6\n  dev: 65\tino: 77\n  uid: 0\tgid: 0\n"
         "  size: 12\tflags: " +
         flags + "\n";
}

TEST_CASE("a tree is read whole, with names that hold anything but a zero byte") {
  const auto tree =
      ReadTree(Line("100644 blob " + kObject, "a b/\tc\nd") +
               Line("120000 blob " + kObject, "link") + Line("160000 commit " + kObject, "sub"));
  REQUIRE(tree);
  CHECK(tree->size() == 3);
  CHECK(tree->at("a b/\tc\nd").object == kObject);
  CHECK(tree->at("link").is_link);
  CHECK(tree->at("sub").is_submodule);
  CHECK(ReadTree("")->empty());
}

TEST_CASE("an index is read whole: versions, links, what a sparse checkout left out") {
  const auto index = ReadIndex(Line("100644 " + kObject + " 0", "web.hcl") + Seen() +
                               Line("120000 " + kObject + " 0", "link") + Seen("40000000") +
                               Line("100644 " + kObject + " 2", "torn") + Seen());
  REQUIRE(index);
  CHECK(index->size() == 3);
  const IndexEntry& web = index->at("web.hcl");
  CHECK(web.merged);
  CHECK_FALSE(web.left_out);
  CHECK(web.seen.inode == 77);
  CHECK(web.seen.size == 12);
  CHECK(web.seen.modified.seconds == 1790000001);
  CHECK(web.seen.changed.nanoseconds == 5);
  CHECK(index->at("link").left_out);
  CHECK_FALSE(index->at("torn").merged);
}

TEST_CASE("what is cut short or of another form is nothing, never a part") {
  const std::string tree =
      Line("100644 blob " + kObject, "a") + Line("100644 blob " + kObject, "b");
  const std::string index = Line("100644 " + kObject + " 0", "a") + Seen() +
                            Line("100644 " + kObject + " 0", "b") + Seen();
  CHECK(ReadTree(tree));
  CHECK(ReadIndex(index));
  for (std::size_t size = 1; size < tree.size(); ++size) {
    if (size != tree.size() / 2) CHECK_FALSE(ReadTree(tree.substr(0, size)));
  }
  for (std::size_t size = 1; size < index.size(); ++size) {
    if (size != index.size() / 2) CHECK_FALSE(ReadIndex(index.substr(0, size)));
  }
  CHECK_FALSE(ReadTree(Line("100644 blob xyz", "a")));
  CHECK_FALSE(ReadTree(Line("100644 blob " + kObject, "")));
  CHECK_FALSE(ReadIndex(Line("100644 " + kObject + " 0", "a") + "  ctime: x:y\n"));
  CHECK_FALSE(ReadNames("a" + kZero + "b"));
  Attributes attributes;
  CHECK_FALSE(ReadAttributes("a" + kZero + "filter" + kZero, attributes));
}

TEST_CASE("a tree with sizes, differences and the refs of a server are read whole or not at all") {
  const std::string sized = Line("100644 blob " + kObject + "      12", "a") +
                            Line("120000 blob " + kObject + " 1234567", "b") +
                            Line("160000 commit " + kObject + "       -", "sub");
  const auto tree = ReadSizedTree(sized);
  REQUIRE(tree);
  CHECK(tree->at("a").size == 12);
  CHECK(tree->at("b").size == 1234567);
  CHECK(tree->at("b").entry.is_link);
  CHECK(tree->at("sub").entry.is_submodule);
  CHECK_FALSE(ReadSizedTree(sized.substr(0, sized.size() - 1)));
  CHECK_FALSE(ReadSizedTree(Line("100644 blob " + kObject, "a")));
  CHECK_FALSE(ReadSizedTree(Line("100644 blob " + kObject + " x", "a")));
  const std::string twice = Line("100644 blob " + kObject + " 1", "a");
  CHECK_FALSE(ReadSizedTree(twice + twice));

  CHECK(ReadDifferences("A" + kZero + "x" + kZero + "D" + kZero + "a\nb" + kZero) ==
        Differences{{"x", 'A'}, {"a\nb", 'D'}});
  CHECK(ReadDifferences("")->empty());
  CHECK_FALSE(ReadDifferences("A" + kZero + "x"));
  CHECK_FALSE(ReadDifferences("R100" + kZero + "x" + kZero + "y" + kZero));
  CHECK(ReadRenames("R100" + kZero + "x" + kZero + "y" + kZero) == Renames{{"x", "y"}});
  CHECK(ReadRenames("")->empty());
  CHECK_FALSE(ReadRenames("R100" + kZero + "x" + kZero));
  CHECK_FALSE(ReadRenames("D" + kZero + "x" + kZero));

  CHECK(ReadRemoteRefs(kObject + "\trefs/heads/main\n") ==
        RemoteRefs{{"refs/heads/main", kObject}});
  CHECK_FALSE(ReadRemoteRefs(kObject + "\trefs/heads/main"));
  CHECK_FALSE(ReadRemoteRefs("<html>\tx\n"));
}

TEST_CASE("names of refs are those that git takes") {
  for (const char* name : {"refs/heads/main", "HEAD", "refs/tags/v1.2", "refs/heads/a/b-c",
                           "refs/heads/caf\xC3\xA9"}) {
    INFO(name);
    CHECK(IsRefName(name));
  }
  for (const char* name :
       {"", "refs/heads/-x", "refs/heads/", "/refs", "refs//x", "refs/heads/a..b", "refs/heads/a b",
        "refs/heads/x.lock", "refs/heads/.x", "refs/heads/x.", "a@{b", "@", "a:b", "a*", "a~1",
        "a^{}", "a\\b", "a\nb", "+a:b"}) {
    INFO(name);
    CHECK_FALSE(IsRefName(name));
  }
}

TEST_CASE("names and attributes") {
  CHECK(ReadNames("a" + kZero + "b\nc" + kZero) == Names{"a", "b\nc"});
  Attributes attributes;
  const auto row = [](const char* name, const char* attribute, const char* value) {
    return name + kZero + attribute + kZero + value + kZero;
  };
  REQUIRE(ReadAttributes(
      row("a", "filter", "lfs") + row("a", "text", "unspecified") + row("b", "eol", ""),
      attributes));
  CHECK(attributes == Attributes{{"a", {{"filter", "lfs"}}}, {"b", {{"eol", ""}}}});
}

}  // namespace
}  // namespace nmgr::git
