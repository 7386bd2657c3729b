#include "nmgr/sync/control.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "nmgr/base/hmac.h"
#include "nmgr/base/text.h"
#include "nmgr/sync/ledger.h"
#include "nmgr/sync/state_text.h"

namespace nmgr::sync {
namespace {

constexpr std::size_t kMostName = 100;
constexpr std::size_t kMostWhy = 200;
constexpr int kMostControlTries = 8;
constexpr Duration kLongestAsked{120'000};  // of a copy for a lease
// Nomad takes no variable without items, and the daemon may not delete any.
constexpr const char* kNothingAsked = "-";

constexpr std::size_t kMark = 8;

constexpr std::string_view kRequested = "requested";
constexpr std::string_view kPaused = "paused";
constexpr std::string_view kHeld = "held";

bool IsOfJob(TriggerKind kind) {
  return kind != TriggerKind::kSync && kind != TriggerKind::kConfirmAll &&
         kind != TriggerKind::kHandOver;
}

std::string ItemKey(const TriggerKey& key) {
  std::string name(WordOf(key.kind));
  return IsOfJob(key.kind) ? name + ":" + EncodeJobKey(key.job) : name;
}

std::optional<TriggerKey> TriggerKeyOf(std::string_view item) {
  const std::size_t colon = item.find(':');
  const bool of_job = colon != std::string_view::npos;
  for (const TriggerKind kind :
       {TriggerKind::kSync, TriggerKind::kConfirmAll, TriggerKind::kConfirm, TriggerKind::kRetry,
        TriggerKind::kUnfollow, TriggerKind::kImage, TriggerKind::kHandOver}) {
    if (IsOfJob(kind) != of_job || WordOf(kind) != item.substr(0, colon)) continue;
    if (!of_job) return TriggerKey{kind};
    const auto job = DecodeJobKey(item.substr(colon + 1));
    if (job) return TriggerKey{kind, *job};
  }
  return std::nullopt;
}

std::string EncodeTrigger(const Trigger& trigger) {
  StateText text;
  text.word = kRequested;
  text.Add("at", trigger.id);
  text.Add("by", CutText(trigger.by, kMostName));
  text.Add("commit", trigger.commit);
  if (trigger.force) text.Add("force", "yes");
  text.Add("handled", trigger.handled);
  text.Add("for", trigger.purpose);
  text.Add("jobs", Join(trigger.jobs, ","));
  return WriteStateText(text);
}

// A time, so that the oldest can be told from the newest.
bool IsTriggerId(std::string_view id) { return id.size() <= 40 && ReadStateTime(id).has_value(); }

std::optional<Trigger> DecodeTrigger(std::string_view line) {
  const StateText text = ReadStateText(line);
  Trigger trigger;
  trigger.id = text.Field("at");
  trigger.by = CutText(text.Field("by"), kMostName);
  trigger.commit = text.Field("commit");
  trigger.force = text.Field("force") == "yes";
  trigger.handled = text.Field("handled");
  trigger.purpose = CutText(text.Field("for"), kMostName);
  for (const std::string_view mark : Split(text.Field("jobs"), ',')) {
    if (!mark.empty()) trigger.jobs.emplace_back(mark.substr(0, kMark));
  }
  const bool fits = text.word == kRequested && IsTriggerId(trigger.id) &&
                    IsHex(trigger.commit, 64) &&
                    (trigger.handled.empty() || IsTriggerId(trigger.handled));
  if (!fits) return std::nullopt;
  return trigger;
}

std::string EncodePause(const Pause& pause) {
  StateText text;
  text.word = kPaused;
  text.Add("at", StateTime(pause.at));
  text.Add("by", CutText(pause.by, kMostName));
  if (pause.until) text.Add("until", StateTime(*pause.until));
  text.rest = pause.why;
  return WriteStateText(text, kMostWhy);
}

// Whatever stands there pauses: half a word must not let a sync go on that somebody stopped.
Pause DecodePause(std::string_view line) {
  const StateText text = ReadStateText(line);
  Pause pause;
  pause.by = CutText(text.Field("by"), kMostName);
  pause.at = ReadStateTime(text.Field("at")).value_or(WallTime{});
  pause.until = ReadStateTime(text.Field("until"));
  pause.why = CutText(text.rest, kMostWhy);
  return pause;
}

std::string EncodeHold(const JobHold& hold) {
  StateText text;
  text.word = kHeld;
  text.Add("at", StateTime(hold.at));
  text.Add("by", CutText(hold.by, kMostName));
  text.rest = hold.why;
  return WriteStateText(text, kMostWhy);
}

JobHold DecodeHold(std::string_view line) {
  const StateText text = ReadStateText(line);
  return {CutText(text.Field("by"), kMostName),
          ReadStateTime(text.Field("at")).value_or(WallTime{}), CutText(text.rest, kMostWhy)};
}

nomad::VariableItems AllItems(const Control& control) {
  nomad::VariableItems items;
  for (const auto& [key, trigger] : control.triggers) items[ItemKey(key)] = EncodeTrigger(trigger);
  if (control.pause) items["pause"] = EncodePause(*control.pause);
  for (const auto& [job, hold] : control.holds)
    items["hold:" + EncodeJobKey(job)] = EncodeHold(hold);
  if (items.empty()) items.emplace(kNothingAsked, "nothing is asked of this source");
  return items;
}

}  // namespace

std::string_view WordOf(TriggerKind kind) {
  switch (kind) {
    case TriggerKind::kSync:
      return "sync";
    case TriggerKind::kConfirmAll:
    case TriggerKind::kConfirm:
      return "confirm";
    case TriggerKind::kRetry:
      return "retry";
    case TriggerKind::kUnfollow:
      return "unfollow";
    case TriggerKind::kHandOver:
      return "hand-over";
    case TriggerKind::kImage:
      break;
  }
  return "image";
}

std::vector<std::pair<TriggerKey, Trigger>> Control::Waiting() const {
  std::vector<std::pair<TriggerKey, Trigger>> waiting;
  for (const auto& entry : triggers) {
    if (entry.second.handled.empty()) waiting.emplace_back(entry);
  }
  std::stable_sort(waiting.begin(), waiting.end(),
                   [](const auto& a, const auto& b) { return a.second.id < b.second.id; });
  return waiting;
}

Control DecodeControl(const nomad::VariableItems& items, std::vector<std::string>* strange) {
  Control control;
  for (const auto& [key, value] : items) {
    const std::string_view name = key;
    if (name == "pause") {
      control.pause = DecodePause(value);
      continue;
    }
    if (name.starts_with("hold:")) {
      if (const auto job = DecodeJobKey(name.substr(5))) {
        control.holds[*job] = DecodeHold(value);
        continue;
      }
    }
    const auto trigger_key = TriggerKeyOf(name);
    auto trigger = DecodeTrigger(value);
    if (trigger_key && trigger) {
      control.triggers[*trigger_key] = *std::move(trigger);
    } else if (strange != nullptr && name != kNothingAsked) {
      strange->push_back(CutText(name, kMostName));
    }
  }
  return control;
}

Expected<nomad::VariableItems> EncodeControl(const Control& control, std::size_t most) {
  nomad::VariableItems items = AllItems(control);
  std::vector<std::pair<std::string, std::string>> handled;  // when it was requested, its item
  for (const auto& [key, trigger] : control.triggers) {
    if (!trigger.handled.empty()) handled.emplace_back(trigger.id, ItemKey(key));
  }
  std::sort(handled.begin(), handled.end());
  for (const auto& oldest : handled) {
    if (nomad::BytesOf(items) <= most) break;
    items.erase(oldest.second);
  }
  if (nomad::BytesOf(items) <= most) return items;
  return Error{ErrorCode::kRejected,
               fmt::format("what is asked of this source takes {} bytes, of {} that it may",
                           nomad::BytesOf(items), kMostControl),
               "release what is held, or wait until what was requested has been carried out"};
}

std::string JobMark(const JobKey& job) {
  return HexOf(HmacSha256("job", EncodeJobKey(job))).substr(0, kMark);
}

std::string TriggerId(WallTime now) { return UtcText(now); }

std::optional<Trigger> AskedSync(const Control& control) {
  const auto found = control.triggers.find({TriggerKind::kSync});
  if (found == control.triggers.end() || !found->second.handled.empty()) return std::nullopt;
  return found->second;
}

bool IsCommitName(std::string_view text) { return text.size() >= 7 && IsHex(text, 64); }

bool SameCommit(std::string_view a, std::string_view b) {
  const std::size_t shorter = std::min(a.size(), b.size());
  if (shorter == 0) return a.size() == b.size();
  return shorter >= 7 && a.substr(0, shorter) == b.substr(0, shorter);
}

void RequestSync(Control& control, Trigger trigger) {
  const auto found = control.triggers.find({TriggerKind::kSync});
  if (found != control.triggers.end()) {
    const Trigger& before = found->second;
    const bool waits = before.handled.empty();
    const bool named = !trigger.commit.empty();
    const bool same = named && SameCommit(before.commit, trigger.commit);
    if (waits && same && before.force >= trigger.force) return;
    trigger.force = trigger.force || (waits && before.force);
  }
  control.triggers[{TriggerKind::kSync}] = std::move(trigger);
}

void RequestImage(Control& control, const TriggerKey& key, Trigger trigger) {
  const auto known = control.triggers.find(key);
  if (known != control.triggers.end() && known->second.handled.empty()) return;
  control.triggers[key] = std::move(trigger);
  std::size_t count = 0;
  auto oldest = control.triggers.end();
  for (auto one = control.triggers.begin(); one != control.triggers.end(); ++one) {
    if (one->first.kind != TriggerKind::kImage) continue;
    ++count;
    if (oldest == control.triggers.end() || one->second.id < oldest->second.id) oldest = one;
  }
  if (count > kMostImages) control.triggers.erase(oldest);
}

void RequestHandOver(Control& control, const std::string& by, WallTime now) {
  control.triggers[{TriggerKind::kHandOver}] = {TriggerId(now), by, {}};
}

std::string HandOverTo(const Control& control, WallTime now) {
  const auto found = control.triggers.find({TriggerKind::kHandOver});
  if (found == control.triggers.end() || !found->second.handled.empty()) return {};
  const auto at = ReadStateTime(found->second.id);
  return at && now < *at + kLongestAsked ? found->second.by : "";
}

void MarkHandled(Control& control, const TriggerKey& key, const std::string& id, WallTime now) {
  const auto found = control.triggers.find(key);
  if (found == control.triggers.end() || found->second.id != id) return;
  if (key.kind == TriggerKind::kImage) {
    control.triggers.erase(found);
  } else if (found->second.handled.empty()) {
    found->second.handled = StateTime(now);
    found->second.jobs.clear();
  }
}

Expected<Control> ChangeControl(nomad::VariableClient& client, const nomad::VariableRef& ref,
                                const std::function<Expected<void>(Control& control)>& change,
                                const nomad::Call& call, bool dry_run) {
  for (int tries = 1;; ++tries) {
    TRY_ASSIGN(const auto read, client.ReadVariable(ref, {}, call));
    const nomad::VariableItems stored = read.value ? read.value->items : nomad::VariableItems();
    Control control = DecodeControl(stored);
    const Control before = control;
    TRY(change(control));
    if (control == before) return control;
    const std::size_t most = std::max(kMostControl, nomad::BytesOf(stored));
    TRY_ASSIGN(const auto items, EncodeControl(control, most));
    if (dry_run) return control;
    const auto written =
        client.WriteVariable(ref, items, read.value ? read.value->info.modify_index : 0, call);
    if (written) return DecodeControl(items);
    const bool again = nomad::MayWriteAgain(written.error());
    if (!again || tries == kMostControlTries) return Error(written.error());
  }
}

ControlWatch::ControlWatch(nomad::VariableClient& client, nomad::VariableRef ref, Listener listener,
                           bool lays, Clock& clock)
    : client_(client), ref_(std::move(ref)), listener_(std::move(listener)) {
  VariableWatch::Question question;
  question.ask = [this](const nomad::BlockingQuery& query, const nomad::Call& call) {
    return Ask(query, call);
  };
  question.tell = [this](bool again) {
    if (!again && told_ && now_ == *told_) return;
    told_ = now_;
    listener_(now_);
  };
  question.fail =
      question.unlaid = [this](const Error& error) { listener_(tl::unexpected(error)); };
  question.laid = ref_;
  if (lays) question.items = AllItems({});
  watch_.emplace(client, std::move(question), clock);
}

ControlWatch::~ControlWatch() = default;

Expected<VariableWatch::Answer> ControlWatch::Ask(const nomad::BlockingQuery& query,
                                                  const nomad::Call& call) {
  TRY_ASSIGN(const auto read, client_.ReadVariable(ref_, query, call));
  now_ = read.value ? DecodeControl(read.value->items) : Control();
  return VariableWatch::Answer{read.index, read.has_index, !read.value};
}

}  // namespace nmgr::sync
