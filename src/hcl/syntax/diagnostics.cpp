#include "nmgr/hcl/syntax/diagnostics.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace nmgr::hcl {

void Diagnostics::Add(Diagnostic diagnostic) {
  if (diagnostic.file != nullptr && diagnostic.file->origin() != nullptr) {
    const SourcePtr part = diagnostic.file;
    diagnostic.file = part->origin();
    if (diagnostic.subject) diagnostic.subject = part->InOrigin(*diagnostic.subject);
    if (diagnostic.context) diagnostic.context = part->InOrigin(*diagnostic.context);
  }
  if (diagnostic.severity == Severity::kError) ++errors_;
  items_.push_back(std::move(diagnostic));
}

void Diagnostics::Error(const SourcePtr& file, Span subject, std::string summary, std::string detail,
                        std::optional<Span> context) {
  Add({Severity::kError, std::move(summary), std::move(detail), file, subject, context});
}

void Diagnostics::Warning(const SourcePtr& file, Span subject, std::string summary,
                          std::string detail) {
  Add({Severity::kWarning, std::move(summary), std::move(detail), file, subject, std::nullopt});
}

void Diagnostics::Append(const Diagnostics& other) {
  items_.insert(items_.end(), other.items_.begin(), other.items_.end());
  errors_ += other.errors_;
}

void Diagnostics::Append(Diagnostics&& other) {
  if (items_.empty()) {
    *this = std::move(other);
  } else {
    std::move(other.items_.begin(), other.items_.end(), std::back_inserter(items_));
    errors_ += other.errors_;
  }
  other.items_.clear();
  other.errors_ = 0;
}

void Diagnostics::Truncate(std::size_t size) {
  if (size >= items_.size()) return;
  items_.resize(size);
  errors_ = static_cast<std::size_t>(
      std::count_if(items_.begin(), items_.end(),
                    [](const Diagnostic& item) { return item.severity == Severity::kError; }));
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
