#include "jobspec/change_trace.h"

#include <fmt/format.h>

#include <algorithm>

#include "nmgr/base/text.h"
#include "nmgr/hcl/syntax/parse.h"
#include "nmgr/hcl/write/literal.h"

namespace nmgr::jobspec {
namespace {

// A reference to a part of `local` or `var`, at its place in the spec.
struct NameUse {
  std::string root;
  Steps steps;
  hcl::Span place;
};

Steps StepsOfTraversal(const hcl::TraversalExpr& traversal) {
  Steps steps;
  for (const hcl::TraversalStep& step : traversal.steps) {
    if (step.kind == hcl::TraversalStep::Kind::kAttribute) {
      steps.push_back({std::string(step.name)});
    } else {
      steps.push_back(StepOf(step.key));
    }
  }
  return steps;
}

void AddNameUses(const hcl::Expr& expr, const hcl::SourceFile& file, std::vector<NameUse>& uses) {
  for (const hcl::TraversalExpr* traversal : hcl::References(expr)) {
    if (traversal->root != "local" && traversal->root != "var") continue;
    uses.push_back({std::string(traversal->root), StepsOfTraversal(*traversal),
                    file.InOrigin(traversal->span)});
  }
}

void AddNameUses(const hcl::Body& body, const hcl::SourceFile& file, std::vector<NameUse>& uses) {
  for (const hcl::BodyItem& item : body.items) {
    if (item.attribute != nullptr) {
      AddNameUses(*item.attribute->expr, file, uses);
    } else if (item.block->type != "variable") {  // a validation only looks at its own
      AddNameUses(*item.block->body, file, uses);
    }
  }
}

void AddNameUses(const hcl::JsonValue& value, const hcl::SourcePtr& file,
                 std::vector<NameUse>& uses) {
  const auto add_text = [&](hcl::Span string) {
    const hcl::SourcePtr source = hcl::JsonStringSource(file, string);
    hcl::Diagnostics ignored;
    const hcl::ExpressionPtr parsed = hcl::ParseTemplate(source, ignored);
    if (!ignored.HasErrors()) AddNameUses(parsed->root(), *source, uses);
  };
  if (value.kind == hcl::JsonKind::kString) add_text(value.span);
  for (const hcl::JsonValue* item : value.items) AddNameUses(*item, file, uses);
  for (const hcl::JsonMember& member : value.members) {
    add_text(member.name_span);
    if (member.name != "variable") AddNameUses(*member.value, file, uses);
  }
}

// Whether one leads into the other.
bool StepsOverlap(const Steps& a, const Steps& b) {
  const std::size_t common = std::min(a.size(), b.size());
  return std::equal(a.begin(), a.begin() + static_cast<long>(common), b.begin());
}

// What piece `at` has to be so that all together are `text`, the others as they are.
std::optional<std::string> WantedPiece(std::string_view text,
                                       const std::vector<std::string>& pieces, std::size_t at) {
  std::string head;
  std::string tail;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (i != at) (i < at ? head : tail) += pieces[i];
  }
  const bool fits =
      text.size() >= head.size() + tail.size() && text.starts_with(head) && text.ends_with(tail);
  if (!fits) return std::nullopt;
  return std::string(text.substr(head.size(), text.size() - head.size() - tail.size()));
}

// Follows one expression. Faults of one way do not matter where another leads to the end, so they
// come back with it.
class Tracer {
 public:
  // `now` is what the target comes to as text.
  Tracer(const Evaluation& evaluation, bool shared, std::string now)
      : evaluation_(evaluation), shared_(shared), now_(std::move(now)) {
    const ParsedSpec& spec = evaluation.spec();
    if (spec.body) AddNameUses(spec.body->root(), *spec.source, uses_);
    if (spec.json) AddNameUses(spec.json->root(), spec.source, uses_);
  }

  // Where the text stands and how it is read.
  struct Place {
    hcl::SourcePtr file;
    bool constant = false;  // no names are in force: strings of JSON are verbatim
    bool takes_text = true;
  };
  using Result = tl::expected<Edit, hcl::Diagnostic>;

  Result Follow(const SpecExpr& expr, const Steps& steps, std::string_view wanted, Place place);
  Result FollowName(std::string_view root, const Steps& steps, std::string_view wanted,
                    std::optional<hcl::Span> from);

 private:
  Result FollowJson(const hcl::JsonValue& value, const Steps& steps, std::string_view wanted,
                    const Place& place);
  Result FollowExpr(const hcl::Expr& expr, const Steps& steps, std::string_view wanted,
                    const Place& place);
  Result FollowTemplate(const hcl::TemplateExpr& expr, std::string_view wanted, const Place& place);
  Result FollowObject(const hcl::ObjectExpr& expr, const Steps& steps, std::string_view wanted,
                      const Place& place);
  Result Replace(const hcl::Expr& expr, std::string_view wanted, const Place& place);
  Result ReplacePiece(const hcl::Expr& piece, const hcl::Expr& whole, std::string_view wanted,
                      const Place& place);
  std::optional<hcl::Diagnostic> RefuseShared(std::string_view root, const Steps& steps,
                                              hcl::Span from) const;
  std::vector<std::string> PiecesOf(const hcl::TemplateExpr& expr, const Place& place) const;
  bool IsLeftToClient(const hcl::Expr& expr, const Place& place) const;
  bool IsText(const hcl::Expr& expr, const Place& place) const;

  // A place in a string of a JSON text is meant in that text.
  static hcl::Span InSpec(hcl::Span span, const Place& place) { return place.file->InOrigin(span); }
  tl::unexpected<hcl::Diagnostic> Refuse(hcl::Span span, const Place& place, std::string summary,
                                         std::string detail) const {
    return tl::unexpected<hcl::Diagnostic>({hcl::Severity::kError, std::move(summary),
                                            std::move(detail), evaluation_.spec().source,
                                            InSpec(span, place), std::nullopt});
  }
  tl::unexpected<hcl::Diagnostic> RefuseComputed(hcl::Span span, const Place& place) const {
    return Refuse(span, place, "The value is computed",
                  "It comes from no literal that could be changed to give the wanted value. Change "
                  "what it is computed from, or write a literal here.");
  }

  const Evaluation& evaluation_;
  bool shared_;
  std::string now_;
  std::vector<NameUse> uses_;
  std::vector<hcl::ExpressionPtr> parsed_;  // strings of JSON
  int depth_ = 0;
};

std::vector<std::string> Tracer::PiecesOf(const hcl::TemplateExpr& expr, const Place& place) const {
  hcl::EvalContext context = evaluation_.session().ForJob(evaluation_.session().scope);
  context.file = place.file;
  std::vector<std::string> pieces;
  for (const hcl::Expr* part : expr.parts) {
    hcl::Diagnostics ignored;
    pieces.push_back(TextOf(hcl::Evaluate(*part, context, ignored)));
  }
  return pieces;
}

// "${attr.cpu.arch}": nobody but the client knows its value, so it is text here. What an iteration
// gives looks the same, but is not found in what the argument has come to.
bool Tracer::IsLeftToClient(const hcl::Expr& expr, const Place& place) const {
  if (place.constant || expr.kind != hcl::ExprKind::kTraversal) return false;
  const auto& traversal = hcl::As<hcl::TraversalExpr>(expr);
  if (evaluation_.session().scope.Find(traversal.root) != nullptr) return false;
  hcl::EvalContext context = evaluation_.session().ForJob(evaluation_.session().scope);
  context.file = place.file;
  hcl::Diagnostics ignored;
  return now_.find(TextOf(hcl::Evaluate(expr, context, ignored))) != std::string::npos;
}

// Whether a template is a literal as a whole, with or without what is left to the client.
bool Tracer::IsText(const hcl::Expr& expr, const Place& place) const {
  switch (expr.kind) {
    case hcl::ExprKind::kLiteral:
      return true;
    case hcl::ExprKind::kTemplateWrap:
      return IsLeftToClient(*hcl::As<hcl::TemplateWrapExpr>(expr).wrapped, place);
    case hcl::ExprKind::kTemplate: {
      const auto& parts = hcl::As<hcl::TemplateExpr>(expr).parts;
      return std::all_of(parts.begin(), parts.end(), [&](const hcl::Expr* part) {
        return part->kind == hcl::ExprKind::kLiteral || IsLeftToClient(*part, place);
      });
    }
    default:
      return false;
  }
}

std::optional<hcl::Diagnostic> Tracer::RefuseShared(std::string_view root, const Steps& steps,
                                                    hcl::Span from) const {
  if (shared_) return std::nullopt;
  const hcl::SourceFile& file = *evaluation_.spec().source;
  std::vector<std::string> places;
  bool others = false;
  for (const NameUse& use : uses_) {
    if (use.root != root || !StepsOverlap(use.steps, steps)) continue;
    places.push_back(fmt::format("{}:{}", file.name(), file.PosAt(use.place.begin).line));
    others = others || use.place != from;
  }
  if (!others) return std::nullopt;
  std::string name = fmt::format("{}.{}", root, TextOfSteps(steps));
  return hcl::Diagnostic{
      hcl::Severity::kError,
      fmt::format("{} is used by others, too", name),
      fmt::format("To change it changes all of them: {}. --shared does so.", Join(places, ", ")),
      evaluation_.spec().source,
      from,
      std::nullopt};
}

Tracer::Result Tracer::FollowName(std::string_view root, const Steps& steps,
                                  std::string_view wanted, std::optional<hcl::Span> from) {
  const Place here{evaluation_.spec().source};
  const hcl::Span at = from.value_or(hcl::Span{});
  if (steps.empty() || steps.front().index || (root != "local" && root != "var")) {
    return RefuseComputed(at, here);
  }
  const std::string& name = steps.front().name;
  const Steps rest(steps.begin() + 1, steps.end());
  if (from) {
    if (std::optional<hcl::Diagnostic> refusal = RefuseShared(root, steps, *from)) {
      return tl::unexpected(*std::move(refusal));
    }
  }
  if (root == "local") {
    const std::optional<SpecExpr> expr = evaluation_.Local(name);
    return expr ? Follow(*expr, rest, wanted, {expr->file}) : RefuseComputed(at, here);
  }
  const std::optional<SpecExpr> expr = evaluation_.Default(name);
  const Variable* const variable = evaluation_.variables().Find(name);
  if (variable == nullptr) return RefuseComputed(at, here);
  if (variable->origin != "default") {
    std::string by = variable->value_file->name();
    if (variable->origin == "varfile") {
      by += fmt::format(":{}", variable->value_file->PosAt(variable->value_span.begin).line);
    }
    return Refuse(expr ? expr->span : at, here,
                  fmt::format("Variable \"{}\" is set from elsewhere", name),
                  fmt::format("{} gives it its value, so a change of its default would change "
                              "nothing. Change the value there.",
                              by));
  }
  if (!expr) return RefuseComputed(at, here);
  return Follow(*expr, rest, wanted, {expr->file, true});
}

Tracer::Result Tracer::Follow(const SpecExpr& expr, const Steps& steps, std::string_view wanted,
                              Place place) {
  constexpr int kMostHops = 100;
  place.file = expr.file;
  if (++depth_ > kMostHops) return RefuseComputed(expr.span, place);
  Result result = expr.json != nullptr ? FollowJson(*expr.json, steps, wanted, place)
                                       : FollowExpr(*expr.native, steps, wanted, place);
  --depth_;
  return result;
}

Tracer::Result Tracer::FollowJson(const hcl::JsonValue& value, const Steps& steps,
                                  std::string_view wanted, const Place& place) {
  switch (value.kind) {
    case hcl::JsonKind::kObject:
      for (const hcl::JsonMember& member : value.members) {
        if (steps.empty() || !IsKey(hcl::Value::Of(member.name), steps.front())) continue;
        return FollowJson(*member.value, {steps.begin() + 1, steps.end()}, wanted, place);
      }
      return RefuseComputed(value.span, place);
    case hcl::JsonKind::kArray:
      if (steps.empty() || !steps.front().index || *steps.front().index >= value.items.size()) {
        return RefuseComputed(value.span, place);
      }
      return FollowJson(*value.items[*steps.front().index], {steps.begin() + 1, steps.end()},
                        wanted, place);
    case hcl::JsonKind::kString: {
      if (place.constant) {
        return Edit{value.span, hcl::JsonString(wanted, hcl::JsonReading::kVerbatim)};
      }
      const hcl::SourcePtr source = hcl::JsonStringSource(place.file, value.span);
      hcl::Diagnostics ignored;
      parsed_.push_back(hcl::ParseTemplate(source, ignored));
      const hcl::Expr& root = parsed_.back()->root();
      const Place inside{source, false, place.takes_text};
      const bool whole = steps.empty() && IsText(root, inside);
      if (!whole || root.kind == hcl::ExprKind::kTemplate) {
        Result result = FollowExpr(root, steps, wanted, inside);
        if (result || !whole) return result;
      }
      return Edit{value.span, hcl::JsonString(wanted, hcl::JsonReading::kTemplate)};
    }
    case hcl::JsonKind::kNumber:
    case hcl::JsonKind::kBool:
    case hcl::JsonKind::kNull:
      if (!steps.empty()) break;
      if (hcl::IsNumberOrKeyword(wanted)) return Edit{value.span, std::string(wanted)};
      if (!place.takes_text) break;
      return Edit{value.span,
                  hcl::JsonString(wanted, place.constant ? hcl::JsonReading::kVerbatim
                                                         : hcl::JsonReading::kTemplate)};
    default:
      break;
  }
  return RefuseComputed(value.span, place);
}

Tracer::Result Tracer::FollowObject(const hcl::ObjectExpr& expr, const Steps& steps,
                                    std::string_view wanted, const Place& place) {
  if (steps.empty()) return RefuseComputed(expr.span, place);
  for (const hcl::ObjectItem& item : expr.items) {
    const bool literal = item.key->kind == hcl::ExprKind::kLiteral;
    if (!literal || !IsKey(hcl::As<hcl::LiteralExpr>(*item.key).value, steps.front())) continue;
    return FollowExpr(*item.value, {steps.begin() + 1, steps.end()}, wanted, place);
  }
  return RefuseComputed(expr.span, place);
}

Tracer::Result Tracer::FollowExpr(const hcl::Expr& expr, const Steps& steps,
                                  std::string_view wanted, const Place& place) {
  switch (expr.kind) {
    case hcl::ExprKind::kParentheses:
      return FollowExpr(*hcl::As<hcl::ParenthesesExpr>(expr).inner, steps, wanted, place);
    case hcl::ExprKind::kTemplateWrap:
      if (steps.empty() && IsText(expr, place)) return Replace(expr, wanted, place);
      return FollowExpr(*hcl::As<hcl::TemplateWrapExpr>(expr).wrapped, steps, wanted, place);
    case hcl::ExprKind::kTraversal: {
      const auto& traversal = hcl::As<hcl::TraversalExpr>(expr);
      Steps all = StepsOfTraversal(traversal);
      all.insert(all.end(), steps.begin(), steps.end());
      return FollowName(traversal.root, all, wanted, InSpec(expr.span, place));
    }
    case hcl::ExprKind::kObject:
      return FollowObject(hcl::As<hcl::ObjectExpr>(expr), steps, wanted, place);
    case hcl::ExprKind::kTuple: {
      const auto& tuple = hcl::As<hcl::TupleExpr>(expr);
      const bool has =
          !steps.empty() && steps.front().index && *steps.front().index < tuple.items.size();
      if (!has) return RefuseComputed(expr.span, place);
      return FollowExpr(*tuple.items[*steps.front().index], {steps.begin() + 1, steps.end()},
                        wanted, place);
    }
    case hcl::ExprKind::kTemplate:
      if (!steps.empty()) return RefuseComputed(expr.span, place);
      return FollowTemplate(hcl::As<hcl::TemplateExpr>(expr), wanted, place);
    case hcl::ExprKind::kLiteral:
    case hcl::ExprKind::kUnary:
      return steps.empty() ? Replace(expr, wanted, place) : RefuseComputed(expr.span, place);
    default:
      return RefuseComputed(expr.span, place);
  }
}

// A literal as a whole.
Tracer::Result Tracer::Replace(const hcl::Expr& expr, std::string_view wanted, const Place& place) {
  const std::string_view old = place.file->TextOf(expr.span);
  const hcl::Span at = InSpec(expr.span, place);
  if (place.file->origin() != nullptr) return RefuseComputed(expr.span, place);
  if (hcl::IsHeredoc(old)) {
    if (wanted.ends_with('\n')) wanted.remove_suffix(1);
    std::optional<std::string> text = hcl::HeredocWith(old, wanted);
    if (text) return Edit{at, *std::move(text)};
    return Refuse(expr.span, place, "The value would end the heredoc",
                  "It is the heredoc's closing marker. Write the literal in quotes.");
  }
  if (old.starts_with('"')) {
    return Edit{at, fmt::format("\"{}\"", hcl::QuotedContent(wanted))};
  }
  if (!hcl::IsNumberOrKeyword(old)) return RefuseComputed(expr.span, place);
  if (hcl::IsNumberOrKeyword(wanted)) return Edit{at, std::string(wanted)};
  if (!place.takes_text) {
    return Refuse(expr.span, place, "A number or keyword stands here",
                  "The value is neither a number nor true, false or null.");
  }
  return Edit{at, fmt::format("\"{}\"", hcl::QuotedContent(wanted))};
}

// Literal text between interpolations.
Tracer::Result Tracer::ReplacePiece(const hcl::Expr& piece, const hcl::Expr& whole,
                                    std::string_view wanted, const Place& place) {
  const std::string_view form = place.file->TextOf(whole.span);
  const hcl::Span at = InSpec(piece.span, place);
  if (place.file->origin() != nullptr) {
    const std::string text = hcl::JsonString(wanted, hcl::JsonReading::kTemplate);
    return Edit{at, text.substr(1, text.size() - 2)};
  }
  if (!hcl::IsHeredoc(form)) return Edit{at, hcl::QuotedContent(wanted)};
  if (form.starts_with("<<-")) {
    return Refuse(piece.span, place, "Text of an indented heredoc",
                  "Between interpolations it is changed by hand only.");
  }
  return Edit{at, hcl::EscapeTemplate(wanted)};
}

// Of several pieces the one that is to be other than it is, where the text before it and behind it
// stays. A name goes before literal text: of "repo:${var.tag}" the tag changes.
Tracer::Result Tracer::FollowTemplate(const hcl::TemplateExpr& expr, std::string_view wanted,
                                      const Place& place) {
  const std::vector<std::string> pieces = PiecesOf(expr, place);
  const bool is_text = IsText(expr, place);
  // A heredoc ends with a line break that nobody names.
  std::string text(wanted);
  if (hcl::IsHeredoc(place.file->TextOf(expr.span)) && !text.ends_with('\n')) text += '\n';

  std::optional<hcl::Diagnostic> refusal;
  for (const bool literals : {false, true}) {
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      if ((expr.parts[i]->kind == hcl::ExprKind::kLiteral) != literals) continue;
      if (is_text && !literals) continue;
      const std::optional<std::string> piece = WantedPiece(text, pieces, i);
      if (!piece) continue;
      Result result = literals ? ReplacePiece(*expr.parts[i], expr, *piece, place)
                               : FollowExpr(*expr.parts[i], {}, *piece, place);
      if (result) return result;
      if (!refusal) refusal = result.error();
    }
    if (refusal && !is_text) return tl::unexpected(*std::move(refusal));
  }
  return is_text ? Replace(expr, wanted, place) : RefuseComputed(expr.span, place);
}

}  // namespace

std::optional<Edit> TraceEdit(const Evaluation& evaluation, const Target& target,
                              std::string_view wanted, bool shared, hcl::Diagnostics& diagnostics) {
  Tracer tracer(evaluation, shared, TextOf(target.value));
  if (!shared && target.variable.empty() && evaluation.CountAt(target.expr.span) > 1) {
    diagnostics.Error(
        evaluation.spec().source, target.expr.span, "A dynamic block makes several of this",
        fmt::format("{} places of the evaluated job come from this line; to change it changes all "
                    "of them. --shared does so.",
                    evaluation.CountAt(target.expr.span)));
    return std::nullopt;
  }
  Tracer::Result result = [&] {
    if (target.variable.empty()) {
      return tracer.Follow(target.expr, target.rest, wanted,
                           {target.expr.file, false, target.takes_text});
    }
    Steps steps{{target.variable}};
    steps.insert(steps.end(), target.rest.begin(), target.rest.end());
    return tracer.FollowName("var", steps, wanted, std::nullopt);
  }();
  if (result) return *std::move(result);
  diagnostics.Add(result.error());
  return std::nullopt;
}

}  // namespace nmgr::jobspec
