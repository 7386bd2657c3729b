// Real servers: ssh with keys, https with a token; what leaks nowhere; whose fault it is.
#include <atomic>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "git/mirrored.h"
#include "nmgr/base/base64.h"
#include "support/git_server.h"

namespace nmgr::git {
namespace {

namespace fs = std::filesystem;
using testing::GitHttpOptions;
using testing::GitHttpServer;
using testing::GitOrigin;
using testing::Socket;
using testing::SshServer;

constexpr const char* kToken = "ghp_0123456789abcdefghijABCDEFGHIJ0123";

bool Has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// The argument lists of all processes of this machine, some of which end while they are read.
std::string AllArguments() {
  std::string all;
  std::error_code error;
  for (fs::directory_iterator at("/proc", error), end; !error && at != end; at.increment(error)) {
    all += RealFileSystem().ReadFile(at->path() / "cmdline", kMaxFileSize).value_or("") + '\n';
  }
  return all;
}

// A mirror over https with the token in a file.
struct OverHttps : Mirrored {
  OverHttps(const GitOrigin& origin, const GitHttpServer& server) : Mirrored(origin) {
    access.url = server.url();
    access.allow_file = false;
    access.host = server.host();
    access.token_file = dir.Write("token", std::string(kToken) + "\n");
    access.ca_file = testing::Certificate().certificate_file;
    Open();
  }
};

TEST_CASE("a token opens a repository over https, and is in no argument and no file") {
  GitOrigin origin;
  origin.Write("a", "1");
  const std::string commit = origin.Commit();
  std::atomic<int> looked = 0;
  std::atomic<bool> leaked = false;
  GitHttpOptions options;
  options.socket = Socket::kTls;
  options.token = kToken;
  options.instead = [&](const std::string&) -> std::optional<std::string> {
    const std::string all = AllArguments();
    if (Has(all, "remote-https")) ++looked;
    for (const std::string& secret :
         {std::string(kToken), EncodeBase64(std::string("x-access-token:") + kToken)}) {
      if (Has(all, secret)) leaked = true;
    }
    return std::nullopt;
  };
  GitHttpServer server(origin.dir().path(), options);
  OverHttps at(origin, server);
  CHECK(at.mirror->RemoteCommit().value() == commit);
  const auto fetched = at.mirror->Fetch();
  if (!fetched) FAIL(fetched.error().message);
  CHECK(fetched->commit == commit);
  CHECK(looked > 0);
  CHECK_FALSE(leaked);
  for (const auto& file : fs::recursive_directory_iterator(at.folder())) {
    if (!file.is_regular_file()) continue;
    INFO(file.path());
    CHECK_FALSE(Has(RealFileSystem().ReadFile(file.path(), kMaxFileSize).value(), kToken));
  }
  // Sent with the first request: no round in which it is asked for.
  for (const std::string& request : server.requests()) CHECK(Has(request, "Authorization: Basic "));

  // A token that was replaced on the disk is taken from there.
  at.dir.Write("token", "of somebody else");
  CHECK(at.mirror->RemoteCommit().error().code == ErrorCode::kConfig);
  at.dir.Write("token", "expired");
  const Error error = at.mirror->RemoteCommit().error();
  CHECK(error.code == ErrorCode::kForbidden);
  CHECK(Has(error.message, "127.0.0.1 does not take the token"));
  at.dir.Write("token", kToken);
  CHECK(at.mirror->RemoteCommit().value() == commit);
}

TEST_CASE("a server that repeats the token gets it into no message") {
  GitOrigin origin;
  origin.Commit();
  GitHttpOptions options;
  options.socket = Socket::kTls;
  options.instead = [](const std::string& request) {
    const std::size_t at = request.find("Authorization: ");
    return testing::Answer(403, "remote: you sent " + request.substr(at, 120), "text/plain", "");
  };
  GitHttpServer server(origin.dir().path(), options);
  OverHttps at(origin, server);
  const Error error = at.mirror->Fetch().error();
  CHECK(error.code == ErrorCode::kForbidden);
  INFO(error.message);
  CHECK_FALSE(Has(error.message, kToken));
  CHECK_FALSE(Has(error.message, EncodeBase64(std::string("x-access-token:") + kToken)));
}

TEST_CASE("a credential goes to its host only, and follows nobody") {
  GitOrigin origin;
  origin.Commit();
  GitHttpServer elsewhere(origin.dir().path());
  GitHttpOptions options;
  options.socket = Socket::kTls;
  options.instead = [&](const std::string&) {
    return testing::Answer(
        302, "", "text/plain",
        "Location: " + elsewhere.url() + "/info/refs?service=git-upload-pack\r\n");
  };
  GitHttpServer server(origin.dir().path(), options);
  OverHttps at(origin, server);
  SECTION("a redirect") {
    const Error error = at.mirror->Fetch().error();
    CHECK(error.code == ErrorCode::kUnreachable);
    CHECK(Has(error.message, "redirects are not followed"));
    CHECK_FALSE(server.requests().empty());
  }
  SECTION("another host") {
    at.access.host = "git.example.org";
    at.Open();
    const Error error = at.mirror->Fetch().error();
    CHECK(error.code == ErrorCode::kConfig);
    CHECK(Has(error.message, "the credential is for git.example.org and is not sent to 127.0.0.1"));
    CHECK(server.requests().empty());
  }
  SECTION("no host") {
    at.access.host = "";
    at.Open();
    CHECK(at.mirror->Fetch().error().code == ErrorCode::kConfig);
    CHECK(server.requests().empty());
  }
  SECTION("plain http") {
    at.access.url = elsewhere.url();
    at.access.host = elsewhere.host();
    at.Open();
    CHECK(at.mirror->Fetch().error().code == ErrorCode::kConfig);
  }
  CHECK(elsewhere.requests().empty());
}

TEST_CASE("a server without a repository, with a login page or a foreign certificate says so") {
  GitOrigin origin;
  origin.Commit();
  std::string answer;
  GitHttpOptions options;
  options.socket = Socket::kTls;
  options.instead = [&](const std::string&) { return answer; };
  GitHttpServer server(origin.dir().path(), options);
  OverHttps at(origin, server);
  SECTION("a login page") {
    answer = testing::Answer(200, "<html>\n<form action=/login>\n", "text/html");
    const Error error = at.mirror->Fetch().error();
    CHECK(error.code == ErrorCode::kUnreachable);
    CHECK(Has(error.message, "no git repository (a login page?)"));
    CHECK(at.mirror->RemoteCommit().error().message == error.message);
  }
  SECTION("a login page of one line") {
    answer = testing::Answer(200, "<html><form action=/login>", "text/html");
    const Error error = at.mirror->Fetch().error();
    CHECK(error.code == ErrorCode::kNotFound);
    CHECK(Has(error.message, "refs/heads/main is not there, nor any other branch"));
    CHECK(Has(error.hint, "login page"));
    CHECK(at.mirror->RemoteCommit().error().message == error.message);
  }
  SECTION("not found") {
    answer = testing::Answer(404, "Not Found", "text/plain");
    CHECK(at.mirror->Fetch().error().code == ErrorCode::kNotFound);
  }
  SECTION("out of order") {
    answer = testing::Answer(502, "Bad Gateway", "text/plain");
    CHECK(at.mirror->Fetch().error().code == ErrorCode::kUnreachable);
  }
  SECTION("too many questions") {
    answer = testing::Answer(429, "Slow down", "text/plain");
    CHECK(at.mirror->Fetch().error().code == ErrorCode::kUnreachable);
  }
  SECTION("a login is wanted") {
    answer = testing::Answer(401, "", "text/plain", "WWW-Authenticate: Basic realm=\"x\"\r\n");
    at.access.token_file = "";
    at.Open();
    const Error error = at.mirror->Fetch().error();
    CHECK(error.code == ErrorCode::kForbidden);
    CHECK(Has(error.message, "wants a login"));
  }
  SECTION("a certificate that nobody signed") {
    at.access.ca_file = "";
    at.Open();
    const Error error = at.mirror->Fetch().error();
    INFO(error.message);
    CHECK(error.code == ErrorCode::kForbidden);
    CHECK(Has(error.message, "certificate of 127.0.0.1 is not trusted"));
  }
  SECTION("nobody") {
    at.access.url = "https://127.0.0.1:1/x";
    at.access.host = "127.0.0.1:1";
    at.Open();
    CHECK(at.mirror->Fetch().error().code == ErrorCode::kUnreachable);
  }
}

TEST_CASE("plain http where it is allowed") {
  GitOrigin origin;
  const std::string commit = origin.Commit();
  GitHttpOptions options;
  options.token = kToken;
  options.user = "me";
  GitHttpServer server(origin.dir().path(), options);
  OverHttps at(origin, server);
  at.access.allow_http = true;
  at.access.user = "me";
  at.Open();
  CHECK(at.mirror->Fetch().value().commit == commit);
}

TEST_CASE("token files that hold no token are told") {
  GitOrigin origin;
  GitHttpServer server(origin.dir().path());
  OverHttps at(origin, server);
  at.access.url = "https://" + server.host() + "/x";
  for (const char* content : {"", "\n", "two words", "a\nb"}) {
    at.dir.Write("token", content);
    at.Open();
    CHECK(at.mirror->Check().error().code == ErrorCode::kConfig);
  }
  at.access.token_file = at.dir.At("absent");
  at.Open();
  CHECK(at.mirror->Check().error().code == ErrorCode::kConfig);
  CHECK(server.requests().empty());
}

// A mirror over ssh with the right key.
struct OverSsh : Mirrored {
  OverSsh(const GitOrigin& origin, const SshServer& server) : Mirrored(origin) {
    access.url = server.Url(origin.path());
    access.allow_file = false;
    access.host = server.host();
    access.key_file = server.key_file();
    access.known_hosts = server.known_hosts();
    Open();
  }
};

TEST_CASE("a key opens a repository over ssh; each thing that is wrong is told by itself") {
  const std::unique_ptr<SshServer> server = SshServer::Start();
  if (!server) {
    WARN("SKIPPED: there is no sshd here");
    return;
  }
  GitOrigin origin;
  origin.Write("a", "1");
  const std::string commit = origin.Commit();
  OverSsh at(origin, *server);
  const auto fails = [&](ErrorCode code, const char* words) {
    at.Open();
    const Error error = at.mirror->Fetch().error();
    INFO(error.message << " | " << error.hint);
    CHECK(error.code == code);
    CHECK(Has(error.message, words));
    CHECK_FALSE(error.hint.empty());
    CHECK(at.mirror->RemoteCommit().error().code == code);
  };
  SECTION("the right one") {
    const auto remote = at.mirror->RemoteCommit();
    if (!remote) FAIL(remote.error().message);
    CHECK(*remote == commit);
    CHECK(at.mirror->Fetch().value().commit == commit);
    CHECK(at.mirror->CheckOut(commit, at.trees()));
    at.access.ref = "refs/heads/gone";
    fails(ErrorCode::kNotFound, "refs/heads/gone is not there");
    at.access.ref = "refs/heads/main";
    at.access.url = server->Url("/nowhere");
    fails(ErrorCode::kNotFound, "there is no such repository at 127.0.0.1");
  }
  SECTION("paths with blanks") {
    at.access.key_file = server->dir().Write("with blank/a key", server->dir().Read("key"));
    fs::permissions(at.access.key_file, fs::perms::owner_read | fs::perms::owner_write);
    at.access.known_hosts =
        server->dir().Write("with blank/known hosts", server->dir().Read("known"));
    at.Open();
    CHECK(at.mirror->Fetch().value().commit == commit);
  }
  SECTION("a key that the server does not take") {
    at.access.key_file = server->other_key_file();
    fails(ErrorCode::kForbidden, "127.0.0.1 does not take the key");
  }
  SECTION("a host key that is not known") {
    at.access.known_hosts = server->dir().Write("none", "");
    fails(ErrorCode::kForbidden, "the host key of 127.0.0.1 is not in known_hosts");
  }
  SECTION("a host key that has changed") {
    at.access.known_hosts = server->changed_hosts();
    fails(ErrorCode::kForbidden, "127.0.0.1 shows another host key");
  }
  SECTION("a key file that others may read") {
    fs::permissions(server->key_file(), fs::perms(0644));
    fails(ErrorCode::kConfig, "others may read it (mode 0644)");
  }
  SECTION("a key file that is none") {
    at.access.key_file = server->dir().Write("nonsense", "nonsense\n");
    fs::permissions(at.access.key_file, fs::perms(0600));
    fails(ErrorCode::kConfig, "ssh cannot read the key file");
  }
  SECTION("a key with a passphrase") {
    REQUIRE(
        RealProcesses()
            .Run({"ssh-keygen", "-q", "-p", "-N", "secret words", "-f", server->key_file()}, "/")
            ->exit_code == 0);
    fails(ErrorCode::kForbidden, "127.0.0.1 does not take the key");
  }
  SECTION("nobody answers") {
    at.access.url = "ssh://git@127.0.0.1:1/x";
    at.access.host = "127.0.0.1:1";
    at.Open();
    const Error error = at.mirror->Fetch().error();
    CHECK(error.code == ErrorCode::kUnreachable);
  }
}

TEST_CASE("what is wrong with the files of ssh is told before anybody is asked") {
  GitOrigin origin;
  Mirrored at(origin);
  at.access.url = "git@git.example.org:me/jobs";
  at.access.host = "git.example.org";
  const Path key = at.dir.Write("key", "x");
  fs::permissions(key, fs::perms(0600));
  at.access.key_file = key;
  at.access.known_hosts = at.dir.Write("known", "");
  const auto check = [&] {
    at.Open();
    return at.mirror->Check();
  };
  CHECK(check());
  const auto fails = [&](const char* words) {
    const auto checked = check();
    REQUIRE_FALSE(checked);
    INFO(checked.error().message);
    CHECK(checked.error().code == ErrorCode::kConfig);
    CHECK(Has(checked.error().message, words));
  };
  SECTION("no known_hosts") {
    at.access.known_hosts = "";
    fails("ssh needs the keys of git.example.org: known_hosts");
  }
  SECTION("absent known_hosts") {
    at.access.known_hosts = at.dir.At("absent");
    fails("known_hosts");
  }
  SECTION("no key") {
    at.access.key_file = "";
    fails("ssh needs a key file");
  }
  SECTION("an absent key") {
    at.access.key_file = at.dir.At("absent");
    fails("key file");
  }
  SECTION("a folder") {
    at.access.key_file = at.dir.MakeFolder("folder");
    fails("not a regular file");
  }
  SECTION("a token in the place of a key") {
    at.access.token_file = key;
    at.access.key_file = "";
    fails("a token file goes with https");
  }
  SECTION("a path that a shell or ssh would read in its own way") {
    for (const char* name : {"a'b", "a\"b", "$(id)", "%h", "a\\b", "a;b", "${HOME}"}) {
      at.access.key_file = at.dir.Write(name, "x");
      fails("absolute paths without quotes and other marks only");
    }
    at.access.key_file = "key";
    fails("absolute paths");
  }
  SECTION("a user that ssh would take for an option") {
    at.access.url = "ssh://git.example.org/x";
    for (const char* user : {"-oProxyCommand=id", "a'b", "a b"}) {
      at.access.user = user;
      fails("user");
    }
  }
}

}  // namespace
}  // namespace nmgr::git
