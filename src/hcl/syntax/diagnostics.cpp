#include "nmgr/hcl/syntax/diagnostics.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace nmgr::hcl {

void Diagnostics::Add(Diagnostic diagnostic) {
  if (diagnostic.severity == Severity::kError) ++errors_;
  if (items_.size() >= kMostKept) {
    ++dropped_;
    return;
  }
  if (diagnostic.file != nullptr && diagnostic.file->origin() != nullptr) {
    const SourcePtr part = diagnostic.file;
    diagnostic.file = part->origin();
    if (diagnostic.subject) diagnostic.subject = part->InOrigin(*diagnostic.subject);
    if (diagnostic.context) diagnostic.context = part->InOrigin(*diagnostic.context);
  }
  items_.push_back(std::move(diagnostic));
}

void Diagnostics::Error(const SourcePtr& file, Span subject, std::string summary,
                        std::string detail, std::optional<Span> context) {
  Add({Severity::kError, std::move(summary), std::move(detail), file, subject, context});
}

void Diagnostics::Error(std::string summary, std::string detail) {
  Add({Severity::kError, std::move(summary), std::move(detail), nullptr, std::nullopt,
       std::nullopt});
}

void Diagnostics::Warning(const SourcePtr& file, Span subject, std::string summary,
                          std::string detail) {
  Add({Severity::kWarning, std::move(summary), std::move(detail), file, subject, std::nullopt});
}

void Diagnostics::Append(const Diagnostics& other) { Append(Diagnostics(other)); }

void Diagnostics::Append(Diagnostics&& other) {
  const std::size_t moved = std::min(other.items_.size(), kMostKept - items_.size());
  std::move(other.items_.begin(), other.items_.begin() + static_cast<std::ptrdiff_t>(moved),
            std::back_inserter(items_));
  dropped_ += other.size() - moved;
  errors_ += other.errors_;
  other = {};
}

std::size_t Diagnostics::KeptErrors() const {
  return static_cast<std::size_t>(
      std::count_if(items_.begin(), items_.end(),
                    [](const Diagnostic& item) { return item.severity == Severity::kError; }));
}

void Diagnostics::Truncate(std::size_t size) {
  if (size >= this->size()) return;
  const std::size_t dropped_errors = errors_ - KeptErrors();
  items_.resize(std::min(size, items_.size()));
  dropped_ = size - items_.size();
  errors_ = KeptErrors() + std::min(dropped_, dropped_errors);
}

std::string ToLine(const Diagnostic& diagnostic) {
  std::string text;
  if (diagnostic.file != nullptr) {
    text = diagnostic.file->name() + ":";
    if (diagnostic.subject) {
      const SourcePos pos = diagnostic.file->PosAt(diagnostic.subject->begin);
      text += fmt::format("{}:{}:", pos.line, pos.column);
    }
    text += ' ';
  }
  text += diagnostic.summary;
  if (diagnostic.detail.empty()) return text;
  text += "; ";
  for (const char c : diagnostic.detail) {
    if (c != '\n') {
      text += c;
    } else if (!text.ends_with(' ')) {
      text += ' ';
    }
  }
  return text;
}

}  // namespace nmgr::hcl
