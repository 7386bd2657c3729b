#include "cli/live_words.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "cli/make_settings.h"
#include "nmgr/nomad/client.h"
#include "nmgr/nomad/connection.h"

namespace nmgr::cli {
namespace {

constexpr Duration kPatience{1'000};

}  // namespace

std::vector<nomad::Allocation> AllocationsToOffer(const World& world,
                                                  const actions::Settings& settings,
                                                  const std::optional<nomad::JobRef>& job) {
  const auto resolve = [&] { return ConnectionOf(settings, world.environment, world.files); };
  nomad::Contact contact;
  const auto client = nomad::MakeHttpClient({resolve, contact});
  const nomad::Call call{world.clock.Now() + kPatience, world.interruption.token()};
  std::vector<nomad::Allocation> found;
  if (job) {
    if (auto listed = client->ListAllocations(*job, {}, call)) found = std::move(listed->value);
  } else if (auto listed = client->ListAllAllocations("", "", call)) {
    found = *std::move(listed);
  }
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
    return std::tuple(a.IsTerminal(), b.create_index, a.id) <
           std::tuple(b.IsTerminal(), a.create_index, b.id);
  });
  return found;
}

}  // namespace nmgr::cli
