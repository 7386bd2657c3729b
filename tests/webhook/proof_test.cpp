// Who may post: known vectors, proofs that the openssl program makes, and every bit that is not as
// it was sent.
#include <catch2/catch.hpp>

#include "nmgr/base/base64.h"
#include "nmgr/base/hmac.h"
#include "nmgr/base/process.h"
#include "nmgr/base/text.h"
#include "support/temp_dir.h"
#include "webhook/senders.h"

using namespace nmgr;
using namespace nmgr::webhook;
using testing::AllSamples;
using testing::Sample;
using testing::Sent;

namespace {

std::string Flipped(std::string text, std::size_t bit) {
  text[bit / 8] = static_cast<char>(static_cast<unsigned char>(text[bit / 8]) ^ 1U << bit % 8);
  return text;
}

// Whether the proof is made over the body, rather than being a token.
bool IsOverBody(const Sent& sent) { return sent.WithBody("{}").headers != sent.headers; }

std::string HeaderOf(const Sent& sent, const std::string& name) {
  for (const auto& [key, value] : sent.headers) {
    if (key == name) return value;
  }
  return {};
}

Sent Standard() {
  Sent sent;
  sent.receiver = {
      .name = "lab", .kind = Kind::kGitLab, .secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"};
  sent.headers = {{"webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"},
                  {"webhook-timestamp", "1614265330"},
                  {"webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}};
  sent.body = R"({"test": 2432232314})";
  sent.proof = "webhook-signature";
  return sent;
}

void CheckEveryBit(const Sent& sent, const std::string& header) {
  const std::string value = HeaderOf(sent, header);
  REQUIRE_FALSE(value.empty());
  for (std::size_t bit = 0; bit < 8 * value.size(); ++bit) {
    const Result result = sent.With(header, Flipped(value, bit)).Receive();
    INFO(header << ", bit " << bit << ": " << result.why);
    REQUIRE(result.status == 401);
    REQUIRE(result.outcome == Outcome::kRefused);
    REQUIRE((result.pushes.empty() && result.images.empty()));
  }
}

}  // namespace

TEST_CASE("vectors that others have published hold") {
  CHECK(HexOf(HmacSha256("It's a Secret to Everybody", "Hello, World!")) ==
        "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17");
  const Sent sent = Standard();
  CHECK(sent.Receive().status == 202);
  CHECK(sent.Receive().outcome == Outcome::kIgnored);
}

TEST_CASE("what the openssl program signs is proved") {
  const testing::TempDir folder;
  for (const Sent& sent : AllSamples()) {
    if (!IsOverBody(sent)) continue;
    INFO(sent.receiver.name);
    const Path file = folder.Write("body", sent.body);
    const auto made = RealProcesses().Run(
        {"openssl", "dgst", "-r", "-sha256", "-hmac", sent.receiver.secret, file}, "/");
    if (!made) {
      WARN("SKIPPED: there is no openssl program");
      return;
    }
    REQUIRE(made->exit_code == 0);
    const std::string hex = made->out.substr(0, made->out.find(' '));
    REQUIRE(hex.size() == 64);
    const std::string given = HeaderOf(sent, sent.proof);
    const std::string prefix = given.substr(0, given.size() - 64);
    CHECK(sent.With(sent.proof, prefix + hex).Receive().outcome == Outcome::kAccepted);
  }
}

TEST_CASE("every sender's post is proved, and nobody else's") {
  for (const Sent& sent : AllSamples()) {
    INFO(sent.receiver.name);
    CHECK(sent.Receive().outcome == Outcome::kAccepted);
    CHECK(sent.Receive().status == 202);
    CHECK(sent.Receive().receiver == sent.receiver.name);
    if (sent.proof.empty()) continue;
    CHECK(sent.Without(sent.proof).Receive().status == 401);
    CHECK(sent.With(sent.proof, "").Receive().status == 401);
    Sent other = sent;
    other.receiver.secret += "!";
    CHECK(other.Receive().status == 401);
  }
}

TEST_CASE("with any bit of the proof or of a proved body otherwise it is refused") {
  for (const Sent& sent : AllSamples()) {
    INFO(sent.receiver.name);
    if (!sent.proof.empty()) CheckEveryBit(sent, sent.proof);
    if (!IsOverBody(sent)) continue;
    for (std::size_t bit = 0; bit < 8 * sent.body.size(); ++bit) {
      Sent other = sent;
      other.body = Flipped(sent.body, bit);
      INFO("bit " << bit);
      REQUIRE(other.Receive().status == 401);
    }
    Sent cut = sent;
    cut.body.pop_back();
    CHECK(cut.Receive().status == 401);
    Sent longer = sent;
    longer.body += ' ';
    CHECK(longer.Receive().status == 401);
  }
}

TEST_CASE("a signing token covers the id, the time and the body") {
  const Sent sent = Standard();
  for (const char* header : {"webhook-id", "webhook-timestamp", "webhook-signature"}) {
    CheckEveryBit(sent, header);
    CHECK(sent.Without(header).Receive().status == 401);
  }
  const std::string good = HeaderOf(sent, "webhook-signature");
  CHECK(sent.With("webhook-signature", "v1,AAAA v1a,BBBB " + good).Receive().status == 202);
  CHECK(sent.With("webhook-signature", "v2," + good.substr(3)).Receive().status == 401);
  // The signing token is no token to be sent.
  CHECK(sent.Without("webhook-signature")
            .With("X-Gitlab-Token", sent.receiver.secret)
            .Receive()
            .status == 401);
  for (const char* secret : {"whsec_", "whsec_!!!"}) {
    Sent other = sent;
    other.receiver.secret = secret;
    CHECK(other.Receive().status == 401);
  }
}

TEST_CASE("without a secret nothing is proved") {
  for (const Sent& sample : AllSamples()) {
    Sent sent = sample;
    sent.receiver.secret.clear();
    if (!sent.proof.empty()) sent = sent.With(sent.proof, testing::ProofOf(sent));
    INFO(sent.receiver.name);
    CHECK(sent.Receive().outcome == Outcome::kRefused);
    for (const char* proof : {"", "sha256=", "Bearer ", "Basic ", "null"}) {
      if (!sent.proof.empty()) CHECK(sent.With(sent.proof, proof).Receive().status == 401);
    }
  }
}

TEST_CASE("of a header that stands twice neither counts") {
  for (const Sent& sent : AllSamples()) {
    if (sent.proof.empty()) continue;
    Sent twice = sent;
    twice.headers.insert(twice.headers.begin(), {sent.proof, "x"});
    CHECK(twice.Receive().status == 401);
  }
}

TEST_CASE("names of headers have no case") {
  for (Sent sent : AllSamples()) {
    for (auto& [name, value] : sent.headers) {
      for (char& c : name) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
    CHECK(sent.Receive().outcome == Outcome::kAccepted);
  }
}

TEST_CASE("another hash than SHA-256 proves nothing") {
  const Sent sent = Sample(Kind::kGitHub);
  const std::string hex = HeaderOf(sent, sent.proof).substr(7);
  CHECK(sent.Without(sent.proof).With("X-Hub-Signature", "sha1=" + hex).Receive().status == 401);
  CHECK(sent.With(sent.proof, "sha1=" + hex).Receive().status == 401);
  CHECK(sent.With(sent.proof, hex).Receive().status == 401);
  std::string big = hex;
  for (char& c : big) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  CHECK(sent.With(sent.proof, "sha256=" + big).Receive().status == 401);
}

TEST_CASE("registries may send the secret whole, as a Bearer token or as Basic") {
  for (const Kind kind : {Kind::kDistribution, Kind::kHarbor, Kind::kZot}) {
    Sent sent = Sample(kind);
    sent.receiver.secret = "user:password";
    const std::string basic = "Basic " + EncodeBase64("user:password");
    for (const std::string& good :
         {std::string("user:password"), std::string("Bearer user:password"), basic}) {
      CHECK(sent.With("Authorization", good).Receive().outcome == Outcome::kAccepted);
    }
    for (const char* bad : {"password", "Bearer password", "bearer user:password", "Basic ",
                            "Basic dXNlcjpwYXNzd29yZB==", "Bearer  user:password"}) {
      CHECK(sent.With("Authorization", bad).Receive().status == 401);
    }
  }
}

TEST_CASE("the path finds the receiver, and proves who cannot sign") {
  const Sent hub = Sample(Kind::kDockerHub);
  const Sent git = Sample(Kind::kGitHub);
  const std::vector<Receiver> receivers = {hub.receiver, git.receiver};
  const auto status = [&](const std::string& path, const Sent& sent) {
    return Receive(receivers, {path, sent.headers, sent.body}).status;
  };
  CHECK(HookPath(git.receiver) == "/hooks/github");
  CHECK(status("/hooks/github", git) == 202);
  CHECK(status("/hooks/github/", git) == 404);
  CHECK(status("/hooks/GitHub", git) == 404);
  CHECK(status("/hooks/", git) == 404);
  CHECK(status("", git) == 404);
  CHECK(status("/hooks/nobody", git) == 404);

  const std::string path = HookPath(hub.receiver);
  REQUIRE(path.starts_with("/hooks/dockerhub/"));
  CHECK(path.size() == std::string("/hooks/dockerhub/").size() + 64);
  CHECK(path.find(hub.receiver.secret) == path.npos);
  CHECK(status(path, hub) == 202);
  CHECK(status("/hooks/dockerhub", hub) == 404);
  CHECK(status("/hooks/dockerhub/", hub) == 404);
  for (std::size_t bit = 0; bit < 8 * path.size(); ++bit) {
    REQUIRE(status(Flipped(path, bit), hub) == 404);
  }
  Receiver other = hub.receiver;
  other.name = "other";
  CHECK(HookPath(other).substr(HookPath(other).size() - 64) != path.substr(path.size() - 64));
  // By its name alone it is never taken.
  CHECK(Receive(hub.receiver, hub.headers, hub.body).status == 401);
}

TEST_CASE("a body above the limit is refused before anything else of it") {
  for (const Sent& sample : AllSamples()) {
    Sent sent = sample;
    sent.receiver.most_body = sent.body.size();
    CHECK(sent.Receive().status == 202);
    sent.receiver.most_body -= 1;
    INFO(sent.receiver.name);
    CHECK(sent.Receive().status == 413);
    CHECK(sent.Receive().outcome == Outcome::kRefused);
  }
}
