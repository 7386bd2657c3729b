// Sources that stand in variables, as a run of `serve` takes them: where they are, and what is said
// of those that are none.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "nmgr/actions/action.h"
#include "nmgr/sync/declared.h"
#include "nmgr/sync/status.h"

namespace nmgr::actions {

sync::DeclaredPlace DeclaredPlaceOf(Env& env);

// The status of a declaration that is no source.
sync::SourceStatus StatusOfRefused(const sync::DeclaredSource& refused);

// Whether it stands beside a source of the config file that has its name, and is not looked at.
bool IsShadowed(const Env& env, const sync::DeclaredSource& declared);

// Says what is wrong with them, once each, and writes it where `nmgr sync status` reads it.
class RefusedSources {
 public:
  struct Means {
    std::function<void(const std::string& text)> warn;
    // On the page, and not any longer.
    std::function<void(const sync::SourceStatus& status)> show;
    std::function<void(const std::string& source)> forget;
    // Its status was another one before, and this copy has written it.
    std::function<void(const sync::SourceStatus& status)> written;
  };

  RefusedSources(Env& env, Means means) : env_(env), means_(std::move(means)) {}

  void Tell(const std::vector<sync::DeclaredSource>& all);
  // They could not be asked about: what was known stays in force.
  void Unknown(const Error& error);

 private:
  void Write(const sync::SourceStatus& status);

  Env& env_;
  const Means means_;
  std::map<std::string, std::string> told_;  // by name
};

}  // namespace nmgr::actions
