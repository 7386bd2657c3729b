// Variables that anybody may have written: read without harm, never out of bounds, and what is
// written of what was read is read as the same.
#include <map>

#include "fuzz/fuzz.h"
#include "nmgr/base/text.h"
#include "nmgr/sync/control.h"
#include "nmgr/sync/lease.h"
#include "nmgr/sync/ledger.h"
#include "nmgr/sync/state_text.h"

namespace nmgr::fuzz {
namespace {

// A line is an item: its key until the first tab, then its value.
nomad::VariableItems ItemsOf(std::string_view text) {
  nomad::VariableItems items;
  for (const std::string_view line : Split(text, '\n')) {
    const std::size_t tab = line.find('\t');
    const bool has_value = tab != std::string_view::npos;
    items[std::string(line.substr(0, tab))] = has_value ? line.substr(tab + 1) : "";
  }
  return items;
}

bool IsHarmless(const std::string& shown) { return EscapeControls(shown) == shown; }

}  // namespace

void Ledger(std::string_view text) {
  for (const auto& [key, value] : ItemsOf(text)) {
    if (const auto job = sync::DecodeLedgerJob(value)) {
      const std::string line = sync::EncodeLedgerJob(*job);
      Require(sync::DecodeLedgerJob(line) == job, "a job of the ledger is read as another one");
      Require(IsHarmless(job->reason) && job->reason.size() <= sync::kMostReason,
              "a reason is too long or could steer a terminal");
      Require(IsHarmless(line), "a line of the ledger could steer a terminal");
      Require(sync::EncodeLedgerJob(*job, 0).size() <= line.size(), "shorter is longer");
    }
    if (const auto job = sync::DecodeJobKey(key))
      Require(sync::EncodeJobKey(*job) == key, "a key of the ledger is read as another one");
    if (const auto image = sync::DecodeImage(value))
      Require(sync::DecodeImage(sync::EncodeImage(*image)) == image, "an image is another one");
  }
  const sync::SourceStatus status = sync::DecodeStatus(ItemsOf(text));
  const nomad::VariableItems items = sync::EncodeStatus(status);
  Require(sync::EncodeStatus(sync::DecodeStatus(items)) == items, "a status is read as another");
  Require(nomad::BytesOf(items) <= sync::kMostStatus, "a status is larger than its bound");
  Require(IsHarmless(status.error + status.subject), "a status could steer a terminal");
}

void Control(std::string_view text) {
  const nomad::VariableItems given = ItemsOf(text);
  const sync::Control control = sync::DecodeControl(given);
  Require(given.count("pause") == 0 || control.pause.has_value(), "a pause pauses nothing");
  const auto items = sync::EncodeControl(control);
  if (items) {
    Require(nomad::BytesOf(*items) <= sync::kMostControl, "a control is larger than its bound");
    const sync::Control again = sync::DecodeControl(*items);
    Require(again.holds == control.holds && again.pause == control.pause,
            "a hold or a pause is lost or read as another one");
    Require(again.Waiting() == control.Waiting(), "what waits is lost or read as another one");
    const auto twice = sync::EncodeControl(again);
    Require(twice && *twice == *items, "a control is written in two ways");
  }
  if (const auto holder = sync::HolderIn(given)) {
    Require(IsHarmless(holder->holder + holder->address), "a holder could steer a terminal");
    Require(sync::HolderIn(sync::ItemsOf(*holder))->holder == holder->holder,
            "a holder is read as another one");
  }
}

}  // namespace nmgr::fuzz
