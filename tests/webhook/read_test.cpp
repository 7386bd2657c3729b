// What is read of bodies whose proof holds, of each kind of sender; and that nothing of them is
// ever refused, whatever it is.
#include <catch2/catch.hpp>

#include "nmgr/base/base64.h"
#include "nmgr/base/text.h"
#include "webhook/senders.h"

using namespace nmgr;
using namespace nmgr::webhook;
using testing::AllSamples;
using testing::kAfter;
using testing::kBefore;
using testing::kDigest;
using testing::kNone;
using testing::Sample;
using testing::Sent;

namespace {

std::string Replaced(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != text.npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
  return text;
}

Sent WithText(Kind kind, std::string_view from, std::string_view to) {
  const Sent sent = Sample(kind);
  REQUIRE(sent.body.find(from) != std::string::npos);
  return sent.WithBody(Replaced(sent.body, from, to));
}

Push OnlyPush(const Sent& sent) {
  const Result result = sent.Receive();
  INFO(sent.receiver.name << ": " << result.why);
  REQUIRE(result.pushes.size() == 1);
  REQUIRE(result.images.empty());
  CHECK(result.outcome == Outcome::kAccepted);
  return result.pushes[0];
}

Image OnlyImage(const Sent& sent) {
  const Result result = sent.Receive();
  INFO(sent.receiver.name << ": " << result.why);
  REQUIRE(result.images.size() == 1);
  REQUIRE(result.pushes.empty());
  CHECK(result.outcome == Outcome::kAccepted);
  return result.images[0];
}

void CheckIgnored(const Sent& sent) {
  const Result result = sent.Receive();
  INFO(sent.receiver.name << ": " << result.why << ", body " << sent.body.substr(0, 200));
  CHECK(result.status == 202);
  CHECK(result.outcome == Outcome::kIgnored);
  CHECK_FALSE(result.why.empty());
  CHECK((result.pushes.empty() && result.images.empty()));
}

const Kind kForges[] = {Kind::kGitHub,  Kind::kGitLab,    Kind::kGitea,
                        Kind::kForgejo, Kind::kBitbucket, Kind::kBitbucketServer};

std::string Form(std::string_view json) {
  std::string form = "payload=";
  for (const char c : json) {
    if (IsAsciiLetter(c) || IsAsciiDigit(c)) {
      form += c;
    } else if (c == ' ') {
      form += '+';
    } else {
      form += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return form;
}

}  // namespace

TEST_CASE("a push names its repository, its ref and its commits") {
  for (const Kind kind : kForges) {
    const Push push = OnlyPush(Sample(kind));
    INFO(KindName(kind));
    CHECK_FALSE(push.urls.empty());
    CHECK(push.ref == "refs/heads/main");
    CHECK(push.before == kBefore);
    CHECK(push.after == kAfter);
    CHECK_FALSE(push.deleted);
    CHECK_FALSE(push.forced);
    CHECK_FALSE(push.whole);
    CHECK(push.delivery == "d-1");
  }
}

TEST_CASE("a branch that is gone is told as such") {
  for (const Kind kind : {Kind::kGitHub, Kind::kGitLab, Kind::kGitea, Kind::kForgejo}) {
    const Push push = OnlyPush(WithText(kind, kAfter, kNone));
    CHECK(push.deleted);
    CHECK(push.after.empty());
    CHECK(push.before == kBefore);
  }
  const Sent cloud = Sample(Kind::kBitbucket);
  const std::size_t now = cloud.body.find("\"new\":") + 6;
  std::string body = cloud.body;
  body.replace(now, body.find("}}", now) + 2 - now, "null");
  const Push gone = OnlyPush(cloud.WithBody(body));
  CHECK(gone.deleted);
  CHECK(gone.ref == "refs/heads/main");
  CHECK(gone.after.empty());
  const Push server = OnlyPush(WithText(Kind::kBitbucketServer, "UPDATE", "DELETE"));
  CHECK(server.deleted);
  CHECK(server.after.empty());
}

TEST_CASE("a forced push is told by those who know it") {
  for (const Kind kind : {Kind::kGitHub, Kind::kGitea, Kind::kForgejo, Kind::kBitbucket}) {
    CHECK(OnlyPush(WithText(kind, "\"forced\":false", "\"forced\":true")).forced);
    CHECK_FALSE(OnlyPush(WithText(kind, "\"forced\":false", "\"forced\":\"true\"")).forced);
  }
}

TEST_CASE("tags are refs like branches") {
  CHECK(OnlyPush(WithText(Kind::kGitHub, "refs/heads/main", "refs/tags/v1")).ref == "refs/tags/v1");
  CHECK(OnlyPush(WithText(Kind::kBitbucket, "\"branch\"", "\"tag\"")).ref == "refs/tags/main");
  Sent lab = WithText(Kind::kGitLab, "\"push\"", "\"tag_push\"");
  // The commit that an annotated tag leads to, rather than the tag itself.
  const std::string commit(40, '3');
  lab = lab.WithBody(Replaced(lab.body, "\"checkout_sha\":\"" + std::string(kAfter),
                              "\"checkout_sha\":\"" + commit));
  CHECK(OnlyPush(lab).after == commit);
}

TEST_CASE("Gitea tells of branches that come and go by events of their own") {
  const Sent sent =
      Sample(Kind::kGitea)
          .WithBody(
              R"({"ref":"old","ref_type":"branch","repository":{"clone_url":"https://git.lan/me/jobs"}})");
  const Push gone = OnlyPush(sent.With("X-Gitea-Event", "delete"));
  CHECK(gone.ref == "refs/heads/old");
  CHECK(gone.deleted);
  const Push made = OnlyPush(sent.With("X-Gitea-Event", "create"));
  CHECK(made.ref == "refs/heads/old");
  CHECK_FALSE(made.deleted);
}

TEST_CASE("several changes of one push are several events with deliveries of their own") {
  const Sent sent = Sample(Kind::kBitbucket);
  const std::string change =
      R"({"new":{"type":"branch","name":"b","target":{"hash":"33"}},"old":null})";
  const Result result =
      sent.WithBody(Replaced(sent.body, "\"changes\":[", "\"changes\":[" + change + ",")).Receive();
  REQUIRE(result.pushes.size() == 2);
  CHECK(result.pushes[0].ref == "refs/heads/b");
  CHECK(result.pushes[0].after.empty());
  CHECK(result.pushes[0].delivery == "d-1");
  CHECK(result.pushes[1].delivery == "d-1/2");
}

TEST_CASE("Bitbucket Server without clone links is told from its own") {
  const Sent sent = Sample(Kind::kBitbucketServer);
  const std::size_t begin = sent.body.find("{\"clone\"");
  std::string body = sent.body;
  body.replace(begin, body.find("]}", begin) + 2 - begin,
               R"({"self":[{"href":"https://git.lan/base/projects/ME/repos/jobs/browse"}]})");
  CHECK(OnlyPush(sent.WithBody(body)).urls ==
        std::vector<std::string>{"https://git.lan/base/scm/ME/jobs"});
}

TEST_CASE("the generic sender proves that something happened, whatever its body") {
  for (const char* body : {"", "{}", "\xff\xfe", "[[[["}) {
    const Push push = OnlyPush(Sample(Kind::kGeneric).WithBody(body));
    CHECK(push.whole);
    CHECK(push.urls.empty());
  }
}

TEST_CASE("a form holds the JSON: GitHub's proof is over the form, Gitea's over the JSON") {
  constexpr std::string_view kForm = "application/x-www-form-urlencoded";
  for (const Kind kind : {Kind::kGitHub, Kind::kGitea, Kind::kForgejo}) {
    const Sent plain = Sample(kind);
    const std::string form = Form(plain.body);
    Sent over_json = plain.With("Content-Type", kForm);
    over_json.body = form;
    const Sent over_form = plain.With("Content-Type", kForm).WithBody(form);
    const bool is_github = kind == Kind::kGitHub;
    INFO(KindName(kind));
    CHECK(OnlyPush(is_github ? over_form : over_json).after == kAfter);
    CHECK((is_github ? over_json : over_form).Receive().status == 401);
    Sent with_type = is_github ? over_form : over_json;
    with_type = with_type.With("Content-Type", std::string(kForm) + "; charset=utf-8");
    CHECK(OnlyPush(with_type).after == kAfter);
  }
  const Sent sent = Sample(Kind::kGitea).With("Content-Type", kForm);
  Sent other = sent;
  other.body = "other=" + Form(sent.body);
  CHECK(other.Receive().status == 401);
}

TEST_CASE("an image is told with its host, its repository, its tag and its digest") {
  for (const Sent& sent : AllSamples()) {
    if (sent.Receive().images.empty()) continue;
    const Kind kind = sent.receiver.kind;
    const Image image = sent.Receive().images[0];
    INFO(sent.receiver.name);
    CHECK(image.repository == "team/app");
    CHECK(image.tag == "1.2");
    CHECK(image.proved == !IsProvedByPath(kind));
    CHECK(image.digest == (image.proved ? kDigest : ""));
  }
  CHECK(OnlyImage(Sample(Kind::kDistribution)).host == "registry.lan:5000");
  CHECK(OnlyImage(Sample(Kind::kDistribution)).delivery == "e-1");
  CHECK(OnlyImage(Sample(Kind::kHarbor)).host == "registry.lan");
  CHECK(OnlyImage(Sample(Kind::kZot)).host.empty());
  CHECK(OnlyImage(Sample(Kind::kZot)).delivery == "e-1");
  CHECK(OnlyImage(Sample(Kind::kDockerHub)).host == "docker.io");
  CHECK(OnlyImage(Sample(Kind::kGhcr)).host == "ghcr.io");
  const Result quay = Sample(Kind::kQuay).Receive();
  REQUIRE(quay.images.size() == 2);
  CHECK(quay.images[0].host == "quay.io");
  CHECK(quay.images[1].tag == "latest");
}

TEST_CASE("what was pushed without a tag is nothing that a spec can name") {
  CheckIgnored(WithText(Kind::kDistribution, "\"tag\":\"1.2\",", ""));
  CheckIgnored(
      WithText(Kind::kHarbor, "\"tag\":\"1.2\"", "\"tag\":\"" + std::string(kDigest) + "\""));
  CheckIgnored(WithText(Kind::kZot, "\"1.2\"", "\"" + std::string(kDigest) + "\""));
  CheckIgnored(WithText(Kind::kGhcr, "\"1.2\"", "\"\""));
}

TEST_CASE("a registry's pulls, deletions and blobs are ignored") {
  for (const char* action : {"pull", "delete", "mount", ""}) {
    CheckIgnored(WithText(Kind::kDistribution, "\"action\":\"push\"",
                          "\"action\":\"" + std::string(action) + "\""));
  }
  CheckIgnored(WithText(Kind::kHarbor, "PUSH_ARTIFACT", "DELETE_ARTIFACT"));
  CheckIgnored(Sample(Kind::kZot).With("ce-type", "zotregistry.image.deleted"));
  CheckIgnored(WithText(Kind::kGhcr, "CONTAINER", "npm"));
  CheckIgnored(WithText(Kind::kGhcr, "published", "deleted"));
}

TEST_CASE("of an envelope with many events each counts by itself") {
  const Sent sent = Sample(Kind::kDistribution);
  std::string event = sent.body.substr(sent.body.find('[') + 1);
  event.erase(event.rfind("]}"));
  const std::string pull = Replaced(event, "\"push\"", "\"pull\"");
  const std::string other = Replaced(event, "\"1.2\"", "\"1.3\"");
  const Result result =
      sent.WithBody("{\"events\":[" + pull + "," + event + ",7,null," + other + "]}").Receive();
  REQUIRE(result.images.size() == 2);
  CHECK(result.outcome == Outcome::kAccepted);
  CHECK(result.images[0].tag == "1.2");
  CHECK(result.images[1].tag == "1.3");
  std::string many = "{\"events\":[" + event;
  for (int i = 0; i < 300; ++i) many += "," + event;
  CHECK(sent.WithBody(many + "]}").Receive().images.size() == Result::kMostEvents);
}

TEST_CASE("Harbor and Zot also speak in whole cloud events") {
  const Sent harbor = Sample(Kind::kHarbor);
  std::string data = harbor.body.substr(harbor.body.find("{\"resources\""));
  data.pop_back();
  const std::string head = R"({"specversion":"1.0","id":"c-1","source":"/projects/2",)";
  const Image of_harbor =
      OnlyImage(harbor.WithBody(head + R"("type":"harbor.artifact.pushed","data":)" + data + "}"));
  CHECK(of_harbor.host == "registry.lan");
  CHECK(of_harbor.digest == kDigest);
  CHECK(of_harbor.delivery == "c-1");
  CheckIgnored(harbor.WithBody(head + R"("type":"harbor.artifact.pulled","data":)" + data + "}"));

  const Sent zot = Sample(Kind::kZot);
  const Sent whole = zot.Without("ce-type").Without("ce-id").With(
      "Content-Type", "application/cloudevents+json; charset=UTF-8");
  const std::string type = R"("type":"zotregistry.image.updated",)";
  for (const std::string& held :
       {"\"data\":" + zot.body, "\"data_base64\":\"" + EncodeBase64(zot.body) + "\""}) {
    const Image image = OnlyImage(whole.WithBody(head + type + held + "}"));
    CHECK(image.repository == "team/app");
    CHECK(image.delivery == "c-1");
  }
  CheckIgnored(whole.WithBody(head + type + R"("data_base64":"!!"})"));
  // What a header says of a whole event is not what the event is.
  CheckIgnored(whole.With("ce-type", "zotregistry.image.updated")
                   .WithBody(head + R"("type":"other","data":)" + zot.body + "}"));
}

TEST_CASE("one hook of GitHub's serves pushes and packages; of the registry only packages") {
  const Sent package = Sample(Kind::kGhcr);
  Sent at_github = package;
  at_github.receiver.kind = Kind::kGitHub;
  CHECK(OnlyImage(at_github).host == "ghcr.io");
  const std::string renamed = Replaced(package.body, "\"package\":", "\"registry_package\":");
  CHECK(OnlyImage(package.With("X-GitHub-Event", "registry_package").WithBody(renamed)).tag ==
        "1.2");
  Sent push = Sample(Kind::kGitHub);
  push.receiver.kind = Kind::kGhcr;
  CheckIgnored(push);
}

TEST_CASE("a ping is answered and does nothing") {
  for (const Kind kind : {Kind::kGitHub, Kind::kGhcr}) {
    const Result result =
        Sample(kind).With("X-GitHub-Event", "ping").WithBody(R"({"zen":"x"})").Receive();
    CHECK(result.status == 202);
    CHECK(result.outcome == Outcome::kPing);
  }
  CHECK(Sample(Kind::kBitbucketServer)
            .With("X-Event-Key", "diagnostics:ping")
            .WithBody(R"({"test":true})")
            .Receive()
            .outcome == Outcome::kPing);
}

TEST_CASE("the configured kind decides, whatever the body looks like") {
  // A post of Gitea's bears GitHub's headers, and a proof that GitHub's receiver would take.
  Sent sent = Sample(Kind::kGitea);
  sent = sent.With("X-Gitea-Event", "issues");
  CheckIgnored(sent);
  for (const Kind kind : kForges) {
    for (const Sent& other : AllSamples()) {
      if (other.receiver.kind == kind || other.proof.empty()) continue;
      Sent foreign = Sample(kind);
      foreign = foreign.WithBody(other.body);
      CHECK(foreign.Receive().status == 202);
    }
  }
}

TEST_CASE("a foreign event of a proved sender is ignored, never refused") {
  CheckIgnored(Sample(Kind::kGitHub).With("X-GitHub-Event", "issues"));
  CheckIgnored(Sample(Kind::kGitHub).Without("X-GitHub-Event"));
  CheckIgnored(Sample(Kind::kGitea).With("X-Gitea-Event", "release"));
  CheckIgnored(Sample(Kind::kBitbucket).With("X-Event-Key", "pullrequest:created"));
  CheckIgnored(Sample(Kind::kBitbucketServer).With("X-Event-Key", "pr:opened"));
  CheckIgnored(WithText(Kind::kGitLab, "\"push\"", "\"merge_request\""));
  const Result shown =
      Sample(Kind::kGitHub).With("X-GitHub-Event", "a\x1b[31m" + std::string(9000, 'x')).Receive();
  CHECK(shown.why.find('\x1b') == std::string::npos);
  CHECK(shown.why.size() < 200);
}

TEST_CASE("whatever a proved body is, it is no fault") {
  const std::string deep_lists = std::string(200'000, '[');
  std::string deep_objects;
  for (int i = 0; i < 100'000; ++i) deep_objects += "{\"a\":";
  const std::vector<std::string> bodies = {"",
                                           " ",
                                           "null",
                                           "true",
                                           "7",
                                           "\"x\"",
                                           "[]",
                                           "{}",
                                           "{",
                                           "{\"a\":}",
                                           "{}{}",
                                           "\xef\xbb\xbf",
                                           "{\"a\":\"\xff\"}",
                                           "{\"a\":\"\xed\xa0\x80\"}",
                                           "{\"ref\":\"\\ud800\"}",
                                           "{\"a\":1e999}",
                                           "{\"a\":" + std::string(10'000, '9') + "}",
                                           "{\"a\":-0.0e-999}",
                                           "{\"\\u0000\":1}",
                                           deep_lists,
                                           deep_objects,
                                           deep_lists + std::string(200'000, ']'),
                                           "NaN",
                                           "{\"a\":NaN}",
                                           "// c\n{}",
                                           std::string("{\"a\":\"\0\"}", 9),
                                           "payload={}",
                                           "<html>"};
  for (const Sent& sample : AllSamples()) {
    for (const std::string& body : bodies) {
      const Sent sent = sample.WithBody(body);
      if (sent.receiver.kind != Kind::kGeneric) CheckIgnored(sent);
    }
  }
}

TEST_CASE("another type than the sender's counts as absent") {
  const char* values[] = {"null", "true", "7", "[]", "{}", "[[\"x\"]]", "{\"href\":7}", "1e5"};
  for (const Sent& sample : AllSamples()) {
    // Every value of the body, one after another, is something else.
    for (std::size_t at = 0; (at = sample.body.find(':', at)) != std::string::npos; ++at) {
      const char next = sample.body[at + 1];
      if (sample.body[at - 1] != '"') continue;
      const char close = next == '"' ? '"' : next == '{' ? '}' : ']';
      const bool bare = next != '"' && next != '{' && next != '[';
      const std::size_t end =
          bare ? sample.body.find_first_of(",}", at + 1) : sample.body.find(close, at + 2) + 1;
      for (const char* value : values) {
        std::string body = sample.body;
        body.replace(at + 1, end - at - 1, value);
        const Result result = sample.WithBody(body).Receive();
        INFO(body);
        CHECK(result.status == 202);
        CHECK(result.outcome != Outcome::kRefused);
      }
    }
  }
}

TEST_CASE("of a key that stands twice the last value counts") {
  const Sent sent = Sample(Kind::kGitHub);
  const std::string twice = R"({"ref":"refs/heads/other",)" + sent.body.substr(1);
  CHECK(OnlyPush(sent.WithBody(twice)).ref == "refs/heads/main");
}

TEST_CASE("JSON may be 64 deep and no more") {
  const Sent sent = Sample(Kind::kGitHub);
  const auto nested = [&sent](int depth) {  // the object itself is one
    return sent.WithBody("{\"x\":" + std::string(depth - 1, '[') + std::string(depth - 1, ']') +
                         "," + sent.body.substr(1));
  };
  CHECK(OnlyPush(nested(64)).after == kAfter);
  CheckIgnored(nested(65));
  CHECK(nested(65).Receive().why.find("deep") != std::string::npos);
}

TEST_CASE("texts that are none of what they should be go no further") {
  for (const char* ref : {"main", "", "refs\\u0000", "refs/heads/a\\nb", "refs/heads/\\u202e"}) {
    CheckIgnored(WithText(Kind::kGitHub, "refs/heads/main", ref));
  }
  for (const char* commit : {"22", "zz", "2222222222222222222222222222222222222222; rm", "--all"}) {
    const Push push = OnlyPush(WithText(Kind::kGitHub, kAfter, commit));
    CHECK(push.after.empty());
  }
  for (const char* name : {"", "/team/app", "team/app/", "team app", "a\\u001b[", "te<b>m"}) {
    CheckIgnored(WithText(Kind::kDistribution, "\"team/app\"", "\"" + std::string(name) + "\""));
  }
  const Image image = OnlyImage(WithText(Kind::kDistribution, kDigest, "sha256:short"));
  CHECK(image.digest.empty());
  CHECK(OnlyImage(WithText(Kind::kDistribution, "Registry.lan:5000", "bad host")).host.empty());
}
