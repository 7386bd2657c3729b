#include "nmgr/sync/declared.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "nmgr/base/log.h"
#include "nmgr/base/text.h"
#include "nmgr/sync/state_paths.h"

namespace nmgr::sync {
namespace {

// Where nothing could be laid out, the writes of others end the query: one look at a time.
constexpr Duration kDeclaredPause{1'000};
constexpr const char* kHere = "-";  // Nomad takes no variable without items

Expected<Source> Declare(const std::string& name, const nomad::VariableItems& items,
                         const DeclaredPlace& place) {
  const auto& own = place.config->sources;
  const bool taken = std::any_of(own.begin(), own.end(),
                                 [&](const Source& source) { return source.name == name; });
  if (taken) {
    return Error{ErrorCode::kConflict,
                 fmt::format("variable {}{}: the config file has a source \"{}\", and that one "
                             "counts",
                             place.prefix.path, name, name),
                 "give one of them another name"};
  }
  TRY_ASSIGN(Source source, SourceFromItems(name, items, *place.config));
  if (auto checked = place.check(source); !checked) {
    Error error = std::move(checked).error();
    error.code = ErrorCode::kIo;  // of this machine: it may pass
    return error;
  }
  return source;
}

// What only another declaration can change.
bool IsFinal(const DeclaredSource& one) {
  return one.source || one.source.error().code == ErrorCode::kConfig ||
         one.source.error().code == ErrorCode::kConflict;
}

std::string RefusalOf(const DeclaredSource& one) {
  return one.source ? std::string() : one.source.error().message;
}

const DeclaredSource* KnownAt(const std::vector<DeclaredSource>& known, const std::string& name,
                              std::uint64_t index) {
  const auto found = std::find_if(known.begin(), known.end(), [&](const DeclaredSource& one) {
    return one.name == name && one.index == index && IsFinal(one);
  });
  return found == known.end() ? nullptr : &*found;
}

bool AreSame(const std::vector<DeclaredSource>& a, const std::vector<DeclaredSource>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& one, const auto& two) {
    return one.name == two.name && one.index == two.index && RefusalOf(one) == RefusalOf(two);
  });
}

// Nothing: it is gone already.
Expected<std::optional<DeclaredSource>> ReadOne(nomad::VariableClient& client,
                                                const DeclaredPlace& place,
                                                const nomad::VariableInfo& info,
                                                const std::string& name, const nomad::Call& call) {
  nomad::VariableRef ref = place.prefix;
  ref.path = info.path;
  DeclaredSource declared{name, info.modify_index, Source()};
  const auto read = client.ReadVariable(ref, {}, call);
  if (!read && read.error().code != ErrorCode::kForbidden) return read.error();
  if (!read) {
    declared.source = tl::unexpected(read.error());
    return std::optional(std::move(declared));
  }
  if (!read->value) return std::optional<DeclaredSource>();
  declared.index = read->value->info.modify_index;
  declared.source = Declare(name, read->value->items, place);
  return std::optional(std::move(declared));
}

}  // namespace

bool MayDeclare(const ServeConfig& config) { return !config.serve.variable_sources.hosts.empty(); }

Expected<nomad::Indexed<std::vector<DeclaredSource>>> ReadDeclared(
    nomad::VariableClient& client, const DeclaredPlace& place,
    const std::vector<DeclaredSource>& known, const nomad::BlockingQuery& query,
    const nomad::Call& call) {
  TRY_ASSIGN(const auto list, client.ListVariables(place.prefix, query, call));
  nomad::Indexed<std::vector<DeclaredSource>> all;
  all.index = list.index;
  all.has_index = list.has_index;
  std::vector<std::pair<std::string, const nomad::VariableInfo*>> names;
  for (const nomad::VariableInfo& info : list.value) {
    names.emplace_back(NameIn(info.path, place.prefix.path), &info);
  }
  std::sort(names.begin(), names.end());
  for (const auto& [name, info] : names) {
    if (const DeclaredSource* const same = KnownAt(known, name, info->modify_index)) {
      all.value.push_back(*same);
      continue;
    }
    if (all.value.size() >= kMostDeclared) {
      const std::string what =
          fmt::format("variable {}: there are more than {} sources in variables",
                      EscapeControls(info->path), kMostDeclared);
      all.value.push_back({name, info->modify_index,
                           tl::unexpected(Error{ErrorCode::kRejected, what, "take some away"})});
      continue;
    }
    TRY_ASSIGN(auto one, ReadOne(client, place, *info, name, call));
    if (one) all.value.push_back(*std::move(one));
  }
  return all;
}

DeclaredWatch::DeclaredWatch(nomad::VariableClient& client, DeclaredPlace place, Listener listener,
                             bool lays, Clock& clock)
    : client_(client), place_(std::move(place)), listener_(std::move(listener)) {
  VariableWatch::Question question;
  question.ask = [this](const nomad::BlockingQuery& query, const nomad::Call& call) {
    return Ask(query, call);
  };
  question.tell = [this](bool again) {
    const bool is_news = std::exchange(is_news_, false);
    if (again || is_news) listener_(known_);
  };
  question.fail = [this](const Error& error) { listener_(tl::unexpected(error)); };
  question.unlaid = [](const Error& error) { LogDebug("sources: {}", error.message); };
  question.laid = place_.prefix;
  question.laid.path.pop_back();
  if (lays) question.items = {{kHere, "a variable below this path declares a source"}};
  question.lays_once = true;
  question.pause = kDeclaredPause;
  watch_.emplace(client, std::move(question), clock);
}

Expected<VariableWatch::Answer> DeclaredWatch::Ask(const nomad::BlockingQuery& query,
                                                   const nomad::Call& call) {
  TRY_ASSIGN(auto read, ReadDeclared(client_, place_, known_, query, call));
  is_news_ = is_news_ || !AreSame(known_, read.value);
  known_ = std::move(read.value);
  return VariableWatch::Answer{read.index, read.has_index, known_.empty()};
}

}  // namespace nmgr::sync
