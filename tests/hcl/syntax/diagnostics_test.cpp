#include "nmgr/hcl/syntax/diagnostics.h"

#include <catch2/catch.hpp>

namespace nmgr::hcl {
namespace {

const SourcePtr kFile = std::make_shared<SourceFile>("jobs/a.hcl", "a = 1\nb = 2\n");

TEST_CASE("Diagnostics count errors and keep their order") {
  Diagnostics diagnostics;
  CHECK(diagnostics.empty());
  CHECK_FALSE(diagnostics.HasErrors());
  diagnostics.Warning(kFile, {0, 1}, "Odd", "");
  CHECK_FALSE(diagnostics.HasErrors());
  diagnostics.Error(kFile, {6, 7}, "Bad", "");
  CHECK(diagnostics.HasErrors());
  CHECK(diagnostics.size() == 2);
  CHECK(diagnostics.error_count() == 1);
  CHECK(diagnostics.items()[0].severity == Severity::kWarning);
  CHECK(diagnostics.items()[1].summary == "Bad");
}

TEST_CASE("Diagnostics can be joined and cut") {
  Diagnostics first;
  first.Error(kFile, {0, 1}, "One", "");
  Diagnostics second;
  second.Warning(kFile, {0, 1}, "Two", "");
  second.Error(kFile, {0, 1}, "Three", "");

  Diagnostics joined;
  joined.Append(first);
  joined.Append(std::move(second));
  CHECK(joined.size() == 3);
  CHECK(joined.error_count() == 2);
  CHECK(joined.items()[2].summary == "Three");

  joined.Truncate(5);
  CHECK(joined.size() == 3);
  joined.Truncate(2);
  CHECK(joined.size() == 2);
  CHECK(joined.error_count() == 1);
}

TEST_CASE("Of very many diagnostics the first are kept and all are counted") {
  Diagnostics many;
  for (int i = 0; i < 100'000; ++i) many.Error(kFile, {0, 1}, std::to_string(i), "");
  many.Warning(kFile, {0, 1}, "Odd", "");
  CHECK(many.items().size() == Diagnostics::kMostKept);
  CHECK(many.items().back().summary == std::to_string(Diagnostics::kMostKept - 1));
  CHECK(many.size() == 100'001);
  CHECK(many.dropped() == 100'001 - Diagnostics::kMostKept);
  CHECK(many.error_count() == 100'000);

  Diagnostics joined;
  joined.Error(kFile, {0, 1}, "First", "");
  joined.Append(many);
  CHECK(joined.items().size() == Diagnostics::kMostKept);
  CHECK(joined.size() == 100'002);
  CHECK(joined.error_count() == 100'001);
  joined.Truncate(100'000);
  CHECK(joined.size() == 100'000);
  CHECK(joined.error_count() == 100'000);
  joined.Truncate(2);
  CHECK(joined.size() == 2);
  CHECK(joined.dropped() == 0);
  CHECK(joined.error_count() == 2);
}

TEST_CASE("A diagnostic is one line with its place") {
  Diagnostics diagnostics;
  diagnostics.Error(kFile, {6, 7}, "Bad", "It is bad.\n\nMake it good.");
  diagnostics.Add({Severity::kError, "No job", "", kFile, std::nullopt, std::nullopt});
  diagnostics.Add({Severity::kError, "Nothing", "At all.", nullptr, std::nullopt, std::nullopt});
  CHECK(ToLine(diagnostics.items()[0]) == "jobs/a.hcl:2:1: Bad; It is bad. Make it good.");
  CHECK(ToLine(diagnostics.items()[1]) == "jobs/a.hcl: No job");
  CHECK(ToLine(diagnostics.items()[2]) == "Nothing; At all.");
}

}  // namespace
}  // namespace nmgr::hcl
