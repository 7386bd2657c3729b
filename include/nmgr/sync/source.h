// A source: a git repository whose specs the daemon keeps on the cluster, and what it may do for
// it. [source.NAME] of the config file, or a Nomad variable nmgr/serve/I/sources/NAME with the same
// keys; beside it [serve], [credential.NAME] and [receiver.NAME].
//
// A key is a row of a table here: name, kind and member. The reader of the config file and that of
// variables walk the rows, so both know the same keys.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "nmgr/base/clock.h"
#include "nmgr/base/expected.h"
#include "nmgr/base/path.h"

namespace nmgr::sync {

enum class RefKind { kBranch, kTag, kCommit };
enum class Apply { kNone, kImages, kAll };    // what of a difference is applied
enum class Create { kNew, kAlways, kNever };  // of absent jobs. kNew: not what was purged by hand
enum class Drift { kWarn, kRepair, kIgnore };
enum class Adopt { kEqual, kAlways };  // kEqual: what differs is held until it is confirmed
enum class Verify { kNone, kSsh, kGpg };
enum class OnPush { kNotify, kRestart, kOff };  // the same tag with another image behind it

// [source.NAME.image."GLOB"]
struct ImagePolicy {
  std::string images;  // a glob of references; [source.NAME.image."*"] is the default of all
  OnPush on_push = OnPush::kNotify;
  std::string follow;  // a semver range or /regular expression/ of tags; "": no new tag is followed
  std::string follow_key = "VERSION";  // the key of `meta` that the image is interpolated with
  Duration min_age{0};                 // before a new digest or tag counts
};

struct Source {
  std::string name;
  std::string place;           // "config.toml:12", or the path of its variable: for messages
  bool from_variable = false;  // it names no path, and only what [serve] variable_sources allows

  std::string url;
  RefKind ref_kind = RefKind::kBranch;
  std::string ref = "main";          // a branch, tag or commit, as it was typed
  int refs_given = 0;                // of these three keys
  Path path;                         // a folder of the repository; "": its top
  std::vector<std::string> include;  // globs of spec files below `path`; none: all
  std::vector<std::string> exclude;  // the same, taken away
  Duration interval{60'000};
  std::vector<std::string> namespaces;  // which the specs may name; none: the connection's own
  Apply apply = Apply::kAll;
  Create create = Create::kNew;
  bool prune = false;
  Duration prune_grace{600'000};
  Drift drift = Drift::kWarn;
  Duration drift_grace{600'000};
  Adopt adopt = Adopt::kEqual;
  std::optional<std::vector<std::string>> infra_jobs;  // nothing: those of [general]
  std::vector<std::pair<std::string, std::string>> var;
  std::vector<Path> var_file;
  Path overlay;                      // what git does not hold, at the same relative paths; ""
  std::vector<Path> allow_paths;     // that its specs may read beside the checkout and the overlay
  std::vector<std::string> windows;  // rows of sync/windows.h
  std::string credential;            // [credential.NAME]; "": none
  Verify verify = Verify::kNone;
  Path allowed_signers;  // with verify
  bool self = false;     // it may register the daemon's own job, alone and last
  Duration image_interval{3'600'000};
  std::vector<ImagePolicy> images;

  // "refs/heads/main", "refs/tags/v1", or the commit.
  std::string FullRef() const;
};

// [credential.NAME]: what one may show to one host.
struct Credential {
  std::string name;
  std::string place;
  std::string host;  // "git.example.org" or "git.example.org:2222": it is sent nowhere else
  std::string user;  // of ssh or https; "": git, or x-access-token
  Path key_file;     // ssh
  Path token_file;   // https
  Path known_hosts;  // ssh: without it no host key is trusted
};

// [receiver.NAME]: a door for hooks.
struct ReceiverTable {
  std::string name;
  std::string place;
  std::string type;  // "github", "gitlab", ...
  Path secret_file;
  std::vector<std::string> sources;  // none: all
  std::vector<std::string> hosts;    // further names of the forge or registry behind it
  std::int64_t max_body = 5;         // of a hook, in MiB
};

// [notify.NAME]: who is told what happened.
struct NotifyTable {
  std::string name;
  std::string place;
  std::string type;                  // "json", "slack", "ntfy"
  std::string url;                   // of ntfy with the topic as the last part
  Path url_file;                     // instead, where the URL itself is a secret
  Path secret_file;                  // json: signs; ntfy: an access token
  std::vector<std::string> events;   // none: all
  std::vector<std::string> sources;  // none: all
};

// [serve.variable_sources]: what sources that stand in variables may use. Without hosts there are
// none.
struct VariableSources {
  std::vector<std::string> hosts;
  std::vector<std::string> namespaces;
  std::vector<std::string> credentials;
};

// [serve]
struct ServeTable {
  std::string place;  // "" where there is none
  std::string instance = "default";
  std::string name_space;            // where nmgr/serve/I is; "": the connection's own
  Path folder;                       // mirrors and checkouts; "": below the cache folder
  std::vector<std::string> protect;  // globs of IDs, or NAMESPACE/ID: never registered or stopped
  VariableSources variable_sources;
  std::string listen = "127.0.0.1:8646";  // "": no HTTP
  std::string address;                    // what other copies tell people of it; "": `listen`
  Path tls_cert;
  Path tls_key;
  bool behind_proxy = false;
  bool anonymous_read = false;
  Path read_token_file;
  Path operate_token_file;
  std::vector<std::string> hosts;  // that `Host` may name beside the one listened on
  std::string time_zone = "UTC";   // of windows that name none
  // Before [general], and behind what a start is told by options and variables.
  std::optional<Duration> timeout;       // of one job
  std::optional<std::int64_t> parallel;  // jobs under way at once, of one source
};

// Everything of the config file that `serve` and `sync` read.
struct ServeConfig {
  ServeTable serve;
  std::vector<Source> sources;  // by name
  std::map<std::string, Credential, std::less<>> credentials;
  std::vector<ReceiverTable> receivers;
  std::vector<NotifyTable> notify;
  std::vector<std::string> warnings;
};

// What a key was given: as TOML has it, or a text of a variable.
using RawValue = std::variant<bool, std::int64_t, std::string, std::vector<std::string>>;

template <class T>
struct KeyRow {
  std::string_view name;
  std::string_view help;
  bool path = false;  // it names something on this machine: ~ is the home folder, and no variable
                      // may have it
  // The error says what is wrong with the value, and not where it stands.
  std::function<Expected<void>(const RawValue&, T&)> set;
};

// The rows of each table, in the order of the documentation.
std::span<const KeyRow<Source>> SourceKeys();
std::span<const KeyRow<ImagePolicy>> ImageKeys();
std::span<const KeyRow<Credential>> CredentialKeys();
std::span<const KeyRow<ReceiverTable>> ReceiverKeys();
std::span<const KeyRow<NotifyTable>> NotifyKeys();
std::span<const KeyRow<VariableSources>> VariableSourceKeys();
std::span<const KeyRow<ServeTable>> ServeKeys();

// Names of sources, credentials and receivers stand in paths, URLs and labels: letters, digits,
// '.', '_' and '-', at most 64, beginning with a letter or digit.
bool IsName(std::string_view name);

// What cannot stand: no URL, one that git would take for an option or run something for, a URL with
// a password, a commit that is none, a credential that is not there or for another host, verify
// without signers, a path out of the repository. kConfig; the message begins with the place.
Expected<void> Check(const Source& source, const ServeConfig& config);
Expected<void> Check(const Credential& credential);

// A source that stands in a variable, by its items. kConfig as Check; also for an unknown key, for
// one that is a path, and for what [serve.variable_sources] does not allow.
Expected<Source> SourceFromItems(std::string name, const std::map<std::string, std::string>& items,
                                 const ServeConfig& config);

// The host of a git URL with its port, as git::Url::Authority has it; "" of a file, and of what is
// no URL.
std::string HostOf(std::string_view text);

}  // namespace nmgr::sync
