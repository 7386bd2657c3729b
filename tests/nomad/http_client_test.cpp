#include "nomad/http_client.h"

#include <catch2/catch.hpp>
#include <future>
#include <nlohmann/json.hpp>
#include <thread>

#include "answers.h"
#include "nmgr/base/parallel.h"
#include "nomad/passing_faults.h"
#include "support/raw_server.h"
#include "test_client.h"

using namespace nmgr;
using namespace nmgr::nomad;
using namespace nmgr::nomad_testing;
using nmgr::testing::TestClient;

TEST_CASE("job IDs, namespaces and regions are percent-encoded and go where they belong") {
  RawServer server(Always(Answer(200, kJob)));
  ConnectionOptions options = To(server);
  options.region = "here";
  options.name_space = "default one";
  TestClient client(options, 2);
  REQUIRE(client.ReadJob({"cron/periodic-17 ä?", "", ""}, {}, {}));
  REQUIRE(client.ReadJob({"web", "apps&x", "eu"}, {17, Duration(5000)}, {}));
  const auto requests = server.requests();
  CHECK(FirstLine(requests[0]) ==
        "GET /v1/job/cron%2Fperiodic-17%20%C3%A4%3F?namespace=default%20one&region=here HTTP/1.1");
  CHECK(FirstLine(requests[1]) ==
        "GET /v1/job/web?namespace=apps%26x&region=eu&index=17&wait=5000ms HTTP/1.1");
  CHECK(server.connections() == 1);
}

TEST_CASE("each endpoint is asked as Nomad wants it") {
  const std::string written =
      R"({"EvalID":"e1","JobModifyIndex":7,"Index":8,"Warnings":"careful"})";
  RawServer server([&](Peer& peer) {
    while (const auto request = peer.ReadRequest()) {
      const std::string line = FirstLine(*request);
      std::string body = "[]";
      if (Has(line, "/plan")) body = R"({"JobModifyIndex":7,"Diff":{"Type":"None"}})";
      if (Has(line, "/parse")) body = R"({"ID":"web"})";
      if (Has(line, "POST /v1/jobs?") || Has(line, "DELETE")) body = written;
      if (Has(line, "/deployment?")) body = "null";
      if (Has(line, "/versions")) body = R"({"Versions":[]})";
      if (Has(line, "/evaluation/")) body = R"({"ID":"e1","Status":"complete"})";
      if (Has(line, "/v1/deployment/")) body = R"({"ID":"d1","Status":"running"})";
      if (Has(line, "/services")) {
        body = R"([{"ServiceName":"web-http","AllocID":"a1","Address":"10.0.0.2","Port":24878,
                    "Tags":["edge"]}])";
      }
      if (Has(line, "/leader")) body = R"("10.0.0.1:4647")";
      peer.Send(Answer(200, body, "application/json", "x-NOMAD-index: 42\r\n"));
    }
  });
  TestClient client(To(server), 1);
  const JobRef ref{"web", "apps", ""};
  CHECK_FALSE(client.contact.granted());
  CHECK(client.Ping({}));
  CHECK_FALSE(client.contact.granted());
  CHECK(client.ParseJob(ref, "job \"web\" {}", {}).value()["ID"] == "web");
  CHECK(client.contact.granted());
  CHECK(client.PlanJob(ref, {{"ID", "web"}}, {}).value().job_modify_index == 7);
  RegisterRequest registration;
  registration.job = {{"ID", "web"}};
  registration.job_modify_index = 7;
  registration.submission = {"source", "hcl2", {{"a", "1"}}, "b = 2"};
  const WriteResult result = client.RegisterJob(ref, registration, {}).value();
  CHECK(result.evaluation_id == "e1");
  CHECK(result.job_modify_index == 7);
  CHECK(result.warnings == "careful");
  CHECK(client.StopJob(ref, true, {}));
  CHECK(client.ListJobs("*", "", "we", {}).value().index == 42);
  CHECK(client.ReadEvaluation("e1", ref, {}, {}).value().value.status == "complete");
  CHECK(client.ListAllocations(ref, {}, {}).value().value.empty());
  CHECK_FALSE(client.LatestDeployment(ref, {}, {}).value().value.has_value());
  CHECK(client.ReadDeployment("d1", ref, {}, {}).value().value.status == "running");
  CHECK(client.ListEvaluations(ref, {}, {}).value().value.empty());
  CHECK(client.ListVersions(ref, {}).value().empty());
  const std::vector<ServiceInstance> services = client.ListServices(ref, {}).value();
  REQUIRE(services.size() == 1);
  CHECK(services[0].name == "web-http");
  CHECK(services[0].allocation_id == "a1");
  CHECK(services[0].address == "10.0.0.2");
  CHECK(services[0].port == 24878);
  CHECK(services[0].tags == std::vector<std::string>{"edge"});
  for (const NamespaceTable table :
       {NamespaceTable::kJobs, NamespaceTable::kAllocations, NamespaceTable::kDeployments}) {
    const auto changed = client.AwaitChange(table, ref, {41, Duration(1000)}, {}).value();
    CHECK(changed.index == 42);
    CHECK(changed.has_index);
  }

  std::vector<std::string> lines;
  std::vector<std::string> bodies;
  for (const std::string& request : server.requests()) {
    lines.push_back(FirstLine(request));
    bodies.push_back(request.substr(request.find("\r\n\r\n") + 4));
  }
  CHECK(lines ==
        std::vector<std::string>{"GET /v1/status/leader HTTP/1.1",
                                 "POST /v1/jobs/parse?namespace=apps HTTP/1.1",
                                 "POST /v1/job/web/plan?namespace=apps HTTP/1.1",
                                 "POST /v1/jobs?namespace=apps HTTP/1.1",
                                 "DELETE /v1/job/web?namespace=apps&purge=true HTTP/1.1",
                                 "GET /v1/jobs?namespace=%2A&prefix=we HTTP/1.1",
                                 "GET /v1/evaluation/e1?namespace=apps HTTP/1.1",
                                 "GET /v1/job/web/allocations?namespace=apps HTTP/1.1",
                                 "GET /v1/job/web/deployment?namespace=apps HTTP/1.1",
                                 "GET /v1/deployment/d1?namespace=apps HTTP/1.1",
                                 "GET /v1/job/web/evaluations?namespace=apps HTTP/1.1",
                                 "GET /v1/job/web/versions?namespace=apps&diffs=true HTTP/1.1",
                                 "GET /v1/job/web/services?namespace=apps HTTP/1.1",
                                 "GET /v1/jobs?namespace=apps&per_page=1"
                                 "&index=41&wait=1000ms HTTP/1.1",
                                 "GET /v1/allocations?namespace=apps&per_page=1"
                                 "&task_states=false&index=41&wait=1000ms HTTP/1.1",
                                 "GET /v1/deployments?namespace=apps&per_page=1"
                                 "&index=41&wait=1000ms HTTP/1.1"});
  using nlohmann::json;
  CHECK(json::parse(bodies[1]) == json{{"JobHCL", "job \"web\" {}"}, {"Canonicalize", false}});
  CHECK(json::parse(bodies[2]) == json{{"Job", {{"ID", "web"}}}, {"Diff", true}});
  CHECK(json::parse(bodies[3]) == json{{"Job", {{"ID", "web"}}},
                                       {"EnforceIndex", true},
                                       {"JobModifyIndex", 7},
                                       {"Submission",
                                        {{"Source", "source"},
                                         {"Format", "hcl2"},
                                         {"VariableFlags", {{"a", "1"}}},
                                         {"Variables", "b = 2"}}}});
  CHECK(Has(server.requests()[3], "Content-Type: application/json\r\n"));
  CHECK_FALSE(Has(server.requests()[3], "Expect:"));
}

TEST_CASE("a large body is not announced with Expect: 100-continue") {
  RawServer server(Always(Answer(200, kJob)));
  TestClient client(To(server), 1);
  REQUIRE(client.ParseJob(kWeb, std::string(3'000'000, 'x'), {}));
  CHECK_FALSE(Has(server.requests()[0].substr(0, 1000), "Expect"));
  CHECK(server.requests()[0].size() > 3'000'000);
}

TEST_CASE("token and password are sent, and never told in an error") {
  RawServer server([](Peer& peer) {
    while (const auto request = peer.ReadRequest()) {
      peer.Send(Answer(500, "echo: " + *request + " s3cret-token", "text/plain"));
    }
  });
  ConnectionOptions options = To(server);
  options.token = "s3cret-token";
  options.address = "http://me:p%40ss-word@127.0.0.1:" + std::to_string(server.port());
  TestClient client(options, 1);
  const auto result = client.ReadJob(kWeb, {}, {});
  CHECK(Has(server.requests()[0], "X-Nomad-Token: s3cret-token\r\n"));
  CHECK(Has(server.requests()[0], "Authorization: Basic bWU6cEBzcy13b3Jk\r\n"));
  CHECK(result.error().code == ErrorCode::kRejected);
  CHECK_FALSE(Has(result.error().message + result.error().hint, "s3cret"));
  CHECK_FALSE(Has(result.error().message + result.error().hint, "ss-word"));
  CHECK_FALSE(Has(result.error().message + result.error().hint, "bWU6cEBzcy13b3Jk"));
}

TEST_CASE("NOMAD_HTTP_AUTH is sent where the address has no user of its own") {
  RawServer server(Always(Answer(200, kJob)));
  ConnectionOptions options = To(server);
  options.http_auth = "user:pa:ss";
  REQUIRE(TestClient(options, 1).ReadJob(kWeb, {}, {}));
  options.address = "http://other@127.0.0.1:" + std::to_string(server.port());
  REQUIRE(TestClient(options, 1).ReadJob(kWeb, {}, {}));
  CHECK(Has(server.requests()[0], "Authorization: Basic dXNlcjpwYTpzcw==\r\n"));
  CHECK(Has(server.requests()[1], "Authorization: Basic b3RoZXI6\r\n"));
}

TEST_CASE("nobody listens: told at once, with the address and what to do") {
  int port = 0;
  {
    port = RawServer([](Peer&) {}).port();
  }
  ConnectionOptions options;
  options.address = "http://me:secret@127.0.0.1:" + std::to_string(port);
  TestClient client(options, 1);
  const Error error = client.ReadJob(kWeb, {}, {}).error();
  CHECK(error.code == ErrorCode::kUnreachable);
  CHECK(error.message ==
        "cannot reach Nomad at http://127.0.0.1:" + std::to_string(port) + ": connection refused");
  CHECK(error.hint == "is the agent running? set NOMAD_ADDR or --address");
  CHECK(client.Ping({}).error().code == ErrorCode::kUnreachable);
  CHECK_FALSE(client.contact.granted());
}

TEST_CASE("a name that does not resolve and a socket that is not there are told as such") {
  ConnectionOptions options;
  options.address = "http://nomad.invalid:4646";
  CHECK(TestClient(options, 1).Ping({}).error().message ==
        "cannot reach Nomad at http://nomad.invalid:4646: no such host: nomad.invalid");
  options.address = "unix:///nowhere/nomad.sock";
  const Error error = TestClient(options, 1).Ping({}).error();
  CHECK(error.code == ErrorCode::kUnreachable);
  CHECK(error.message ==
        "cannot reach Nomad at unix:///nowhere/nomad.sock: no such file or directory");
}

TEST_CASE("what Nomad's refusals mean") {
  struct Row {
    int status;
    std::string body;
    ErrorCode code;
    std::string message;
  };
  const Row row = GENERATE(
      Row{404, "job not found", ErrorCode::kNotFound, "GET /v1/job/web: job not found"},
      Row{403, "Permission denied", ErrorCode::kForbidden,
          "Nomad refused GET /v1/job/web: Permission denied (403)"},
      Row{500, "Enforcing job modify index 1: job exists with conflicting job modify index: 19",
          ErrorCode::kConflict,
          "Nomad refused GET /v1/job/web: Enforcing job modify index 1: job exists with "
          "conflicting job "
          "modify index: 19"},
      Row{500, "No path to region", ErrorCode::kRejected, "Nomad knows no region \"eu\""},
      Row{500, "rpc error: No path to region", ErrorCode::kRejected,
          "Nomad knows no region \"eu\""},
      Row{400,
          "1 error occurred:\n\t* Task group app validation failed: 2 errors occurred:\n\t* a\n\t* "
          "b\n\n\n",
          ErrorCode::kRejected,
          "Nomad refused GET /v1/job/web: Task group app validation failed: a; b (400)"},
      Row{500, "bad \x1b[31m\x07words\xff", ErrorCode::kRejected,
          "Nomad refused GET /v1/job/web: bad \\x1b[31m\\x07words\\xff (500)"});
  RawServer server(Always(Answer(row.status, row.body, "text/plain")));
  ConnectionOptions options = To(server);
  options.region = "eu";
  TestClient client(options, 1);
  const Error error = client.ReadJob(kWeb, {}, {}).error();
  CHECK(error.code == row.code);
  CHECK(error.message == row.message);
  CHECK(server.requests().size() == 1);
  CHECK(client.contact.granted() == (row.code == ErrorCode::kNotFound));
}

TEST_CASE("a refused token is explained by the right that is missing") {
  RawServer server(Always(Answer(403, "Permission denied", "text/plain")));
  ConnectionOptions options = To(server);
  CHECK(TestClient(options, 1).PlanJob({"web", "apps", ""}, {}, {}).error().hint ==
        "no token was given: set NOMAD_TOKEN or --token-file; it needs the right \"plan-job\" in "
        "namespace "
        "\"apps\"");
  options.token = "t";
  const std::string hint = TestClient(options, 1).StopJob(kWeb, false, {}).error().hint;
  CHECK(hint == "Nomad does not know the token: see NOMAD_TOKEN and --token-file");
  options.token = "eyJh.x.y";  // of a workload
  CHECK(TestClient(options, 1).StopJob(kWeb, false, {}).error().hint ==
        "Nomad does not know the token, or it lacks the right \"deregister-job\" in namespace "
        "\"default\"");
  CHECK(Has(TestClient(options, 1).StopJob(kWeb, true, {}).error().hint, "\"purge-job\""));
}

TEST_CASE(
    "a refusal says the one thing where it can be known: the token is not known, or its right") {
  struct Row {
    std::string self;     // what Nomad says of the token
    std::string refusal;  // and of the request
    std::string hint;
  };
  const std::string lacks = "\"plan-job\" in namespace \"default\"";
  const std::string either = "Nomad does not know the token, or it lacks the right " + lacks;
  const std::string unknown = "Nomad does not know the token: see NOMAD_TOKEN and --token-file";
  const std::string denied = Answer(403, "Permission denied", "text/plain");
  const Row row = GENERATE_COPY(
      Row{Answer(200, R"({"AccessorID":"53ac4bae"})"), denied,
          "the token lacks the right " + lacks},
      Row{denied, denied, unknown},
      Row{denied, Answer(500, "Permission denied", "text/plain"), unknown},
      Row{Answer(500, "boom"), Answer(403, "ACL token not found", "text/plain"), unknown},
      Row{Answer(500, "boom"), Answer(403, "ACL token expired", "text/plain"),
          "the token has expired: see NOMAD_TOKEN and --token-file"},
      Row{Answer(500, "boom"), denied, either},
      Row{Answer(403, "<html>", "text/html"), denied, either},
      Row{Answer(200, R"({"AccessorID":"acls-disabled"})"), denied, either},
      Row{Answer(200, "[]"), denied, either});
  RawServer server([&row](Peer& peer) {
    while (const auto request = peer.ReadRequest()) {
      peer.Send(request->starts_with("GET /v1/acl/token/self") ? row.self : row.refusal);
    }
  });
  ConnectionOptions options = To(server);
  options.token = "1b2c3d4e-1111-2222-3333-444455556666";
  TestClient client(options, 1);
  for (int i = 0; i < 2; ++i) {
    const Error error = client.PlanJob(kWeb, {}, {}).error();
    CHECK(error.code == ErrorCode::kForbidden);
    CHECK(error.hint == row.hint);
  }
  CHECK(server.requests().size() == 3);  // it is asked for its standing once
}

TEST_CASE("what is not Nomad's answer is never taken for one") {
  struct Row {
    std::string answer;
    std::string part;
  };
  const std::string page = "<html><head><title>Please log in</title></head></html>";
  const Row row = GENERATE_COPY(
      Row{Answer(200, page, "text/html"), R"(expected a job, got a web page ("Please log in"))"},
      Row{Answer(404, page, "text/html"), "was not answered by Nomad"},
      Row{Answer(404, "404 page not found\n", "text/plain"), "was not answered by Nomad"},
      Row{Answer(404, "", "text/plain"), "an empty answer (404)"},
      Row{Answer(200, ""), "expected a job, got an empty answer"},
      Row{Answer(200, R"({"ID":"we)"), "expected a job, got 9 bytes beginning `{\"ID\":\"we`"},
      Row{Answer(200, "[]"), "expected a job, got 2 bytes"},
      Row{Answer(200, "{}"), "expected a job"}, Row{Answer(200, "null"), "expected a job"},
      Row{Answer(200, std::string(100'000, '[')), "expected"},
      Row{Answer(200, "\"\x1b[2J\xff\""), "\\x1b[2J"},
      Row{Answer(302, "", "text/html", "Location: https://u:p@sso.example/login\r\n"),
          "is redirected to https://sso.example/login"},
      Row{"SSH-2.0-OpenSSH_9.2\r\n", "the answer is not proper HTTP"},
      Row{"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"ID\":",
          "closed in the middle of the answer"});
  RawServer server([&](Peer& peer) {
    if (peer.ReadRequest()) peer.Send(row.answer);
  });
  TestClient client(To(server), 1);
  const Error error = client.ReadJob(kWeb, {}, Within(2000)).error();
  INFO(error.message);
  CHECK(error.code == ErrorCode::kUnreachable);
  CHECK(Has(error.message, row.part));
  CHECK(Has(error.message, "GET /v1/job/web at http://127.0.0.1:"));
  CHECK_FALSE(client.contact.granted());
}

TEST_CASE("the caller's deadline ends a transfer") {
  const std::string start_of_answer =
      GENERATE(std::string(), std::string("HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{"));
  RawServer server([&](Peer& peer) {
    static_cast<void>(peer.ReadRequest());
    peer.Send(start_of_answer);
    static_cast<void>(peer.ReadRequest());
  });
  TestClient client(To(server), 1);
  CHECK(client.ReadJob(kWeb, {}, Within(100)).error().code == ErrorCode::kTimedOut);
}

TEST_CASE("a server that accepts and says nothing is unreachable after the request's own limit") {
  RawServer server([](Peer& peer) {
    while (peer.ReadRequest()) {
    }
  });
  ConnectionOptions options = To(server);
  options.request_timeout = Duration(100);
  TestClient client(options, 1);
  const Error error = client.ReadJob(kWeb, {}, {}).error();
  CHECK(error.code == ErrorCode::kUnreachable);
  CHECK(Has(error.message, "no answer within 100ms"));
  CHECK(Has(client.StopJob(kWeb, false, {}).error().message, "may or may not have done it"));
}

TEST_CASE("headers that come byte by byte are an answer; a drip beyond the limit is not") {
  RawServer slow([](Peer& peer) {
    static_cast<void>(peer.ReadRequest());
    for (const char c : Answer(200, kJob)) {
      if (!peer.Send({&c, 1})) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  });
  CHECK(TestClient(To(slow), 1).ReadJob(kWeb, {}, {}));
  RawServer endless([](Peer& peer) {
    static_cast<void>(peer.ReadRequest());
    peer.Send("HTTP/1.1 200 OK\r\n");
    while (peer.Send("X-Drip: 1\r\n")) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  });
  ConnectionOptions options = To(endless);
  options.request_timeout = Duration(200);
  const Error error = TestClient(options, 1).ReadJob(kWeb, {}, {}).error();
  CHECK(error.code == ErrorCode::kUnreachable);
  CHECK(Has(error.message, "the answer did not end within 200ms"));
}

TEST_CASE("a body that does not end in time is told as that, not as no answer") {
  RawServer server([](Peer& peer) {
    static_cast<void>(peer.ReadRequest());
    peer.Send("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"ID\":");
    static_cast<void>(peer.ReadRequest());
  });
  ConnectionOptions options = To(server);
  options.request_timeout = Duration(100);
  const Error error = TestClient(options, 1).ReadJob(kWeb, {}, {}).error();
  CHECK(Has(error.message, "the answer did not end within 100ms"));
  CHECK_FALSE(Has(error.message, "no answer"));
}

TEST_CASE("endless bodies and headers end at a limit") {
  const bool in_header = GENERATE(false, true);
  RawServer server([&](Peer& peer) {
    static_cast<void>(peer.ReadRequest());
    peer.Send("HTTP/1.1 200 OK\r\n");
    if (!in_header) peer.Send("\r\n");
    const std::string block =
        in_header ? "X-More: " + std::string(5000, 'x') + "\r\n" : std::string(1 << 20, ' ');
    while (peer.Send(block)) {
    }
  });
  const Error error = TestClient(To(server), 1).ReadJob(kWeb, {}, {}).error();
  CHECK(error.code == ErrorCode::kUnreachable);
  CHECK(Has(error.message, in_header ? "GET /v1/job/web" : "larger than 64 MiB"));
}

TEST_CASE("the index of an answer is never 0, and it is told whether there was one to wait on") {
  for (const char* header :
       {"X-Nomad-Index: 0\r\n", "X-Nomad-Index: soon\r\n", "", "X-Nomad-Index: -4\r\n",
        "X-Nomad-Index: 99999999999999999999999\r\n"}) {
    INFO(header);
    RawServer server(Always(Answer(200, "[]", "application/json", header)));
    const auto answer = TestClient(To(server), 1).ListAllocations(kWeb, {}, {}).value();
    CHECK(answer.index == 1);
    CHECK_FALSE(answer.has_index);
  }
  RawServer good(Always(Answer(200, "[]", "application/json", "X-Nomad-Index:7\r\n")));
  const auto answer = TestClient(To(good), 1).ListAllocations(kWeb, {}, {}).value();
  CHECK(answer.index == 7);
  CHECK(answer.has_index);
}

TEST_CASE("the settings are read at the first call, once, and their fault is that of every call") {
  int asked = 0;
  Contact contact;
  HttpClient client(ClientOptions{[&]() -> Expected<ConnectionOptions> {
                                    ++asked;
                                    return Error{ErrorCode::kUsage, "no such token file"};
                                  },
                                  contact});
  CHECK(asked == 0);
  CHECK(client.ReadJob(kWeb, {}, {}).error().code == ErrorCode::kUsage);
  CHECK(client.Ping({}).error().message == "no such token file");
  CHECK(asked == 1);
  CHECK_FALSE(contact.Verdict());
}

TEST_CASE("a server that is not up yet is waited for, which is said once") {
  RawServer server(
      InTurn({Answer(500, "No cluster leader", "text/plain"), Answer(200, "\"\""),
              Answer(502, "", "text/plain"), Answer(200, "\"10.0.0.1:4647\""), Answer(200, kJob)}));
  Contact contact;
  std::vector<std::string> told;
  ClientOptions options{[&] { return Expected<ConnectionOptions>(To(server)); }, contact};
  options.wait_server = Duration(60'000);
  options.on_wait = [&](const std::string& notice) { told.push_back(notice); };
  HttpClient client(std::move(options));
  CHECK(client.ReadJob(kWeb, {}, {}));
  REQUIRE(told.size() == 1);
  CHECK(Has(told[0], "waiting for it up to 1m"));
  CHECK(FirstLine(server.requests()[3]) == "GET /v1/status/leader HTTP/1.1");
  CHECK(server.requests().size() == 5);
}

TEST_CASE("a server that stays away ends with how long was waited") {
  Contact contact;
  ConnectionOptions settings;
  settings.address = "http://127.0.0.1:1";
  ClientOptions options{[&] { return Expected<ConnectionOptions>(settings); }, contact};
  options.wait_server = Duration(300);
  HttpClient client(std::move(options));
  const Error error = client.ReadJob(kWeb, {}, {}).error();
  CHECK(error.code == ErrorCode::kUnreachable);
  CHECK(error.message == "cannot reach Nomad at http://127.0.0.1:1: still refused after 300ms");
  CHECK(contact.Verdict()->code == ErrorCode::kUnreachable);
}

TEST_CASE("the verdict on a run does not depend on the order of its answers") {
  enum class Came { kGranted, kForbidden, kUnreachable, kRejected };
  const auto verdict = [](const std::vector<Came>& answers) {
    Contact contact;
    for (const Came came : answers) {
      if (came == Came::kGranted) contact.NoteGranted();
      if (came == Came::kForbidden) contact.NoteFailed({ErrorCode::kForbidden, "403"}, true);
      if (came == Came::kUnreachable) contact.NoteFailed({ErrorCode::kUnreachable, "gone"}, false);
      if (came == Came::kRejected) contact.NoteFailed({ErrorCode::kRejected, "500"}, true);
    }
    const auto found = contact.Verdict();
    return found ? std::optional(found->code) : std::nullopt;
  };
  std::vector<Came> all = {Came::kGranted, Came::kForbidden, Came::kUnreachable, Came::kRejected};
  for (unsigned mask = 0; mask < 16; ++mask) {
    std::vector<Came> some;
    for (unsigned i = 0; i < 4; ++i) {
      if ((mask >> i & 1U) != 0) some.push_back(all[i]);
    }
    const auto expected = verdict(some);
    do {
      CHECK(verdict(some) == expected);
    } while (std::next_permutation(some.begin(), some.end()));
  }
  CHECK(verdict({Came::kUnreachable, Came::kForbidden}) == ErrorCode::kForbidden);
  CHECK(verdict({Came::kUnreachable, Came::kRejected}) == ErrorCode::kUnreachable);
  CHECK_FALSE(verdict({Came::kForbidden, Came::kGranted}));
}

TEST_CASE("an answer that would cost more memory than it is worth is refused") {
  std::string empties = "{\"ID\":\"web\",\"x\":[";
  for (int i = 0; i < 1'100'000; ++i) empties += "{},";
  empties += "{}]}";
  RawServer server(Always(Answer(200, empties)));
  const Error error = TestClient(To(server), 1).ReadJob(kWeb, {}, {}).error();
  CHECK(error.code == ErrorCode::kUnreachable);
  CHECK(Has(error.message, "expected a job, got one of more values than nmgr takes"));
}

TEST_CASE("an ID that leads elsewhere in Nomad's routes is that job's fault, and never sent") {
  RawServer server(Always(Answer(200, kJob)));
  TestClient client(To(server), 1);
  for (const char* id : {".", "..", "a/../b", "/a", "a//b", "web/allocations", "web/deployment",
                         "a/b/plan", "web/periodic/force", "./a"}) {
    INFO(id);
    const Error error = client.ReadJob({id, "", ""}, {}, {}).error();
    CHECK(error.code == ErrorCode::kRejected);
    CHECK(Has(error.message, "leads elsewhere"));
    CHECK(client.StopJob({id, "", ""}, false, {}).error().code == ErrorCode::kRejected);
  }
  CHECK(server.requests().empty());
  CHECK_FALSE(client.contact.Verdict());
  for (const char* id : {"a.b", "...", "allocations", "web/allocations-2", "a/b", "a/"}) {
    INFO(id);
    CHECK(client.ReadJob({id, "", ""}, {}, {}));
  }
}

TEST_CASE("a token that is none in form, and that Nomad's store chokes on, is a refused token") {
  RawServer server(Always(Answer(500,
                                 "rpc error: acl token lookup failed: index error: UUID must "
                                 "be 36 characters",
                                 "text/plain")));
  const auto code = [&](const std::string& token) {
    ConnectionOptions options = To(server);
    options.token = token;
    return TestClient(options, 1).ReadJob(kWeb, {}, {}).error().code;
  };
  CHECK(code("my-token") == ErrorCode::kForbidden);
  CHECK(code("1b2c3d4e-0000-1111-2222-333344445555") == ErrorCode::kRejected);
  CHECK(code("eyJh.eyJi.c2ln") == ErrorCode::kRejected);
  CHECK(code("") == ErrorCode::kRejected);
}

TEST_CASE("a token that is taken for the identity of a workload, and is none, is a refused token") {
  RawServer server(
      Always(Answer(500,
                    "ACL token not found or invalid workload identity: failed to parse "
                    "signed token: go-jose/go-jose: compact JWS format must have three "
                    "parts",
                    "text/plain")));
  for (const char* token : {"my-token", "eyJh.eyJi.c2ln"}) {
    ConnectionOptions options = To(server);
    options.token = token;
    const Error error = TestClient(options, 1).ParseJob(kWeb, "", {}).error();
    CHECK(error.code == ErrorCode::kForbidden);
    CHECK_FALSE(Has(error.message + error.hint, token));
  }
}
