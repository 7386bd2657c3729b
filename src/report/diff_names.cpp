#include "diff_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <cstdint>
#include <utility>

#include "nmgr/base/clock.h"
#include "nmgr/base/letters.h"
#include "nmgr/base/numbers.h"
#include "nmgr/base/secrets.h"

namespace nmgr::report {
namespace {

using Pair = std::pair<std::string_view, std::string_view>;

bool IsUpper(char c) { return std::isupper(static_cast<unsigned char>(c)) != 0; }
bool IsLower(char c) { return std::islower(static_cast<unsigned char>(c)) != 0; }

// "HealthyDeadline" as "healthy_deadline", "MaxFileSizeMB" as "max_file_size_mb", "CPU" as "cpu".
std::string SnakeCase(std::string_view name) {
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool starts_word =
        i != 0 && IsUpper(name[i]) &&
        (IsLower(name[i - 1]) || (i + 1 < name.size() && IsLower(name[i + 1])));
    if (starts_word && !out.ends_with('_') && !out.ends_with(' ')) out += '_';
    out += static_cast<char>(std::tolower(static_cast<unsigned char>(name[i])));
  }
  return out;
}

constexpr std::array<Pair, 27> kSpecNames = {{{"RestartPolicy", "restart"},
                                              {"ReschedulePolicy", "reschedule"},
                                              {"LogConfig", "logs"},
                                              {"ParameterizedJob", "parameterized"},
                                              {"ConsulConnect", "connect"},
                                              {"ConsulProxy", "proxy"},
                                              {"ConsulUpstreams", "upstreams"},
                                              {"EmbeddedTmpl", "data"},
                                              {"SourcePath", "source"},
                                              {"DestPath", "destination"},
                                              {"LeftDelim", "left_delimiter"},
                                              {"RightDelim", "right_delimiter"},
                                              {"Envvars", "env"},
                                              {"GetterSource", "source"},
                                              {"GetterOptions", "options"},
                                              {"GetterHeaders", "headers"},
                                              {"GetterMode", "mode"},
                                              {"RelativeDest", "destination"},
                                              {"MemoryMB", "memory"},
                                              {"MemoryMaxMB", "memory_max"},
                                              {"SizeMB", "size"},
                                              {"MaxFileSizeMB", "max_file_size"},
                                              {"MBits", "mbits"},
                                              {"LTarget", "attribute"},
                                              {"RTarget", "value"},
                                              {"Operand", "operator"},
                                              {"PortLabel", "port"}}};

constexpr std::array<std::string_view, 26> kDurations = {"KillTimeout",
                                                         "HealthyDeadline",
                                                         "MinHealthyTime",
                                                         "ProgressDeadline",
                                                         "Stagger",
                                                         "Delay",
                                                         "Interval",
                                                         "MaxDelay",
                                                         "ShutdownDelay",
                                                         "Timeout",
                                                         "Grace",
                                                         "StopAfterClientDisconnect",
                                                         "Splay",
                                                         "VaultGrace",
                                                         "Min",
                                                         "MaxClientDisconnect",
                                                         "LostAfter",
                                                         "TTL",
                                                         "Cooldown",
                                                         "EvaluationInterval",
                                                         "StopOnClientAfter",
                                                         "ConnectTimeout",
                                                         "MaxRunDuration",
                                                         "DeregisterCriticalServiceAfter",
                                                         "Max",
                                                         "ScheduleDelay"};

constexpr std::array<Pair, 20> kDefaults = {{{"Name", ""},
                                             {"Region", ""},
                                             {"Namespace", "default"},
                                             {"NodePool", "default"},
                                             {"Priority", "50"},
                                             {"Type", "service"},
                                             {"KillTimeout", "5000000000"},
                                             {"Count", "1"},
                                             {"CPU", "100"},
                                             {"MemoryMB", "300"},
                                             {"AddressMode", "auto"},
                                             {"OnUpdate", "require_healthy"},
                                             {"Cluster", "default"},
                                             {"ChangeMode", "restart"},
                                             {"LeftDelim", "{{"},
                                             {"RightDelim", "}}"},
                                             {"Perms", "0644"},
                                             {"Splay", "5000000000"},
                                             {"ErrMissingKey", "false"},
                                             {"HostNetwork", "default"}}};

constexpr std::array<std::string_view, 8> kDefaultBlocks = {
    "RestartPolicy", "ReschedulePolicy", "Migrate",  "EphemeralDisk",
    "Update",        "LogConfig",        "Identity", "Disconnect"};

template <class Table>
bool Contains(const Table& table, std::string_view name) {
  return std::find(table.begin(), table.end(), name) != table.end();
}

}  // namespace

std::string SpecName(std::string_view name) {
  if (name.empty() || !IsUpper(name.front())) return std::string(name);
  const std::size_t bracket = name.find('[');
  const std::string_view base = name.substr(0, bracket);
  const auto* const known = std::find_if(kSpecNames.begin(), kSpecNames.end(),
                                         [&](const Pair& pair) { return pair.first == base; });
  std::string out = known != kSpecNames.end() ? std::string(known->second) : SnakeCase(base);
  if (bracket == std::string_view::npos || !name.ends_with(']')) return out;
  const std::string_view key = name.substr(bracket + 1, name.size() - bracket - 2);
  const bool plain = !key.empty() && key.find_first_of("[]. ") == std::string_view::npos;
  return out + (plain ? fmt::format(".{}", key) : fmt::format("[\"{}\"]", key));
}

std::string SpecValue(std::string_view name, std::string_view value) {
  if (!Contains(kDurations, name)) return std::string(value);
  const std::int64_t nanoseconds = WholeNumber<std::int64_t>(value).value_or(-1);
  if (nanoseconds < 0 || nanoseconds % 1'000'000 != 0) return std::string(value);
  if (nanoseconds == 0) return "0s";
  return FormatDuration(Duration(nanoseconds / 1'000'000));
}

bool IsDefault(std::string_view name, std::string_view value) {
  if (value.empty() || value == "false" || value == "0" || value == "nil") return true;
  return std::any_of(kDefaults.begin(), kDefaults.end(), [&](const Pair& pair) {
    return pair.first == name && (pair.second.empty() || pair.second == value);
  });
}

bool IsDefaultBlock(std::string_view name) { return Contains(kDefaultBlocks, name); }

bool IsSecret(std::string_view block, std::string_view name, std::string_view before,
              std::string_view after) {
  const std::string_view base = name.substr(0, name.find('['));
  if (base == "EmbeddedTmpl" || base == "Payload" || base == "GetterHeaders") return true;
  const std::string in = InSmallLetters(base);
  if ((in == "env" || in == "environment") && name.size() > base.size()) return true;
  if (block == "Env" || block == "Header") return true;
  return IsSecretValue(name, before) || IsSecretValue(name, after);
}

}  // namespace nmgr::report
