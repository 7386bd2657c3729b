// What registries, the servers of their tokens and a docker config file say: whatever the bytes,
// what is read of them can be sent in a head, stays on the host, and names what a registry can
// name. The first byte chooses the reader.
#include <algorithm>
#include <string>

#include "fuzz/fuzz.h"
#include "nmgr/registry/answers.h"
#include "nmgr/registry/credentials.h"
#include "nmgr/registry/reference.h"
#include "nmgr/registry/sightings.h"
#include "nmgr/registry/tags.h"

namespace nmgr::fuzz {
namespace {

using namespace registry;

bool FitsIntoHead(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](unsigned char c) { return c < ' ' || c == 0x7fU; });
}

void CheckChallenges(std::string_view text) {
  const std::vector<Challenge> challenges = ReadChallenges(text);
  Require(challenges.size() <= 8, "too many challenges");
  for (const Challenge& challenge : challenges) {
    Require(!challenge.scheme.empty(), "a challenge without a scheme");
    if (const auto realm = ReadLocation(challenge.Parameter("realm"))) {
      Require(FitsIntoHead(realm->target), "a realm with what no request can hold");
      Require(realm->target.starts_with('/'), "a realm whose target is no path");
    }
  }
}

void CheckNextPage(std::string_view text) {
  const net::Address address = net::ParseAddress("https://registry.lan:5000").value();
  bool foreign = false;
  const auto target = NextPage(text, address, foreign);
  if (!target) return;
  Require(!foreign, "a page that is taken lies elsewhere");
  Require(target->starts_with('/') && !target->starts_with("//"), "a page that is no path");
  Require(FitsIntoHead(*target), "a page with what no request can hold");
}

void CheckTags(std::string_view text) {
  const auto tags = ReadTags(text);
  if (!tags) return;
  for (const std::string& tag : *tags) {
    Require(FitsIntoHead(tag) && !tag.empty(), "a tag that is none");
    for (const std::string& newer : NewerTags(tag, *tags)) {
      Require(newer != tag, "newer than itself");
      Require(IsVersion(newer), "newer than another without a version");
      const auto back = NewerTags(newer, {tag});
      Require(back.empty(), "each newer than the other");
    }
    if (tags->size() > 64) return;
  }
}

void CheckAuthFile(std::string_view text) {
  const auto file = ReadAuthFile(text);
  if (!file) return;
  for (const auto& [host, credential] : file->auths) {
    Require(FitsIntoHead(credential.user), "a user that cannot be sent");
    Require(!credential.user.empty() || !credential.identity_token.empty(), "a user that is none");
    Require(FitsIntoHead(credential.password), "a password that cannot be sent");
  }
  static_cast<void>(FindAuth(*file, "docker.io", "library/nginx"));
}

void CheckReference(std::string_view text) {
  const auto reference = ParseReference(text);
  if (!reference) return;
  const auto again = ParseReference(reference->Name());
  Require(again.has_value(), "a reference that cannot be read again");
  Require(again->Name() == reference->Name(), "a reference that says something else");
  Require(net::ParseAddress("https://" + reference->ApiHost()).has_value(), "a host that is none");
}

}  // namespace

void Registry(std::string_view text) {
  if (text.empty()) return;
  const std::string_view rest = text.substr(1);
  switch (text.front()) {
    case 'c':
      return CheckChallenges(rest);
    case 'l':
      return CheckNextPage(rest);
    case 't':
      return CheckTags(rest);
    case 'k':
      return Require(FitsIntoHead(ReadToken(rest).value_or("")), "a token that cannot be sent");
    case 'e':
      return Require(ReadRefusal(rest).find('\n') == std::string::npos, "words of several lines");
    case 'a':
      return CheckAuthFile(rest);
    case 's': {
      const std::string text_of = Sightings::Parse(rest).Text();
      return Require(Sightings::Parse(text_of).Text() == text_of, "a memory that changes");
    }
    case 'm': {
      Require(!IsManifest(rest) || !rest.empty(), "a manifest of nothing");
      const auto age = ReadManifestAge(rest);
      if (age) Require(IsDigest(age->image) || IsDigest(age->config), "an age of nothing");
      static_cast<void>(ReadCreated(rest));
      return;
    }
    case 'r':
      return CheckReference(rest);
    default:
      return;
  }
}

}  // namespace nmgr::fuzz
