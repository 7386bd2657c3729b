// Notifications against a server that says what a test wants: forms, tries, the queue, once an
// hour; and that whoever has news never waits.
#include "nmgr/serve/notify.h"

#include <sys/stat.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <condition_variable>
#include <mutex>
#include <nlohmann/json.hpp>

#include "nmgr/base/hmac.h"
#include "support/raw_server.h"
#include "support/temp_dir.h"

using namespace nmgr;
using namespace nmgr::serve;
using namespace std::chrono_literals;
using nlohmann::json;
using nmgr::testing::Answer;
using nmgr::testing::Peer;
using nmgr::testing::RawServer;

namespace {

constexpr Duration kLong = 30s;  // a bound for what hangs, no measure

// Time passes only by sleeping.
class LeapingClock : public Clock {
 public:
  TimePoint Now() override {
    const std::scoped_lock lock(mutex_);
    return now_;
  }
  WallTime Wall() override { return {}; }
  void Sleep(Duration pause, std::stop_token) override {
    const std::scoped_lock lock(mutex_);
    now_ += pause;
    pauses_.push_back(pause);
  }
  std::vector<Duration> pauses() {
    const std::scoped_lock lock(mutex_);
    return pauses_;
  }

 private:
  std::mutex mutex_;
  TimePoint now_{1h};
  std::vector<Duration> pauses_;
};

News Failed(const std::string& job = "web") {
  News news;
  news.topic = Topic::kFailed;
  news.source = "homelab";
  news.name_space = "default";
  news.job = job;
  news.commit = std::string(40, 'c');
  news.reason = "its deployment failed";
  news.hint = "nmgr logs " + job;
  return news;
}

std::string BodyOf(const std::string& request) {
  const std::size_t end = request.find("\r\n\r\n");
  REQUIRE(end != std::string::npos);
  return request.substr(end + 4);
}

std::unique_ptr<Notifier> MakeNotifier(std::vector<Channel> channels, Clock& clock,
                                       NotifyOptions options = {}) {
  auto notifier = Notifier::Make(std::move(channels), clock, std::move(options));
  INFO((notifier ? "" : notifier.error().message));
  REQUIRE(notifier);
  return *std::move(notifier);
}

// Answers the n-th request with the n-th of these, the last one for ever.
RawServer::Script Saying(std::vector<std::string> answers) {
  auto next = std::make_shared<std::atomic<std::size_t>>(0);
  return [answers, next](Peer& peer) {
    while (peer.ReadRequest()) {
      const std::size_t at = std::min(next->fetch_add(1), answers.size() - 1);
      if (answers[at].empty() || !peer.Send(answers[at])) return;
    }
  };
}

}  // namespace

TEST_CASE("a signed letter holds what happened") {
  RawServer server(Saying({Answer(200, "")}));
  LeapingClock clock;
  auto notifier = MakeNotifier(
      {{.name = "ops", .url = server.address() + "/hook?a=1", .secret = "key"}}, clock);
  notifier->Tell(Failed());
  REQUIRE(notifier->Drain(kLong));
  REQUIRE(server.requests().size() == 1);
  const std::string request = server.requests()[0];
  CHECK(request.starts_with("POST /hook?a=1 HTTP/1.1\r\n"));
  CHECK(request.find("Content-Type: application/json\r\n") != std::string::npos);
  CHECK(request.find("X-Nmgr-Event: failed\r\n") != std::string::npos);
  const std::string body = BodyOf(request);
  CHECK(request.find("X-Signature: sha256=" + HexOf(HmacSha256("key", body)) + "\r\n") !=
        std::string::npos);
  const json document = json::parse(body);
  CHECK(document["event"] == "failed");
  CHECK(document["instance"] == "default");
  CHECK(document["source"] == "homelab");
  CHECK(document["namespace"] == "default");
  CHECK(document["job"] == "web");
  CHECK(document["commit"] == std::string(40, 'c'));
  CHECK(document["reason"] == "its deployment failed");
  CHECK(document["hint"] == "nmgr logs web");
  CHECK(document["time"] == "1970-01-01T00:00:00.000000Z");
  CHECK(document["text"] == "failed: default/web: its deployment failed (homelab, cccccccccccc)");
  CHECK(notifier->counts().sent == 1);
}

TEST_CASE("without a secret a letter has no signature") {
  const Letter letter =
      LetterFor({.name = "ops", .url = "http://a.lan"}, Failed(), "default").value();
  CHECK(letter.target == "/");
  for (const std::string& header : letter.headers) CHECK(header.find("X-Signature") == header.npos);
}

TEST_CASE("a chat in the form of Slack gets one text") {
  News news = Failed();
  news.reason = "<!channel> a & b";
  const Letter letter =
      LetterFor({.name = "c", .format = Format::kSlack, .url = "https://hooks.lan/T/B/x"}, news,
                "i")
          .value();
  CHECK(letter.target == "/T/B/x");
  CHECK(letter.headers.empty());
  CHECK(json::parse(letter.body) == json{{"text",
                                          "failed: default/web: &lt;!channel&gt; a &amp; b "
                                          "(homelab, cccccccccccc)\nnmgr logs web"}});
}

TEST_CASE("ntfy gets JSON with the topic, so that nothing of the news is a header") {
  Channel channel{.name = "n",
                  .format = Format::kNtfy,
                  .url = "https://ntfy.lan/base/my%2Dtopic?x=1",
                  .secret = "tk_1"};
  News news = Failed();
  news.reason = "a\r\nX-Evil: 1";
  const Letter letter = LetterFor(channel, news, "i").value();
  CHECK(letter.target == "/base/");
  CHECK(letter.headers == std::vector<std::string>{"Authorization: Bearer tk_1"});
  const json document = json::parse(letter.body);
  CHECK(document["topic"] == "my-topic");
  CHECK(document["title"] == "failed: default/web");
  CHECK(document["message"] == "a\\x0d\\x0aX-Evil: 1 (homelab, cccccccccccc)\nnmgr logs web");
  CHECK(document["priority"] == 4);
  CHECK(document["tags"].size() == 1);
}

TEST_CASE("every topic has its word, and news of a source have no job") {
  CHECK(TopicNames() == std::vector<std::string>{"failed", "recovered", "known-bad", "drift",
                                                 "frozen", "orphan", "digest-moved",
                                                 "lease-changed"});
  for (const std::string& name : TopicNames()) CHECK(TopicName(*TopicOf(name)) == name);
  CHECK_FALSE(TopicOf("nothing").has_value());
  CHECK_FALSE(FormatOf("mail").has_value());
  for (const std::string& name : FormatNames()) CHECK(FormatOf(name).has_value());
  News news;
  news.topic = Topic::kLeaseChanged;
  news.source = "homelab";
  news.subject = "copy-2";
  CHECK(news.Line() == "lease-changed: homelab (copy-2)");
  const json document =
      json::parse(LetterFor({.name = "ops", .url = "http://a.lan/x"}, news, "i")->body);
  CHECK_FALSE(document.contains("job"));
  CHECK_FALSE(document.contains("commit"));
}

TEST_CASE("hostile and endless texts are cut and made visible") {
  News news = Failed("a\x1b[31m\xff");
  news.reason = std::string(10'000, 'x') + "\xe2\x82\xac";
  for (const Format format : {Format::kJson, Format::kSlack, Format::kNtfy}) {
    const Letter letter =
        LetterFor({.name = "c", .format = format, .url = "https://a.lan/t"}, news, "i").value();
    CHECK(json::accept(letter.body));
    CHECK(letter.body.find('\x1b') == std::string::npos);
    CHECK(letter.body.size() < 4000);
  }
}

TEST_CASE("a channel that no request can reach is refused, without its path in the message") {
  LeapingClock clock;
  for (const char* url :
       {"", "ntfy.lan/topic", "ftp://a.lan/x", "unix:///run/x", "https://", "http://a b/",
        "https://a.lan/x\r\nEvil: 1", "http://a.lan:port/secret-path"}) {
    const auto notifier = Notifier::Make({{.name = "ops", .url = url}}, clock);
    INFO(url);
    REQUIRE_FALSE(notifier.has_value());
    CHECK(notifier.error().code == ErrorCode::kConfig);
    CHECK(notifier.error().message.starts_with("notify.ops: "));
    CHECK(notifier.error().message.find("secret-path") == std::string::npos);
  }
  const auto topicless =
      Notifier::Make({{.name = "n", .format = Format::kNtfy, .url = "https://ntfy.lan/"}}, clock);
  CHECK_FALSE(topicless.has_value());
}

TEST_CASE("what passes is tried three times, longer and longer apart") {
  LeapingClock clock;
  SECTION("and taken the third time") {
    RawServer server(Saying({Answer(503, ""), "", Answer(204, "")}));
    auto notifier = MakeNotifier({{.name = "ops", .url = server.address() + "/h"}}, clock);
    notifier->Tell(Failed());
    REQUIRE(notifier->Drain(kLong));
    CHECK(server.requests().size() == 3);
    CHECK(notifier->counts().sent == 1);
    CHECK(notifier->counts().failed == 0);
    CHECK(clock.pauses() == std::vector<Duration>{1s, 5s});
    CHECK(BodyOf(server.requests()[0]) == BodyOf(server.requests()[2]));
  }
  SECTION("and given up then") {
    RawServer server(Saying({Answer(500, "")}));
    auto notifier = MakeNotifier({{.name = "ops", .url = server.address() + "/h"}}, clock);
    notifier->Tell(Failed());
    notifier->Tell(Failed("db"));
    REQUIRE(notifier->Drain(kLong));
    CHECK(server.requests().size() == 6);
    CHECK(notifier->counts().sent == 0);
    CHECK(notifier->counts().failed == 2);
  }
  SECTION("as late as it asks for, within a minute") {
    RawServer server(
        Saying({Answer(429, "", "text/plain", "Retry-After: 30\r\n"),
                Answer(429, "", "text/plain", "Retry-After: 9999\r\n"), Answer(200, "")}));
    auto notifier = MakeNotifier({{.name = "ops", .url = server.address() + "/h"}}, clock);
    notifier->Tell(Failed());
    REQUIRE(notifier->Drain(kLong));
    CHECK(notifier->counts().sent == 1);
    CHECK(clock.pauses() == std::vector<Duration>{30s, 60s});
  }
  SECTION("and a refusal once") {
    RawServer server(Saying({Answer(403, "")}));
    auto notifier = MakeNotifier({{.name = "ops", .url = server.address() + "/h"}}, clock);
    notifier->Tell(Failed());
    REQUIRE(notifier->Drain(kLong));
    CHECK(server.requests().size() == 1);
    CHECK(notifier->counts().failed == 1);
  }
}

TEST_CASE("a redirect is not followed") {
  RawServer other(Saying({Answer(200, "")}));
  RawServer server(
      Saying({Answer(302, "", "text/plain", "Location: " + other.address() + "/x\r\n")}));
  LeapingClock clock;
  auto notifier = MakeNotifier({{.name = "ops", .url = server.address() + "/h"}}, clock);
  notifier->Tell(Failed());
  REQUIRE(notifier->Drain(kLong));
  CHECK(notifier->counts().failed == 1);
  CHECK(server.requests().size() == 1);
  CHECK(other.connections() == 0);
}

TEST_CASE("the same news are told once an hour") {
  RawServer server(Saying({Answer(200, "")}));
  LeapingClock clock;
  auto notifier = MakeNotifier({{.name = "ops", .url = server.address() + "/h"}}, clock);
  News other_words = Failed();
  other_words.reason = "it still is so";
  other_words.at = WallTime(1s);
  notifier->Tell(Failed());
  notifier->Tell(Failed());
  notifier->Tell(other_words);
  clock.Sleep(1h - 1ms, {});
  notifier->Tell(Failed());
  REQUIRE(notifier->Drain(kLong));
  CHECK(server.requests().size() == 1);
  CHECK(notifier->counts().repeated == 3);
  clock.Sleep(1ms, {});
  notifier->Tell(Failed());
  News of_another_commit = Failed();
  of_another_commit.commit = std::string(40, 'd');
  notifier->Tell(of_another_commit);
  News recovered = Failed();
  recovered.topic = Topic::kRecovered;
  notifier->Tell(recovered);
  REQUIRE(notifier->Drain(kLong));
  CHECK(server.requests().size() == 4);
  CHECK(notifier->counts().sent == 4);
}

TEST_CASE("a channel gets what it wants and nothing else") {
  RawServer server(Saying({Answer(200, "")}));
  LeapingClock clock;
  auto notifier =
      MakeNotifier({{.name = "a", .url = server.address() + "/frozen", .topics = {Topic::kFrozen}},
                    {.name = "b", .url = server.address() + "/lab", .sources = {"homelab"}}},
                   clock);
  News news = Failed();
  notifier->Tell(news);
  news.source = "work";
  notifier->Tell(news);
  news.topic = Topic::kFrozen;
  notifier->Tell(news);
  REQUIRE(notifier->Drain(kLong));
  std::vector<std::string> lines;
  for (const std::string& request : server.requests()) {
    lines.push_back(request.substr(0, request.find(" HTTP")));
  }
  std::sort(lines.begin(), lines.end());
  CHECK(lines == std::vector<std::string>{"POST /frozen", "POST /lab"});
}

TEST_CASE("a channel that does not answer keeps up nobody, and of its queue the oldest go") {
  std::mutex mutex;
  std::condition_variable changed;
  bool may_answer = false;
  RawServer slow([&](Peer& peer) {
    while (peer.ReadRequest()) {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return may_answer; });
      lock.unlock();
      if (!peer.Send(Answer(200, ""))) return;
    }
  });
  RawServer quick(Saying({Answer(200, "")}));
  LeapingClock clock;
  auto notifier = MakeNotifier({{.name = "slow", .url = slow.address() + "/s"},
                                {.name = "quick", .url = quick.address() + "/q"}},
                               clock);
  notifier->Tell(Failed("first"));
  REQUIRE(slow.WaitForRequests(1));  // it is on its way, and stays there
  for (std::size_t i = 0; i < Notifier::kQueue + 5; ++i) {
    notifier->Tell(Failed("j" + std::to_string(i)));
    // The other one takes all of them meanwhile.
    REQUIRE(quick.WaitForRequests(i + 1));
  }
  REQUIRE(quick.WaitForRequests(Notifier::kQueue + 6));
  CHECK(slow.requests().size() == 1);
  CHECK_FALSE(notifier->Drain(1ms));
  {
    const std::scoped_lock lock(mutex);
    may_answer = true;
  }
  changed.notify_all();
  REQUIRE(notifier->Drain(kLong));
  CHECK(slow.requests().size() == 1 + Notifier::kQueue);
  CHECK(slow.requests()[1].find("default/j5:") != std::string::npos);
  CHECK(notifier->counts().dropped == 5);
  CHECK(notifier->counts().sent == 2 * Notifier::kQueue + 7);
}

TEST_CASE("the end does not wait for a channel that does not answer") {
  std::mutex mutex;
  std::condition_variable changed;
  bool over = false;
  RawServer silent([&](Peer& peer) {
    while (peer.ReadRequest()) {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return over; });
      return;
    }
  });
  LeapingClock clock;
  {
    auto notifier =
        MakeNotifier({{.name = "s", .url = silent.address() + "/s"}}, clock, {.try_limit = 600s});
    notifier->Tell(Failed());
    REQUIRE(silent.WaitForRequests(1));
  }  // would last ten minutes
  {
    const std::scoped_lock lock(mutex);
    over = true;
  }
  changed.notify_all();
  CHECK(silent.requests().size() == 1);
}

TEST_CASE("known secrets are not told") {
  RawServer server(Saying({Answer(200, "")}));
  LeapingClock clock;
  Redactor redactor;
  redactor.Add("hunter2-of-me");
  auto notifier = MakeNotifier({{.name = "ops", .url = server.address() + "/h"}}, clock,
                               {.redactor = &redactor});
  News news = Failed();
  news.reason = "login with hunter2-of-me and DB_PASSWORD=abcdefgh failed";
  notifier->Tell(news);
  REQUIRE(notifier->Drain(kLong));
  REQUIRE(server.requests().size() == 1);
  CHECK(server.requests()[0].find("hunter2") == std::string::npos);
  CHECK(server.requests()[0].find("abcdefgh") == std::string::npos);
}

TEST_CASE("without a channel news go nowhere") {
  LeapingClock clock;
  auto notifier = MakeNotifier({}, clock);
  notifier->Tell(Failed());
  CHECK(notifier->Drain(kLong));
  CHECK(notifier->counts().sent == 0);
}

TEST_CASE("channels are made of their tables") {
  const nmgr::testing::TempDir folder;
  sync::NotifyTable table;
  table.name = "ops";
  table.place = "config.toml:9";
  table.type = "slack";
  table.events = {"failed", "drift"};
  table.sources = {"lab"};
  const auto fault = [&] {
    const auto made = MakeChannels({table}, RealFileSystem());
    REQUIRE_FALSE(made.has_value());
    CHECK(made.error().code == ErrorCode::kConfig);
    CHECK(made.error().message.find("otify.ops") != std::string::npos);
    return made.error().message;
  };
  CHECK(fault().find("either url or url_file") != std::string::npos);
  table.url_file = folder.Write("url", "https://hooks.lan/T/secret\n");
  REQUIRE(::chmod(table.url_file.c_str(), 0640) == 0);
  CHECK(fault().find("others may read") != std::string::npos);
  REQUIRE(::chmod(table.url_file.c_str(), 0600) == 0);
  const auto made = MakeChannels({table}, RealFileSystem());
  REQUIRE(made);
  CHECK(made->at(0).url == "https://hooks.lan/T/secret");
  CHECK(made->at(0).format == Format::kSlack);
  CHECK(made->at(0).topics == std::vector<Topic>{Topic::kFailed, Topic::kDrift});
  CHECK(made->at(0).sources == std::vector<std::string>{"lab"});
  table.events = {"fail"};
  CHECK(fault().find("there is no \"fail\"") != std::string::npos);
  table.events.clear();
  table.type = "mail";
  CHECK(fault().find("there is no \"mail\"") != std::string::npos);
  table.type = "ntfy";
  table.url_file.clear();
  table.url = "https://ntfy.lan/";
  CHECK(fault().find("has no topic") != std::string::npos);
}
