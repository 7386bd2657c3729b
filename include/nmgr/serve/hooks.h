// The door for hooks: proves them (nmgr/webhook), counts them, and hands on what they announce. The
// sender has its answer before anything is done about it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/serve/routes.h"
#include "nmgr/webhook/deliveries.h"
#include "nmgr/webhook/receive.h"

namespace nmgr::serve {

class Storms;

class Hooks final : public HookDoor {
 public:
  // Told of what was proved and not seen before, on the thread of the hooks: it notes it and
  // returns. False where it cannot: the sender is answered 503, and its repetition counts.
  using Listener =
      std::function<bool(const webhook::Receiver& receiver, const webhook::Result& result)>;

  // `clock` and `meters` must outlive it.
  Hooks(std::vector<webhook::Receiver> receivers, Clock& clock, Meters& meters, Listener listener);
  ~Hooks() override;

  std::optional<std::uint64_t> MostBody(std::string_view receiver) const override;
  HookAnswer Take(const net::Request& request) override;

  const std::vector<webhook::Receiver>& receivers() const { return receivers_; }

 private:
  const webhook::Receiver* Find(std::string_view name) const;

  const std::vector<webhook::Receiver> receivers_;
  webhook::Deliveries deliveries_;
  Meters& meters_;
  const Listener listener_;
  const std::unique_ptr<Storms> storms_;
};

}  // namespace nmgr::serve
