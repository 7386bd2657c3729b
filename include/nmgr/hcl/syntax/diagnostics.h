// Faults in text that a user wrote: a spec, a variable file, a --var value. There can be many; each
// has a place; reading goes on after one as far as that makes sense.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "nmgr/hcl/syntax/source.h"

namespace nmgr::hcl {

enum class Severity { kError, kWarning };

// `summary` is a short sentence without a full stop ("Unsupported attribute"); `detail` explains it
// in whole sentences and says what to do. `subject` is what is wrong, `context` (optional) what to
// show around it. Without a file there is no place (a fault of the spec as a whole).
struct Diagnostic {
  Severity severity = Severity::kError;
  std::string summary;
  std::string detail;
  SourcePtr file;
  std::optional<Span> subject;
  std::optional<Span> context;
};

// An ordered collection. Order of arrival is the order of reporting; lexical faults come before
// those of the parser, those before evaluation's. The first kMostKept are kept, the others counted:
// nobody reads so many, and a hostile text has millions.
class Diagnostics {
 public:
  static constexpr std::size_t kMostKept = 256;

  void Add(Diagnostic diagnostic);
  void Error(const SourcePtr& file, Span subject, std::string summary, std::string detail,
             std::optional<Span> context = std::nullopt);
  // Of no place in a text.
  void Error(std::string summary, std::string detail);
  void Warning(const SourcePtr& file, Span subject, std::string summary, std::string detail);
  void Append(const Diagnostics& other);
  void Append(Diagnostics&& other);

  bool HasErrors() const { return errors_ != 0; }
  bool empty() const { return items_.empty(); }
  std::size_t size() const { return items_.size() + dropped_; }
  std::size_t dropped() const { return dropped_; }
  std::size_t error_count() const { return errors_; }
  const std::vector<Diagnostic>& items() const& { return items_; }
  std::vector<Diagnostic> items() && { return std::move(items_); }  // a loop over a temporary's

  // Drops everything after the first `size` items: what a trial evaluation (try, can, the branch
  // not taken) has added.
  void Truncate(std::size_t size);

 private:
  std::size_t KeptErrors() const;

  std::vector<Diagnostic> items_;
  std::size_t dropped_ = 0;
  std::size_t errors_ = 0;
};

// "path:line:column: summary; detail", one line. What logs and terse outputs use; the multi-line
// form with the source line and a caret is report's.
std::string ToLine(const Diagnostic& diagnostic);

}  // namespace nmgr::hcl
