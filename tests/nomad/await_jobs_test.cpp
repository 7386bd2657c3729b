#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "answers.h"
#include "nomad/decode.h"
#include "support/raw_server.h"
#include "test_client.h"

using namespace nmgr;
using namespace nmgr::nomad;
using namespace nmgr::nomad_testing;
using nlohmann::json;
using nmgr::testing::TestClient;

namespace {

json StandingRowOf(const std::string& id, const std::string& name_space, json allocations) {
  return {{"ID", id}, {"Namespace", name_space}, {"Version", 3}, {"Allocs", allocations}};
}

std::size_t DigestAsSent(const json& row) {
  return DecodeStanding(json::parse(row.dump())).value().digest;
}

json BodyOf(const std::string& request) {
  return json::parse(request.substr(request.find("\r\n\r\n") + 4));
}

}  // namespace

TEST_CASE("AwaitJobs asks for all jobs at once and gives their standings in that order") {
  const json rows = {StandingRowOf("web", "apps", nullptr), StandingRowOf("other", "apps", nullptr),
                     StandingRowOf("web", "default", {{{"ID", "a1"}}})};
  RawServer server(Always(Answer(200, rows.dump(), "application/json", "X-Nomad-Index: 9\r\n")));
  TestClient client(To(server), 1);
  const auto answer = client.AwaitJobs({{"web", "", ""}, {"gone", "apps", ""}, {"web", "apps", ""}},
                                       {7, Duration(2000)}, {});
  REQUIRE(answer);
  CHECK(answer->index == 9);
  REQUIRE(answer->value.size() == 3);
  CHECK(answer->value[0].value() == DigestAsSent(rows[2]));
  CHECK_FALSE(answer->value[1]);
  CHECK(answer->value[2].value() == DigestAsSent(rows[0]));
  const std::string request = server.requests().at(0);
  CHECK(FirstLine(request) == "POST /v1/jobs/statuses?index=7&wait=2000ms HTTP/1.1");
  CHECK(BodyOf(request) == json{{"Jobs",
                                 {{{"ID", "web"}, {"Namespace", "default"}},
                                  {{"ID", "gone"}, {"Namespace", "apps"}},
                                  {{"ID", "web"}, {"Namespace", "apps"}}}}});
}

TEST_CASE("AwaitJobs in one namespace asks there") {
  RawServer server(Always(Answer(200, "[]", "application/json", "X-Nomad-Index: 0\r\n")));
  TestClient client(To(server), 1);
  const auto answer = client.AwaitJobs({{"web", "apps", ""}, {"db", "apps", ""}}, {}, {});
  REQUIRE(answer);
  CHECK_FALSE(answer->has_index);
  CHECK(FirstLine(server.requests().at(0)) == "POST /v1/jobs/statuses?namespace=apps HTTP/1.1");
}

TEST_CASE("Where AwaitJobs is not served, it is not found; a refusal stays one") {
  for (const int status : {404, 405, 501}) {
    RawServer server(Always(Answer(status, "<html>no such thing</html>", "text/html")));
    TestClient client(To(server), 1);
    CHECK(client.AwaitJobs({{"web", "", ""}}, {}, {}).error().code == ErrorCode::kNotFound);
  }
  RawServer server(Always(Answer(403, "Permission denied", "text/plain")));
  TestClient client(To(server), 1);
  CHECK(client.AwaitJobs({{"web", "", ""}}, {}, {}).error().code == ErrorCode::kForbidden);
}

TEST_CASE("A standing differs with all that its row shows, but not with the order of allocations") {
  const json one = {{"ID", "a1"}, {"ClientStatus", "running"}};
  const json two = {{"ID", "a2"}, {"ClientStatus", "pending"}};
  json later = two;
  later["ClientStatus"] = "running";
  const auto digest = [](const json& row) { return DecodeStanding(row).value().digest; };
  const json row = StandingRowOf("web", "default", {one, two});
  CHECK(digest(row) == digest(StandingRowOf("web", "default", {two, one})));
  CHECK(digest(row) != digest(StandingRowOf("web", "default", {one, later})));
  CHECK(digest(row) != digest(StandingRowOf("web", "default", {one})));
  json stopped = row;
  stopped["Stop"] = true;
  CHECK(digest(row) != digest(stopped));
  CHECK_FALSE(DecodeStanding(json{{"Namespace", "default"}}));
  CHECK_FALSE(DecodeStanding(json(7)));
}
