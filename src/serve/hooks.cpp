#include "nmgr/serve/hooks.h"

#include <fmt/format.h>

#include <utility>

#include "serve/storms.h"

namespace nmgr::serve {
namespace {

void ForgetAll(webhook::Deliveries& deliveries, const webhook::Result& result) {
  for (const webhook::Push& push : result.pushes) deliveries.Forget(result.receiver, push.delivery);
  for (const webhook::Image& image : result.images)
    deliveries.Forget(result.receiver, image.delivery);
}

constexpr int kUnauthorized = 401;
constexpr int kNotThere = 404;

}  // namespace

Hooks::Hooks(std::vector<webhook::Receiver> receivers, Clock& clock, Meters& meters,
             Listener listener)
    : receivers_(std::move(receivers)),
      deliveries_(clock),
      meters_(meters),
      listener_(std::move(listener)),
      storms_(std::make_unique<Storms>(clock)) {}

Hooks::~Hooks() = default;

const webhook::Receiver* Hooks::Find(std::string_view name) const {
  for (const webhook::Receiver& receiver : receivers_) {
    if (receiver.name == name) return &receiver;
  }
  return nullptr;
}

std::optional<std::uint64_t> Hooks::MostBody(std::string_view name) const {
  const webhook::Receiver* const receiver = Find(name);
  if (receiver == nullptr) return std::nullopt;
  return receiver->most_body;
}

HookAnswer Hooks::Take(const net::Request& request) {
  const std::string_view target = request.head.target;
  const webhook::Post post{target.substr(0, target.find('?')), request.head.headers.fields(),
                           request.body};
  webhook::Result result = webhook::Receive(receivers_, post);
  const webhook::Receiver* const receiver = Find(result.receiver);
  const bool proves_nothing = result.status == kUnauthorized || result.status == kNotThere;
  if (proves_nothing && storms_->IsTooMany(request.head.peer)) {
    if (receiver != nullptr) meters_.Add(Metric::kWebhooks, {receiver->name, "throttled"});
    return {429, "too many hooks of this address prove nothing: check the secret, then wait"};
  }
  if (receiver == nullptr) return {result.status, result.why};
  deliveries_.DropRepeated(result);
  if (result.outcome == webhook::Outcome::kAccepted && !listener_(*receiver, result)) {
    ForgetAll(deliveries_, result);
    meters_.Add(Metric::kWebhooks, {receiver->name, "deferred"});
    return {503, "too busy to note it: send it again"};
  }
  meters_.Add(Metric::kWebhooks, {receiver->name, std::string(OutcomeName(result.outcome))});
  const std::string_view said = result.why.empty() ? OutcomeName(result.outcome) : result.why;
  return {result.status, std::string(said)};
}

}  // namespace nmgr::serve
