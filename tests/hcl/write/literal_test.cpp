#include "nmgr/hcl/write/literal.h"

#include <catch2/catch.hpp>

namespace nmgr::hcl {

TEST_CASE("a heredoc keeps its markers, indentation and line ends") {
  CHECK(HeredocWith("<<EOT\r\nold\r\nEOT", "new") == "<<EOT\r\nnew\r\nEOT");
  CHECK(HeredocWith("<<-EOT\n    old\n    more\n  EOT", "n") == "<<-EOT\n    n\n  EOT");
  CHECK(HeredocWith("<<EOT\nEOT", "%{x}") == "<<EOT\n%%{x}\nEOT");
  CHECK_FALSE(HeredocWith("<<EOT\nold\nEOT", " EOT "));
}

TEST_CASE("what may stand without quotes") {
  for (const char* text : {"0", "-1", "1.5", "1e3", "2.5E-7", "true", "false", "null"}) {
    INFO(text);
    CHECK(IsNumberOrKeyword(text));
  }
  for (const char* text : {"", "-", "01", "1.", ".5", "1.2.3", "0x1", "inf", "1e", "True"}) {
    INFO(text);
    CHECK_FALSE(IsNumberOrKeyword(text));
  }
}

TEST_CASE("strings of JSON are escaped, and their templates where they are read as such") {
  CHECK(JsonString("a\"\\\t${x}", JsonReading::kTemplate) == "\"a\\\"\\\\\\u0009$${x}\"");
  CHECK(JsonString("${x}", JsonReading::kVerbatim) == "\"${x}\"");
}

}  // namespace nmgr::hcl
