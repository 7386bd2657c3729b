#include "actions/reader_watch.h"

#include <system_error>

namespace nmgr::actions {
namespace {

constexpr Duration kLook{500};

Env StoppedBy(const Env& env, std::stop_token stop) {
  Env own = env;
  own.stop = std::move(stop);
  return own;
}

}  // namespace

ReaderWatch::ReaderWatch(const Env& env)
    : env_(env),
      on_stop_(env.stop, [this] { stop_.request_stop(); }),
      watched_(StoppedBy(env, stop_.get_token())) {
  try {
    looks_.emplace([this](const std::stop_token& ended) {
      while (!ended.stop_requested() && !stop_.stop_requested()) {
        if (env_.out.Closed()) stop_.request_stop();
        RealClock().Sleep(kLook, ended);
      }
    });
  } catch (const std::system_error&) {
  }
}

ExitCode ReaderWatch::CodeOf(ExitCode code) const {
  const bool closed = stop_.stop_requested() || env_.out.Closed();
  const bool ours = closed && !env_.stop.stop_requested();
  return ours && code == kInterrupted ? kDone : code;
}

}  // namespace nmgr::actions
