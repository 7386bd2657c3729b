#include "nmgr/git/url.h"

#include <catch2/catch.hpp>
#include <string>

namespace nmgr::git {
namespace {

// "transport user host port path", or "refused: WHY".
std::string Parts(const std::string& text) {
  const Expected<Url> url = ParseUrl(text);
  if (!url) {
    CHECK(url.error().code == ErrorCode::kConfig);
    return "refused: " + url.error().message;
  }
  CHECK(url->text == text);
  const char* transports[] = {"https", "http", "ssh", "file"};
  return std::string(transports[static_cast<int>(url->transport)]) + " " + url->user + "," +
         url->host + "," + url->port + " " + url->path;
}

TEST_CASE("addresses of repositories are read into their parts") {
  CHECK(Parts("https://git.example.org/me/jobs.git") == "https ,git.example.org, /me/jobs.git");
  CHECK(Parts("https://GIT.example.org:8443/jobs") == "https ,git.example.org,8443 /jobs");
  CHECK(Parts("http://gitea.lan:3000/me/jobs") == "http ,gitea.lan,3000 /me/jobs");
  CHECK(Parts("ssh://git@host:2222/srv/jobs.git") == "ssh git,host,2222 /srv/jobs.git");
  CHECK(Parts("ssh://host/jobs") == "ssh ,host, /jobs");
  CHECK(Parts("git@github.com:me/jobs.git") == "ssh git,github.com, me/jobs.git");
  CHECK(Parts("host:jobs") == "ssh ,host, jobs");
  CHECK(Parts("git@[::1]:jobs") == "ssh git,::1, jobs");
  CHECK(Parts("ssh://[::1]:22/jobs") == "ssh ,::1,22 /jobs");
  CHECK(Parts("file:///srv/git/jobs.git") == "file ,, /srv/git/jobs.git");
}

TEST_CASE("a credential is bound to the host with its port") {
  CHECK(ParseUrl("https://a.example.org/x")->Authority() == "a.example.org");
  CHECK(ParseUrl("ssh://git@A:2222/x")->Authority() == "a:2222");
  CHECK(ParseUrl("ssh://[::1]:22/x")->Authority() == "[::1]:22");
}

TEST_CASE("what git would run something for, or take for an option, is no address") {
  for (const char* text : {"",
                           "ext::sh -c id",
                           "ext::sh",
                           "fd::17",
                           "-oProxyCommand=id",
                           "--upload-pack=id",
                           "/srv/jobs",
                           "./jobs",
                           "jobs",
                           "ftp://host/x",
                           "git://host/x",
                           "https://",
                           "https://host",
                           "https://host/",
                           "ssh://-oProxyCommand=id/x",
                           "-x@host:path",
                           "ssh://-x@host/x",
                           "host:-x",
                           "-host:x",
                           "file://host/x",
                           "file://",
                           "file:///",
                           "https://host:port/x",
                           "https://host:/x",
                           "https://ho st/x",
                           "https://host/a\nb",
                           "https://host/\x01",
                           "https://a;b/x",
                           "ssh://$(id)@host/x",
                           "ssh://`id`/x",
                           "http::https://host/x",
                           "https:/host/x",
                           "ssh://host:99999999/x",
                           "c:\\jobs",
                           "a@b@c:x",
                           "[::1:x",
                           "transport::address/x"}) {
    INFO(text);
    CHECK(Parts(text).starts_with("refused: "));
  }
}

TEST_CASE("a password in an address is refused and not repeated") {
  for (const char* text : {"https://me:hunter2@host/x", "https://hunter2@host/x",
                           "ssh://me:hunter2@host/x", "me:hunter2@host:x"}) {
    const std::string answer = Parts(text);
    INFO(answer);
    CHECK(answer.starts_with("refused: "));
    CHECK(answer.find("hunter2") == std::string::npos);
  }
}

TEST_CASE("an address is shown without what may be secret in it, and cannot steer a terminal") {
  CHECK(ShownUrl("https://me:pw@host/x?token=1#2") == "https://host/x");
  CHECK(ShownUrl("git@host:me/x") == "host:me/x");
  CHECK(ShownUrl("https://host/\x1b[2J") == "https://host/\\x1b[2J");
  CHECK(ShownUrl("file:///srv/a@b") == "file:///srv/a@b");
}

}  // namespace
}  // namespace nmgr::git
