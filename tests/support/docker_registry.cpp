#include "docker_registry.h"

#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <stdexcept>
#include <thread>

#include "support/raw_server.h"

namespace nmgr::testing {
namespace {

constexpr const char* kProgram = "/usr/bin/docker-registry";
// kUser and kPassword, as htpasswd writes them.
constexpr const char* kLine = "me:$2y$05$7j.v8MR5EnXPW5u7TkjK9eRmBzgNh9gWAWWwqAwEQfXXOleqC7h1.\n";

// $url, $repo, $tag, $text and the function `ask` (curl with whoever one is) come before it.
constexpr const char* kPushImage = R"sh(
set -eu
push_blob() {
  d=sha256:$(sha256sum "$1" | cut -d' ' -f1)
  loc=$(ask -X POST -o /dev/null -D - "$url/v2/$repo/blobs/uploads/" | tr -d '\r' |
        sed -n 's/^[Ll]ocation: //p')
  case $loc in /*) loc=$url$loc;; esac
  ask -X PUT -H 'Content-Type: application/octet-stream' --data-binary @"$1" "$loc&digest=$d" >/dev/null
  echo "$d"
}
put_manifest() {  # FILE REFERENCE TYPE
  ask -X PUT -H "Content-Type: application/vnd.oci.image.$3.v1+json" --data-binary @"$1" \
      "$url/v2/$repo/manifests/$2" >/dev/null
}
printf '{"created":"2020-01-01T00:00:00Z","architecture":"amd64","os":"linux","x":"%s"}' "$text" >config
printf '%s' "$text" >layer
c=$(push_blob config)
l=$(push_blob layer)
printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"%s","size":%s},"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"%s","size":%s}]}' \
  "$c" "$(stat -c %s config)" "$l" "$(stat -c %s layer)" >manifest
m=sha256:$(sha256sum manifest | cut -d' ' -f1)
)sh";

constexpr const char* kTagImage = R"sh(
put_manifest manifest "$tag" manifest
echo "$m"
)sh";

constexpr const char* kTagIndex = R"sh(
put_manifest manifest "$m" manifest
printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"%s","size":%s,"platform":{"architecture":"amd64","os":"linux"}}]}' \
  "$m" "$(stat -c %s manifest)" >index
put_manifest index "$tag" index
echo sha256:$(sha256sum index | cut -d' ' -f1)
)sh";

}  // namespace

bool DockerRegistry::IsThere() {
  const NmgrResult found = RunShell(std::string("test -x ") + kProgram + " && command -v curl");
  return found.exit_code == 0;
}

DockerRegistry::DockerRegistry(DockerRegistryOptions options)
    : options_(std::move(options)), port_(FreePort()) {
  std::string config = fmt::format(
      "version: 0.1\nlog:\n  level: error\n  accesslog:\n    disabled: true\n"
      "storage:\n  filesystem:\n    rootdirectory: {}\n  delete:\n    enabled: true\n"
      "http:\n  addr: 127.0.0.1:{}\n",
      dir_.At("data"), port_);
  if (options_.tls) {
    config += fmt::format("  tls:\n    certificate: {}\n    key: {}\n",
                          Certificate().certificate_file, Certificate().key_file);
  }
  if (options_.htpasswd) {
    config += fmt::format("auth:\n  htpasswd:\n    realm: tests\n    path: {}\n",
                          dir_.Write("htpasswd", kLine));
  }
  if (!options_.notify.empty()) {
    config += fmt::format(
        "notifications:\n  endpoints:\n    - name: nmgr\n      url: {}\n      headers:\n"
        "        Authorization: [Bearer {}]\n      timeout: 2s\n      threshold: 3\n"
        "      backoff: 1s\n      ignore:\n        mediatypes: [application/octet-stream]\n"
        "        actions: [pull]\n",
        options_.notify, options_.secret);
  }
  NmgrOptions how;
  how.folder = dir_.path();
  child_ = std::make_unique<Child>(
      std::vector<std::string>{kProgram, "serve", dir_.Write("config.yml", config)}, how);
  for (int i = 0; i < 200; ++i) {
    if (!RunShell("curl -sk -o /dev/null -w '%{http_code}' " + Url() + "/v2/")
             .out.starts_with("0")) {
      return;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  throw std::runtime_error("docker-registry does not listen");
}

DockerRegistry::~DockerRegistry() = default;

std::string DockerRegistry::host() const { return fmt::format("127.0.0.1:{}", port_); }

std::string DockerRegistry::Url() const { return (options_.tls ? "https://" : "http://") + host(); }

std::string DockerRegistry::Curl(const std::string& script) const {
  NmgrOptions how;
  how.folder = dir_.path();
  const std::string user = options_.htpasswd ? fmt::format("-u '{}:{}' ", kUser, kPassword) : "";
  const NmgrResult result = RunShell(
      fmt::format("url={}\nask() {{ curl -sSfk {}\"$@\"; }}\n", Url(), user) + script, how);
  if (result.exit_code != 0) throw std::runtime_error("docker-registry: " + result.err);
  std::string out = result.out;
  while (!out.empty() && out.back() == '\n') out.pop_back();
  return out;
}

std::string DockerRegistry::Push(const std::string& repository, const std::string& tag,
                                 const std::string& text) const {
  return Curl(fmt::format("repo={} tag={} text='{}'\n", repository, tag, text) + kPushImage +
              kTagImage);
}

std::string DockerRegistry::PushIndex(const std::string& repository, const std::string& tag,
                                      const std::string& text) const {
  return Curl(fmt::format("repo={} tag={} text='{}'\n", repository, tag, text) + kPushImage +
              kTagIndex);
}

void DockerRegistry::Delete(const std::string& repository, const std::string& digest) const {
  Curl(fmt::format("ask -X DELETE \"$url/v2/{}/manifests/{}\"", repository, digest));
}

std::string DockerRegistry::HeadStatus(const std::string& repository, const std::string& tag,
                                       const std::string& accept) const {
  const std::string header = accept.empty() ? "-H 'Accept:'" : "-H 'Accept: " + accept + "'";
  return Curl(
      fmt::format("ask() {{ curl -sk \"$@\"; }}; ask -I -o /dev/null -w '%{{http_code}}' {} "
                  "\"$url/v2/{}/manifests/{}\"",
                  header, repository, tag));
}

}  // namespace nmgr::testing
