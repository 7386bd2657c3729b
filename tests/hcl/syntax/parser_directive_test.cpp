#include <catch2/catch.hpp>

#include "hcl/syntax/tree_text.h"

namespace nmgr::hcl {
namespace {

using test::TemplateText;

void CheckDirectives(std::initializer_list<test::TreeRow> rows) {
  test::CheckTrees(TemplateText, rows);
}

TEST_CASE("Parser: %{ if }") {
  CheckDirectives(
      {{"%{ if a }x%{ endif }", "(tmpl (if a (tmpl 'x') (tmpl '')))"},
       {"%{ if a }x%{ else }y%{ endif }", "(tmpl (if a (tmpl 'x') (tmpl 'y')))"},
       {"%{ if a }%{ endif }", "(tmpl (if a (tmpl '') (tmpl '')))"},
       {"%{ if a }%{ else }%{ endif }", "(tmpl (if a (tmpl '') (tmpl '')))"},
       {"1%{if a}2${b}3%{else}4%{endif}5", "(tmpl '1' (if a (tmpl '2' b '3') (tmpl '4')) '5')"},
       {"%{if a}%{if b}x%{else}y%{endif}%{else}z%{endif}",
        "(tmpl (if a (tmpl (if b (tmpl 'x') (tmpl 'y'))) (tmpl 'z')))"},
       {"a %{~ if b ~} c %{~ else ~} d %{~ endif ~} e",
        "(tmpl 'a' (if b (tmpl 'c') (tmpl 'd')) 'e')"}});
}

TEST_CASE("Parser: %{ for }") {
  CheckDirectives({{"%{ for v in a }${v},%{ endfor }", "(tmpl (join (for v a : (tmpl v ','))))"},
                   {"%{ for k, v in a }x%{ endfor }", "(tmpl (join (for k,v a : (tmpl 'x'))))"},
                   {"%{ for v in a }%{ endfor }", "(tmpl (join (for v a : (tmpl ''))))"},
                   {"%{for v in a}%{for w in v}${w}%{endfor}%{endfor}",
                    "(tmpl (join (for v a : (tmpl (join (for w v : (tmpl w)))))))"},
                   {"%{for v in a}%{if v}x%{endif}%{endfor}",
                    "(tmpl (join (for v a : (tmpl (if v (tmpl 'x') (tmpl ''))))))"}});
}

TEST_CASE("Parser: Broken directives") {
  CheckDirectives({{"%{ }", "1:4 Invalid template directive"},
                   {"%{ 1 }", "1:4 Invalid template directive"},
                   {"%{ elseif a }", "1:4 Invalid template control keyword"},
                   {"%{ if }x%{ endif }", "1:7 Invalid expression"},
                   {"%{ if a b }x%{ endif }", "1:9 Extra characters in if marker"},
                   {"%{ endif a }", "1:10 Extra characters in endif marker"},
                   {"%{ for }%{ endfor }", "1:8 Invalid 'for' directive"},
                   {"%{ for x, 1 in a }%{ endfor }", "1:11 Invalid 'for' directive"},
                   {"%{ for x of a }%{ endfor }", "1:10 Invalid 'for' directive"},
                   {"%{ endif }", "1:1 Unexpected endif directive"},
                   {"%{ else }", "1:1 Unexpected else directive"},
                   {"%{ if a }x", "1:11 Unexpected end of template"},
                   {"%{ for v in a }x", "1:17 Unexpected end of template"},
                   {"%{ if a }%{ endfor }", "1:10 Unexpected endfor directive"},
                   {"%{ for v in a }%{ endif }", "1:16 Unexpected endif directive"},
                   {"%{ for v in a }%{ else }%{ endfor }", "1:16 Unexpected else directive"},
                   {"%{ if a }%{ else }%{ else }%{ endif }", "1:19 Unexpected else directive"}});
  Diagnostics diagnostics;
  ParseTemplate(test::Source("\n %{ if a }\n"), diagnostics);
  CHECK(diagnostics.items()[0].detail.find("line 2, column 2") != std::string::npos);
  CHECK(diagnostics.items()[0].detail.find("\"endif\"") != std::string::npos);
}

TEST_CASE("Parser: A misspelt directive gets a suggestion") {
  Diagnostics diagnostics;
  ParseTemplate(test::Source("%{ edif }"), diagnostics);
  CHECK(diagnostics.items()[0].detail.find("Did you mean \"endif\"?") != std::string::npos);
}

}  // namespace
}  // namespace nmgr::hcl
