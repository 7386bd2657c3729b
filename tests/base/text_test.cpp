#include "nmgr/base/text.h"

#include <catch2/catch.hpp>

using namespace nmgr;

TEST_CASE("a glob matches whole names") {
  CHECK(GlobMatch("immich*", "immich-redis"));
  CHECK_FALSE(GlobMatch("immich*", "my-immich"));
  CHECK(GlobMatch("*.env*", ".env"));
  CHECK(GlobMatch("a?c", "abc"));
  CHECK(GlobMatch("[a-c]x", "bx"));
  CHECK_FALSE(GlobMatch("[!a-c]x", "bx"));
  CHECK(GlobMatch("[", "["));
  CHECK(GlobMatch("**", ""));
  CHECK_FALSE(GlobMatch("", "a"));
}

TEST_CASE("suggestions are near names, nearest first") {
  CHECK(NearestNames("nextclod", {"nextcloud", "immich", "next"}) ==
        std::vector<std::string>{"nextcloud"});
  CHECK(NearestNames("cloud", {"nextcloud", "opencloud"}).size() == 2);
  CHECK(NearestNames("GRAFANA", {"Grafana", "caddy"}) == std::vector<std::string>{"Grafana"});
  CHECK(NearestNames("xyz", {"immich", "caddy"}).empty());
  CHECK(NearestNames("", {""}).empty());
  CHECK(NearestNames("ab", {"cd"}).empty());
  CHECK(NearestNames(std::string(1'000'000, 'a'), {std::string(1'000'000, 'b')}).empty());
  CHECK(NearestNames("web", {"web" + std::string(1'000'000, 'b')}).empty());
  CHECK(DidYouMean("nextclod", {"immich", "nextcloud"}) == " Did you mean \"nextcloud\"?");
  CHECK(DidYouMean("xyz", {"immich"}).empty());
}

TEST_CASE("UTF-8 is checked to the letter") {
  CHECK(IsValidUtf8("aé€😀"));
  CHECK_FALSE(IsValidUtf8("\xC0\x80"));
  CHECK_FALSE(IsValidUtf8("\xED\xA0\x80"));
  CHECK_FALSE(IsValidUtf8("\xF4\x90\x80\x80"));
  CHECK_FALSE(IsValidUtf8("\xE2\x82"));
}

TEST_CASE("lists split at any separator and drop empty pieces") {
  CHECK(SplitList("a, b  c,,d") == std::vector<std::string>{"a", "b", "c", "d"});
  CHECK(SplitList("").empty());
  CHECK(Split("a,,b", ',').size() == 3);
  CHECK(Split("", ',').size() == 1);
}

TEST_CASE("what could steer a terminal is made visible") {
  CHECK(EscapeControls("plain, \xC3\xA4 \xE4\xB8\xAD \xF0\x9F\x98\x80") ==
        "plain, \xC3\xA4 \xE4\xB8\xAD \xF0\x9F\x98\x80");
  CHECK(EscapeControls("\x1b[31m\a\n\x7f") == "\\x1b[31m\\x07\\x0a\\x7f");
  CHECK(EscapeControls("a\tb\nc\rd", "\n\t") == "a\tb\nc\\x0dd");
  CHECK(EscapeControls("\xC2\x9B"
                       "1m \xff \xE4\xB8") == "\\x9b1m \\xff \\xe4\\xb8");
  CHECK(EscapeControls("a\xE2\x80\xAE"
                       "b\xE2\x81\xA6") == "a\\u202eb\\u2066");
  CHECK(EscapeControls("a\xE2\x80\xA8"
                       "b\xE2\x80\xA9",
                       "\n") == "a\\u2028b\\u2029");
  CHECK(EscapeControls(std::string_view("\0", 1)) == "\\x00");
}

TEST_CASE("a word to type is quoted where a shell would make something else of it") {
  for (const char* plain : {"web", "media/tv", "job:web", "a.b_c-1", "x=1", "50%"}) {
    CHECK(ShellWord(plain) == plain);
  }
  CHECK(ShellWord("") == "''");
  CHECK(ShellWord("a b") == "'a b'");
  CHECK(ShellWord("$(id)") == "'$(id)'");
  CHECK(ShellWord("it's") == "'it'\\''s'");
  CHECK(ShellWord("a\nb;c") == "'a\nb;c'");
  CHECK(ShellWord("\xC3\xA4") == "'\xC3\xA4'");
}
