#include "nmgr/repo/target.h"

#include <catch2/catch.hpp>

namespace nmgr::repo {

TEST_CASE("a job as it is typed is taken for that job, by nmgr and by a shell") {
  CHECK(TypedTarget("web") == "web");
  CHECK(TypedTarget("media/tv") == "job:media/tv");
  CHECK(TypedTarget("nas") == "job:nas");
  CHECK(TypedTarget("web.hcl") == "job:web.hcl");
  CHECK(TypedTarget("gpu") == "gpu");
  nmgr::repo::FilterSpec gpu;
  gpu.name = "gpu";
  nmgr::repo::SetTypedWords({gpu}, {});
  CHECK(TypedTarget("gpu") == "job:gpu");
  nmgr::repo::SetTypedWords({}, {});
  for (const char* word : {"all", "infra", "services"}) {
    CHECK(TypedTarget(word) == JobTarget(word));
  }
  CHECK(TypedTarget("-rf") == "job:-rf");
  CHECK(TypedTarget("state:failed") == "job:state:failed");
  CHECK(TypedTarget("a=b") == "job:a=b");
  CHECK(TypedTarget("a;id") == "'a;id'");
  CHECK(TypedTarget("-$(id)") == "'job:-$(id)'");
}

}  // namespace nmgr::repo
