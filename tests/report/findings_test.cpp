#include "nmgr/report/findings.h"

#include <catch2/catch.hpp>

#include "nmgr/hcl/syntax/source.h"

using namespace nmgr;
using namespace nmgr::report;

namespace {

Finding Of(const std::string& path, const std::string& text) {
  return {Weight::kError, path, 3, 17, text};
}

}  // namespace

TEST_CASE("a finding is one line with its place") {
  CHECK(FindingLine(Of("web.hcl", "wrong")) == "web.hcl:3:17: error: wrong");
  CHECK(FindingLine({Weight::kWarning, "a b.hcl", 1, 1, "x"}) == "a b.hcl:1:1: warning: x");
  CHECK(FindingLine({Weight::kNotice, "", 1, 1, "x"}) == "notice: x");
  CHECK(FindingLine(Of("web.hcl", "one\n  two\r\n\nthree\n")) ==
        "web.hcl:3:17: error: one two three");
  CHECK(FindingLine(Of("a\nb", "x")).find('\n') == std::string::npos);
}

TEST_CASE("an annotation escapes what would end it") {
  CHECK(FindingAnnotation(Of("jobs/web.hcl", "wrong")) ==
        "::error file=jobs/web.hcl,line=3,col=17::wrong");
  CHECK(FindingAnnotation({Weight::kNotice, "", 1, 1, "x"}) == "::notice::x");
  CHECK(FindingAnnotation(Of("a,b:c%.hcl", "50% of a: b, c\r\nd")) ==
        "::error file=a%2Cb%3Ac%25.hcl,line=3,col=17::50%25 of a: b, c%0D%0Ad");
  CHECK(FindingAnnotation(Of("a\nb", "x")) == "::error file=a%0Ab,line=3,col=17::x");
}

TEST_CASE("a diagnostic as a finding") {
  const hcl::SourcePtr file = std::make_shared<hcl::SourceFile>("web.hcl", "a\n  bad\n");
  hcl::Diagnostic diagnostic{hcl::Severity::kWarning, "Odd",       "It is.", file,
                             hcl::Span{4, 7},         std::nullopt};
  CHECK(FindingLine(ToFinding(diagnostic)) == "web.hcl:2:3: warning: Odd; It is.");
  diagnostic.subject.reset();
  CHECK(FindingLine(ToFinding(diagnostic)) == "web.hcl:1:1: warning: Odd; It is.");
  diagnostic.file.reset();
  diagnostic.detail.clear();
  CHECK(FindingLine(ToFinding(diagnostic)) == "warning: Odd");
}
