// Many questions at once: each registry is asked by one client, the registries beside each other.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "nmgr/base/expected.h"
#include "nmgr/base/file_system.h"
#include "nmgr/base/secrets.h"
#include "nmgr/net/proxy.h"
#include "nmgr/registry/client.h"
#include "nmgr/registry/credentials.h"
#include "nmgr/registry/reference.h"

namespace nmgr::registry {

// What a run was told of registries.
struct Access {
  std::map<std::string, HostSettings, std::less<>> hosts;  // [registry.HOST], by HostName
  Path docker_config;                                      // ~/.docker/config.json; "": none
  net::Environment environment;                            // where proxies are named
};

struct Question {
  Reference reference;
  bool digest = false;      // what its tag points at
  bool tags = false;        // which tags its repository has
  std::string age_of = {};  // a digest that its tag points at: when that image was made
};

struct Answer {
  std::optional<Expected<std::string>> digest;  // nothing: not asked for
  std::optional<Expected<TagList>> tags;
  std::optional<Expected<std::int64_t>> created_ns;  // as HostClient::Created has it
};

// What a survey may take and touch.
struct SurveyOptions {
  Redactor* secrets = nullptr;            // as ClientOptions has it
  TimePoint deadline = TimePoint::max();  // what is not answered by then is kUnreachable
  std::stop_token stop;
  Listener heard = {};  // told of each request, from several threads
};

// In the order of `questions`. Each digest and each list of tags is asked for once, whoever wants
// it. What was not asked because of a stop request is kInterrupted.
std::vector<Answer> Survey(const std::vector<Question>& questions, const Access& access,
                           FileSystem& files, const SurveyOptions& options);

}  // namespace nmgr::registry
