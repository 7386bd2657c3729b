#include "jobspec/quick_header.h"

#include <catch2/catch.hpp>
#include <memory>
#include <string>

#include "nmgr/hcl/syntax/parse.h"

namespace nmgr::jobspec {
namespace {

bool IsQuick(const std::string& lines) {
  const auto source = std::make_shared<hcl::SourceFile>(
      "web.hcl", "job \"web\" {\n  group \"main\" {\n" + lines + "  }\n}\n");
  const auto header = ReadQuickHeader(*source);
  if (!header) return false;
  hcl::Diagnostics diagnostics;
  hcl::ParseBody(source, diagnostics);
  CHECK(diagnostics.items().empty());
  CHECK(header->header.id == "web");
  return true;
}

}  // namespace

TEST_CASE("The header of what most specs hold is read without a tree") {
  CHECK(IsQuick("    weight = -50\n"));
  CHECK(IsQuick("    data = <<-EOF\n      mkdir ${local.data}/{a,b} $HOME $$ 5%\n    EOF\n"));
  CHECK(IsQuick("    data = <<EOF\n${local.a}${meta.b-c}\nEOF\n"));
  CHECK(IsQuick("    image = \"redis:${local.tag}\"\n"));
}

TEST_CASE("What is not plain is left to the parser") {
  for (const char* lines :
       {"    weight = -x\n", "    weight = - 5\n", "    data = <<EOF\n${a[0]}\nEOF\n",
        "    data = <<EOF\n${upper(a)}\nEOF\n", "    data = <<EOF\n$${a}\nEOF\n",
        "    data = <<EOF\n%{ if a }x%{ endif }\nEOF\n", "    data = <<EOF\n${~a}\nEOF\n",
        "    data = <<EOF\n${a\nEOF\n", "    data = <<EOF\n${a}\n", "    data = <<EOF\n${\nEOF\n",
        "    data = <<EOF\n${for}\nEOF\n", "    weight = -\n", "    weight = -1e3\n"}) {
    INFO(lines);
    CHECK_FALSE(IsQuick(lines));
  }
}

}  // namespace nmgr::jobspec
