// A bare template means what it means in a heredoc; text without sequences means itself; a text as
// a quoted literal reads back as that text.

#include "fuzz/fuzz.h"
#include "nmgr/base/text.h"
#include "nmgr/hcl/syntax/parse.h"
#include "nmgr/hcl/value/unicode.h"
#include "nmgr/hcl/write/flat.h"

namespace nmgr::fuzz {
namespace {

using hcl::Diagnostics;
using hcl::Value;

constexpr std::string_view kMarker = "XEOTX";

bool HasSequences(std::string_view text) {
  return text.find("${") != text.npos || text.find("%{") != text.npos;
}

bool HasLoneReturn(std::string_view text) {
  for (std::size_t at = text.find('\r'); at != text.npos; at = text.find('\r', at + 1)) {
    if (text.substr(at + 1, 1) != "\n") return true;
  }
  return false;
}

void CheckQuoted(std::string_view text) {
  std::string quoted;
  hcl::AppendQuoted(text, quoted);
  Diagnostics diagnostics;
  const hcl::ExpressionPtr tree = hcl::ParseExpression(Source(quoted), diagnostics);
  Require(!diagnostics.HasErrors(), "a quoted text does not parse: " + Lines(diagnostics));
  Require(tree->root().kind == hcl::ExprKind::kLiteral, "a quoted text is not a literal");
  Require(hcl::As<hcl::LiteralExpr>(tree->root()).value == Value::Of(text),
          "a quoted text is another one");
}

}  // namespace

void Template(std::string_view text) {
  if (IsValidUtf8(text)) CheckQuoted(text);
  // A byte order mark is none in a heredoc. After a lone carriage return a bare template is text.
  if (text.starts_with("\xEF\xBB\xBF") || HasLoneReturn(text)) return;

  const std::string line = std::string(text) + "\n";
  Diagnostics diagnostics;
  const hcl::ExpressionPtr bare = hcl::ParseTemplate(Source(line), diagnostics);
  if (!diagnostics.HasErrors() && !HasSequences(text)) {
    Require(Evaluate(*bare).value == Value::Of(line), "a text without sequences is another one");
  }
  if (text.find(kMarker) != text.npos) return;

  Diagnostics of_heredoc;
  const hcl::ExpressionPtr heredoc = hcl::ParseExpression(
      Source("<<" + std::string(kMarker) + "\n" + line + std::string(kMarker) + "\n"), of_heredoc);
  Require(diagnostics.HasErrors() == of_heredoc.HasErrors(),
          "a template is right only bare or only in a heredoc: " + Lines(diagnostics) +
              Lines(of_heredoc));
  if (diagnostics.HasErrors() || IsRandom(text)) return;
  const Evaluation first = Evaluate(*bare);
  const Evaluation second = Evaluate(*heredoc);
  Require(first.diagnostics.error_count() == second.diagnostics.error_count(),
          "a template fails only bare or only in a heredoc");
  if (!first.diagnostics.HasErrors()) {
    Require(first.value == second.value, "a template means another text in a heredoc");
  }
}

}  // namespace nmgr::fuzz
