// What is a secret, and what stands in its place. Every folder asks here, so that a diff, a message
// and a log line never disagree about it.
//
// By key: a value is hidden because of the name it stands under (`DB_PASSWORD=...`, `"token":
// ...`), in whatever text it stands. By value: what is known to be a secret in this run (the token,
// the passwords of addresses and proxies, env values and variables with such a name) is hidden
// wherever it turns up in a message, also where somebody encoded it first. `render` and `find` show
// what is there: they ask nothing of this.
#pragma once

#include <cstdint>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace nmgr {

inline constexpr std::string_view kHidden = "***";

// Whether what stands under this name is a secret: password, passwd, pwd, pass, passphrase, secret,
// token, credential, authorization, pw, psk, jwt, API, private, access, SSH keys; of several words
// (DB_PASSWORD, db-password, dbPassword) or glued (PGPASSWORD, apikey), in singular and plural.
// Names of where one is or how long it lives (PASSWORD_FILE, TOKEN_TTL, SECRETS_DIR) are none, nor
// is PWD.
bool IsSecretName(std::string_view name);

// Whether `value` under `name` is to be hidden. Not hidden are: nothing, true, false and null;
// numbers and durations, unless the name ends in a word for a password; paths (`/run/secrets/db`);
// and what is only a reference (`${env.X}`, `{{ with secret "x" }}`).
bool IsSecretValue(std::string_view name, std::string_view value);

// Where a text comes from, which decides how much of it can be a name with its value.
enum class TextKind {
  kMessage,   // prose of ours or of a server: NAME=value, "name": "value"
  kSource,    // a line of a spec, a script or a template: `name: value` and `--name value` too, but
              // not `name = var.x`
  kArgument,  // of a command: `--name value`, `-u me:value`, `mysql -pvalue` too
};

// Half-open, in bytes.
struct TextRange {
  std::size_t begin = 0;
  std::size_t end = 0;
  friend bool operator==(const TextRange&, const TextRange&) = default;
};

// Sorted, and joined where they touch.
std::vector<TextRange> Merged(std::vector<TextRange> ranges);

// What is to be hidden of `text` whatever the secrets of this run are: values under a secret name,
// env blocks and templates in JSON, user info of URLs, `Basic` and `Bearer` credentials, private
// keys and tokens that tell themselves by their form (ghp_..., AKIA..., JWT). Ascending, apart.
std::vector<TextRange> SecretRanges(std::string_view text, TextKind kind = TextKind::kMessage);

// `text` with each range replaced by kHidden.
std::string Hide(std::string_view text, const std::vector<TextRange>& ranges);

// Both at once.
std::string HideNamed(std::string_view text, TextKind kind = TextKind::kMessage);

// A command's arguments, in which the value may be the element that follows its `--name`, and what
// `-p` means depends on the program. `programs`: what may run them, by path or by image.
std::vector<std::string> HideArguments(const std::vector<std::string>& arguments,
                                       const std::vector<std::string>& programs = {});

// User info of every URL in the text: `https://me:pw@host` as `https://***@host`.
std::string HideUserInfo(std::string_view text);

// The secrets of one run. Made once, filled while they become known, asked by everything that is
// written for people to read. Thread-safe.
class Redactor {
 public:
  // A secret whatever its name. Shorter ones than kLeast bytes are passed over: they would tear
  // every text apart, and the places where they stand (addresses, arguments) are hidden by key.
  void Add(std::string_view secret);

  // A user's password, as itself and as the base64 of "user:password" (HTTP Basic).
  void AddUser(std::string_view user, std::string_view password);

  // An env value or variable: a secret if the name says so and it has at least kLeastNamed bytes.
  // Of a text of several lines each line counts.
  void AddNamed(std::string_view name, std::string_view value);

  // The user and password of an address or proxy, as typed and percent-decoded.
  void AddAddress(std::string_view address);

  // `text` without the secrets of this run, as they are, percent-encoded, escaped (JSON, HTML) and
  // in base64 at any alignment, without regard to case.
  std::string HideValues(std::string_view text) const;

  // HideValues and HideNamed: for what a server said.
  std::string HideAll(std::string_view text, TextKind kind = TextKind::kMessage) const;

  static constexpr std::size_t kLeast = 4;
  static constexpr std::size_t kLeastNamed = 8;

 private:
  struct Needle {
    std::string folded;
    bool base64 = false;
  };
  void AddNeedle(std::string_view text, bool base64);
  void AddForms(std::string_view secret);
  std::vector<TextRange> Find(std::string_view text) const;
  void FindIn(std::string_view folded, std::vector<std::pair<TextRange, bool>>& found) const;

  mutable std::shared_mutex mutex_;
  std::vector<Needle> needles_;
  std::unordered_set<std::string> known_;
  std::unordered_map<std::uint32_t, std::vector<std::size_t>> by_start_;  // first kLeast bytes
};

}  // namespace nmgr
