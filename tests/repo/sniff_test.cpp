#include "repo/sniff.h"

#include <catch2/catch.hpp>
#include <string>

#include "support/repeat.h"

using nmgr::repo::FindStandIn;
using nmgr::repo::MayHoldJob;

TEST_CASE("a job header is seen wherever a top-level block may begin") {
  for (const char* text : {
           "job \"web\" {}",
           "  job \"web\" {\n}",
           "\tjob web {\n}",
           "# comment\njob \"web\" {\n}",
           "/* c */ job \"web\" {\n}",
           "variable \"x\" {}\n\njob \"web\" {\n}",
           "\xEF\xBB\xBFjob \"web\" {\n}",
           "job\"web\" {\n}",
           "job{",
           "job /* c */ \"web\" {",
           "job",
           "\r\njob \"web\" {\r\n}",
           "\xC2\xA0job \"web\" {\n}",
           "x = 1\n \xE2\x80\x8Bjob \"web\" {\n}",
           "{{ if x }}job \"web\" {\n}{{ end }}",
           "<% if x %> job \"web\" {\n}",
           "{\"job\": {\"web\": {}}}",
           "  {\"job\": [{\"web\": {}}]}",
       }) {
    INFO(text);
    CHECK(MayHoldJob(text));
  }
}

TEST_CASE("texts that hold no job block are told apart without parsing") {
  for (const char* text : {
           "",
           "id = \"jobs\"\n",
           "namespace \"default\" {\n  capabilities = [\"submit-job\"]\n}\n",
           "my-job \"x\" {}",
           "jobs \"x\" {}",
           "job_x \"x\" {}",
           "variable \"job\" {}",
           "x = \"job \"",
           "{\"name\": \"job\\\"\"}",
           "{",
       }) {
    INFO(text);
    CHECK_FALSE(MayHoldJob(text));
  }
}

TEST_CASE("each line is looked at once, however long it is and however often it says job") {
  for (const char* word : {"job ", "{{ job ", "}}job\t"}) {
    CHECK_FALSE(MayHoldJob("x = \"" + nmgr::testing::Repeat(word, 1'000'000)));
  }
  CHECK(MayHoldJob(nmgr::testing::Repeat("{{ x }}", 1'000'000) + "job \"web\" {"));
}

TEST_CASE("what begins with a control character is binary; a NUL in a comment says nothing") {
  using std::string_literals::operator""s;
  CHECK_FALSE(
      MayHoldJob("\x7f"
                 "ELF\0\njob \"web\" {}"s));
  CHECK(MayHoldJob("job \"web\" {\n}\n\0\0"s));
  CHECK(MayHoldJob("# \0\njob \"web\" {\n}\n"s));
}

TEST_CASE("what stands in place of a text is told, with what brings the text") {
  using std::string_literals::operator""s;
  const auto lfs =
      FindStandIn("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n");
  REQUIRE(lfs);
  CHECK(lfs->why == "a pointer of Git LFS, whose text is not here");
  CHECK(lfs->remedy == "`git lfs pull` brings it");
  CHECK(FindStandIn("\0GITCRYPT\0\x12"s));
  CHECK(FindStandIn("$ANSIBLE_VAULT;1.1;AES256\n6261\n"));
  CHECK_FALSE(FindStandIn("job \"web\" {\n}\n"));
  CHECK_FALSE(FindStandIn(""));
}
