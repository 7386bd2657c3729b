// Which words of a command are secrets: those that follow a name (`--password hunter22`), those
// that are a user with a password (`curl -u me:hunter22`), and those whose place only the program
// tells
// (`mysql -phunter22`, but not `docker run -p 8080:80`).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "nmgr/base/secrets.h"

namespace nmgr {

// Whether a name ends in a word for a password, so that even a number is one.
bool NamesPassword(std::string_view name);

// Whether a name is one of HTTP authentication ("basic_auth"), so that user:password is a secret.
bool MayNameUserPair(std::string_view name);

// `me:hunter22`, but neither a reference nor whom to run as (`1000:1000`). `sure`: the program is
// known to take user and password there.
bool IsUserPair(std::string_view value, bool sure);

// `${X}`, `$USER:$PASSWORD`, `$(cat x)`, `{{ ... }}`, nothing: where one is, not what it is.
bool OnlyRefers(std::string_view value);

// Fed the words of one or several commands in their order, without the quotes around them. A word
// that is the name of a known program decides about the options behind it.
class SecretWords {
 public:
  // What runs, where it is known beforehand: a path (`/usr/bin/curl`) or an image (`mysql:8`).
  void Program(std::string_view name);

  // What of the next word is to be hidden.
  std::optional<TextRange> Take(std::string_view word);

  // Whether the next word is the value of an option.
  bool ExpectsValue() const { return expects_ != Expects::kNothing; }

  // The program is told anew; an option does not wait for its value any more.
  void EndCommand();

  struct Row;

 private:
  enum class Expects { kNothing, kNamed, kPair, kSecret };

  std::optional<TextRange> Value(std::string_view word) const;
  std::optional<TextRange> Option(std::string_view word);
  std::optional<TextRange> Glued(std::string_view word) const;

  const Row* row_ = nullptr;
  Expects expects_ = Expects::kNothing;
  std::string name_;  // of the option, where kNamed
};

}  // namespace nmgr
