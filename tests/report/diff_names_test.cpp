#include "report/diff_names.h"

#include <catch2/catch.hpp>

using namespace nmgr;
using namespace nmgr::report;

TEST_CASE("names become those of the spec") {
  CHECK(SpecName("Count") == "count");
  CHECK(SpecName("KillTimeout") == "kill_timeout");
  CHECK(SpecName("CPU") == "cpu");
  CHECK(SpecName("MemoryMB") == "memory");
  CHECK(SpecName("RestartPolicy") == "restart");
  CHECK(SpecName("EmbeddedTmpl") == "data");
  CHECK(SpecName("CSIPluginConfig") == "csi_plugin_config");
  CHECK(SpecName("Dynamic Port") == "dynamic port");
  CHECK(SpecName("Meta[VERSION]") == "meta.VERSION");
  CHECK(SpecName("Meta[a.b]") == "meta[\"a.b\"]");
  CHECK(SpecName("args[0]") == "args[0]");
  CHECK(SpecName("") == "");
}

TEST_CASE("durations are written as people write them") {
  CHECK(SpecValue("KillTimeout", "5000000000") == "5s");
  CHECK(SpecValue("Interval", "1800000000000") == "30m");
  CHECK(SpecValue("Delay", "0") == "0s");
  CHECK(SpecValue("KillTimeout", "15") == "15");
  CHECK(SpecValue("KillTimeout", "soon") == "soon");
  CHECK(SpecValue("Count", "5000000000") == "5000000000");
}

TEST_CASE("what is nobody's business") {
  const auto IsSecret = [](std::string_view block, std::string_view name,
                           std::string_view after = "hunter22") {
    return report::IsSecret(block, name, "", after);
  };
  CHECK(IsSecret("", "Env[HOME]"));
  CHECK(IsSecret("Template", "EmbeddedTmpl"));
  CHECK(IsSecret("Artifact", "GetterHeaders[X-Auth]"));
  CHECK(IsSecret("Header", "Accept"));
  CHECK(IsSecret("Config", "auth[0][password]"));
  CHECK(IsSecret("Config", "environment[A]"));
  CHECK(IsSecret("", "Meta[API_KEY]"));
  CHECK(IsSecret("", "VaultToken"));
  CHECK(IsSecret("Config", "labels[0][traefik.http.middlewares.a.basicauth.users]"));
  CHECK_FALSE(IsSecret("", "Meta[TOKEN_TTL]", "3600"));
  CHECK_FALSE(IsSecret("", "Meta[PASSWORD_FILE]", "/run/secrets/x"));
  CHECK_FALSE(IsSecret("", "Count"));
  CHECK_FALSE(IsSecret("Config", "image"));
  CHECK_FALSE(IsSecret("Template", "Envvars"));
}
