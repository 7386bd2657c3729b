// Variables that anybody may have written: read without harm, never out of bounds, and what is
// written of what was read is read as the same.
#include <algorithm>
#include <map>

#include "fuzz/fuzz.h"
#include "nmgr/base/text.h"
#include "nmgr/git/url.h"
#include "nmgr/sync/control.h"
#include "nmgr/sync/lease.h"
#include "nmgr/sync/ledger.h"
#include "nmgr/sync/source.h"
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

// The first line is the name. Whatever stands there, a source has nothing that its daemon's owner
// did not allow.
void Declared(std::string_view text) {
  sync::ServeConfig config;
  sync::VariableSources& allowed = config.serve.variable_sources;
  allowed = {{"git.example.org", "git.example.org:2222"}, {"media", "games"}, {"forge"}};
  config.credentials["forge"].host = "git.example.org";
  config.credentials["own"].host = "git.example.org";
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string name(text.substr(0, end));
  const auto source = sync::SourceFromItems(name, ItemsOf(text.substr(end)), config);
  if (!source) return Require(!source.error().message.empty(), "a refusal without words");
  const auto holds = [](const std::vector<std::string>& list, const std::string& word) {
    return std::find(list.begin(), list.end(), word) != list.end();
  };
  Require(source->from_variable && sync::IsName(source->name), "a name that is none");
  Require(holds(allowed.hosts, sync::HostOf(source->url)), "a host that is not allowed");
  Require(source->credential.empty() || source->credential == "forge", "a foreign credential");
  Require(!source->namespaces.empty(), "any namespace");
  for (const std::string& space : source->namespaces)
    Require(holds(allowed.namespaces, space), "a namespace that is not allowed");
  Require(source->var_file.empty() && source->overlay.empty() && source->allow_paths.empty() &&
              source->allowed_signers.empty(),
          "a path of this machine");
  Require(!source->self, "the daemon itself");
  Require(!source->url.starts_with('-') && !source->FullRef().starts_with('-'),
          "what git would take for an option");
  Require(IsHarmless(git::ShownUrl(source->url)), "a URL that could steer a terminal");
}

}  // namespace nmgr::fuzz
