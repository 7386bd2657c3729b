#include "nmgr/webhook/concern.h"

#include <catch2/catch.hpp>

#include "webhook/senders.h"

using namespace nmgr;
using namespace nmgr::webhook;
using testing::Sample;

namespace {

bool Same(std::string_view a, std::string_view b) {
  const auto left = ParseRepository(a);
  const auto right = ParseRepository(b);
  REQUIRE(left);
  REQUIRE(right);
  CHECK(IsSameRepository(*left, *right) == IsSameRepository(*right, *left));
  return IsSameRepository(*left, *right);
}

}  // namespace

TEST_CASE("a repository is the same by every way to it") {
  const char* forms[] = {"https://git.lan/me/jobs.git",
                         "https://git.lan/me/jobs",
                         "https://git.lan/me/jobs/",
                         "https://GIT.lan:443/Me/Jobs.git/",
                         "http://git.lan:80/me/jobs",
                         "https://user:pw@git.lan//me/jobs.git?x=1",
                         "ssh://git@git.lan/me/jobs.git",
                         "SSH://git@git.lan:22/me/jobs",
                         "ssh://git.lan:2222/me/jobs",
                         "git+ssh://git@git.lan/me/jobs",
                         "git://git.lan/me/jobs.git",
                         "git://git.lan:9418/me/jobs.git",
                         "git@git.lan:me/jobs.git",
                         "git@git.lan:/me/jobs.git",
                         "git.lan:me/jobs",
                         "https://git.lan./me/%6Aobs"};
  for (const char* form : forms) {
    INFO(form);
    CHECK(Same("https://git.lan/me/jobs", form));
  }
  CHECK(Same("ssh://git@[::1]:2222/me/jobs", "git@[::1]:me/jobs") == false);
  CHECK(Same("https://[::1]/me/jobs", "git@[::1]:me/jobs"));
}

TEST_CASE("another host, port or path is another repository") {
  for (const char* form :
       {"https://git.lan.evil.org/me/jobs", "https://git.lan@evil.org/me/jobs",
        "https://git.lan:3000/me/jobs", "https://git.lan/me/jobs2", "https://git.lan/me",
        "https://git.lan/x/me/jobs", "git@evil.org:git.lan/me/jobs", "ssh://git.lan.org/me/jobs"}) {
    INFO(form);
    CHECK_FALSE(Same("https://git.lan/me/jobs", form));
  }
  CHECK_FALSE(Same("ssh://git.lan:2222/me/jobs", "ssh://git.lan/me/jobs"));
}

TEST_CASE("what is on no server is no repository that a push can name") {
  for (const char* form : {"", "/srv/git/jobs.git", "./jobs", "../a:b", "file:///srv/jobs",
                           "https://", "https://git.lan", "https://git.lan/", "https:///me/jobs",
                           "git@git.lan:", "ftp://git.lan/me/jobs", "https://git.lan:port/me/jobs",
                           ":", "@:", "[", "a"}) {
    INFO(form);
    CHECK_FALSE(ParseRepository(form).has_value());
  }
}

TEST_CASE("a push concerns the source with its repository and its branch") {
  const Receiver receiver = Sample(Kind::kGitHub).receiver;
  const Push push = Sample(Kind::kGitHub).Receive().pushes.at(0);
  const auto concerns = [&](std::string_view url, std::string_view ref) {
    return Concerns(receiver, push, "lab", url, ref);
  };
  CHECK(concerns("ssh://git@git.lan:2222/me/jobs.git", "refs/heads/main"));
  CHECK_FALSE(concerns("ssh://git@git.lan:2222/me/jobs.git", "refs/heads/other"));
  CHECK_FALSE(concerns("ssh://git@git.lan:2222/me/jobs.git", "refs/tags/main"));
  CHECK_FALSE(concerns("ssh://git@git.lan:2222/me/jobs.git", std::string(40, '2')));
  CHECK_FALSE(concerns("https://other.lan/me/jobs.git", "refs/heads/main"));
  CHECK_FALSE(concerns("/srv/git/me/jobs.git", "refs/heads/main"));
}

TEST_CASE("a push is of its repository, whatever its branch and whoever may speak for it") {
  Receiver receiver{.name = "forge", .kind = Kind::kGitea, .secret = "s", .sources = {"other"}};
  Push push;
  push.urls = {"https://git.lan/me/jobs.git"};
  push.ref = "refs/heads/side";
  CHECK(IsOf(receiver, push, "ssh://git@git.lan/me/jobs"));
  CHECK_FALSE(Concerns(receiver, push, "other", "ssh://git@git.lan/me/jobs", "refs/heads/main"));
  CHECK_FALSE(IsOf(receiver, push, "https://git.lan/me/other"));
  CHECK_FALSE(IsOf(receiver, push, "https://forge.lan/me/jobs"));
  CHECK_FALSE(IsOf(receiver, push, "file:///srv/me/jobs"));
  receiver.hosts = {"forge.lan"};
  CHECK(IsOf(receiver, push, "https://forge.lan/me/jobs"));
  CHECK(SpeaksFor(receiver, "other"));
  CHECK_FALSE(SpeaksFor(receiver, "lab"));
  push.whole = true;
  CHECK(IsOf(receiver, push, "file:///srv/me/jobs"));
}

TEST_CASE("each source that a push concerns is announced its last commit") {
  const Receiver receiver = Sample(Kind::kGitHub).receiver;
  const Push first = Sample(Kind::kGitHub).Receive().pushes.at(0);
  Push second = first;
  second.after = std::string(40, '3');
  Push elsewhere = first;
  elsewhere.ref = "refs/heads/next";
  const std::vector<FollowedSource> sources = {
      {"lab", "ssh://git@git.lan/me/jobs", "refs/heads/main"},
      {"next", "https://git.lan/me/jobs.git", "refs/heads/next"},
      {"pinned", "https://git.lan/me/jobs.git", first.after},
      {"other", "https://git.lan/you/jobs.git", "refs/heads/main"},
      {"same", "https://git.lan/me/jobs.git", "refs/heads/main"}};
  std::vector<std::string> lines;
  for (const Announced& one : AnnouncedBy(receiver, {first, second, elsewhere}, sources)) {
    lines.push_back(one.source + " " + one.commit);
  }
  CHECK(lines == std::vector<std::string>{"lab " + second.after, "next " + first.after,
                                          "same " + second.after});
  CHECK(AnnouncedBy(receiver, {}, sources).empty());
}

TEST_CASE("a receiver speaks only for its sources") {
  Receiver receiver = Sample(Kind::kGeneric).receiver;
  receiver.sources = {"a", "b"};
  const Push push = Sample(Kind::kGeneric).Receive().pushes.at(0);
  CHECK(Concerns(receiver, push, "a", "/srv/jobs", "refs/heads/main"));
  CHECK_FALSE(Concerns(receiver, push, "c", "/srv/jobs", "refs/heads/main"));
  receiver.sources.clear();
  CHECK(Concerns(receiver, push, "c", "/srv/jobs", "refs/heads/main"));
}

TEST_CASE("further names of a forge are its own") {
  Receiver receiver = Sample(Kind::kGitea).receiver;
  const Push push = Sample(Kind::kGitea).Receive().pushes.at(0);
  const char* inside = "http://gitea:3000/me/jobs.git";
  CHECK_FALSE(Concerns(receiver, push, "lab", inside, "refs/heads/main"));
  receiver.hosts = {"Gitea"};
  CHECK(Concerns(receiver, push, "lab", inside, "refs/heads/main"));
  CHECK_FALSE(Concerns(receiver, push, "lab", "http://gitea:3000/me/else", "refs/heads/main"));
}

TEST_CASE("an image is what a reference of a spec names, by any name of its registry") {
  Receiver receiver = Sample(Kind::kDistribution).receiver;
  const Image image = Sample(Kind::kDistribution).Receive().images.at(0);
  CHECK(Concerns(receiver, image, "registry.lan:5000", "team/app", "1.2"));
  CHECK_FALSE(Concerns(receiver, image, "registry.lan:5000", "team/app", "latest"));
  CHECK_FALSE(Concerns(receiver, image, "registry.lan:5000", "team/app2", "1.2"));
  CHECK_FALSE(Concerns(receiver, image, "images.example.org", "team/app", "1.2"));
  receiver.hosts = {"images.example.org"};
  CHECK(Concerns(receiver, image, "images.example.org", "team/app", "1.2"));
  CHECK(Concerns(receiver, image, "registry.lan:5000", "team/app", "1.2"));
  CHECK_FALSE(Concerns(receiver, image, "docker.io", "team/app", "1.2"));
}

TEST_CASE("a registry that does not tell its name is any, unless its names are given") {
  Receiver receiver = Sample(Kind::kZot).receiver;
  const Image image = Sample(Kind::kZot).Receive().images.at(0);
  CHECK(Concerns(receiver, image, "registry.lan:5000", "team/app", "1.2"));
  receiver.hosts = {"registry.lan:5000"};
  CHECK(Concerns(receiver, image, "registry.lan:5000", "team/app", "1.2"));
  CHECK_FALSE(Concerns(receiver, image, "ghcr.io", "team/app", "1.2"));
}

TEST_CASE("an image of Docker Hub with one name is below library") {
  const Image image{.host = "docker.io", .repository = "nginx", .tag = "1"};
  CHECK(Concerns({}, image, "docker.io", "library/nginx", "1"));
  CHECK_FALSE(Concerns({}, image, "docker.io", "other/nginx", "1"));
}
