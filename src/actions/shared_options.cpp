#include "nmgr/actions/shared_options.h"

namespace nmgr::actions {

const Option& DryRunOption() {
  static const Option kRow = {.name = "dry-run",
                              .letter = 'n',
                              .help = "say what would be done; change nothing",
                              .group = OptionGroup::kHow,
                              .value = Switch(&Settings::dry_run)};
  return kRow;
}

const Option& DetachOption() {
  static const Option kRow = {.name = "detach",
                              .letter = 'd',
                              .config_key = "general.detach",
                              .help = "do not wait for jobs other than infra jobs",
                              .group = OptionGroup::kHow,
                              .value = Switch(&Settings::detach)};
  return kRow;
}

const Option& ParallelOption() {
  static const Option kRow = {.name = "parallel",
                              .value_name = "N",
                              .fallback = "4",
                              .config_key = "general.parallel",
                              .help = "jobs that are under way at once",
                              .group = OptionGroup::kHow,
                              .value = Number(&Settings::parallel, 1, 256)};
  return kRow;
}

const Option& TimeoutOption() {
  static const Option kRow = {.name = "timeout",
                              .value_name = "T",
                              .fallback = "5m",
                              .config_key = "general.timeout",
                              .help = "how long to wait for one job",
                              .group = OptionGroup::kHow,
                              .value = Time(&Settings::timeout)};
  return kRow;
}

const Option& FailFastOption() {
  static const Option kRow = {.name = "fail-fast",
                              .config_key = "general.fail_fast",
                              .help = "start nothing after the first failure",
                              .group = OptionGroup::kHow,
                              .value = Switch(&Settings::fail_fast)};
  return kRow;
}

const Option& StrictOption() {
  static const Option kRow = {.name = "strict",
                              .config_key = "general.strict",
                              .help = "refuse the whole run if one spec is invalid",
                              .group = OptionGroup::kHow,
                              .value = Switch(&Settings::strict)};
  return kRow;
}

const Option& DetailedExitcodeOption() {
  static const Option kRow = {.name = "detailed-exitcode",
                              .help = "exit with 2 when changes are pending",
                              .group = OptionGroup::kHow,
                              .value = Switch(&Settings::detailed_exitcode)};
  return kRow;
}

const Option& ResetCountsOption() {
  static const Option kRow = {.name = "reset-counts",
                              .help = "take the spec's count also for groups that are scaled",
                              .group = OptionGroup::kHow,
                              .value = Switch(&Settings::reset_counts)};
  return kRow;
}

const Option& EventsOption() {
  static const Option kRow = {.name = "events",
                              .help = "with -o json: a line for each thing as it happens",
                              .group = OptionGroup::kHow,
                              .value = Switch(&Settings::events)};
  return kRow;
}

const Option& NoLogsOption() {
  static const Option kRow = {.name = "no-logs",
                              .help = "leave out what failed tasks wrote last",
                              .group = OptionGroup::kHow,
                              .value = Switch(&Settings::no_logs)};
  return kRow;
}

const Option& NoOrderOption() {
  static const Option kRow = {.name = "no-order",
                              .help = "jobs wait for no others, whatever `graph` shows",
                              .group = OptionGroup::kHow,
                              .value = Switch(&Settings::no_order)};
  return kRow;
}

const Option& NoCacheOption() {
  static const Option kRow = {.name = "no-cache",
                              .config_key = "general.no_cache",
                              .help = "plan every job, also where nothing has moved since the last",
                              .group = OptionGroup::kHow,
                              .value = Switch(&Settings::no_cache)};
  return kRow;
}

const Option& TaskOption() {
  static const Option kRow = {.name = "task",
                              .value_name = "TASK",
                              .help = "only this task of each allocation",
                              .value = Text(&Settings::task)};
  return kRow;
}

const Option& GroupOption() {
  static const Option kRow = {.name = "group",
                              .value_name = "GROUP",
                              .help = "only this group of the job",
                              .value = Text(&Settings::group)};
  return kRow;
}

const Option& AllocOption() {
  static const Option kRow = {
      .name = "alloc",
      .value_name = "ALLOC",
      .help = "only this allocation, also one that has ended; 4 characters do",
      .value = Text(&Settings::allocation)};
  return kRow;
}

std::vector<Option> SharedOptions() {
  return {DryRunOption(),
          DetachOption(),
          ParallelOption(),
          TimeoutOption(),
          FailFastOption(),
          StrictOption(),
          DetailedExitcodeOption(),
          ResetCountsOption(),
          EventsOption(),
          NoLogsOption(),
          NoOrderOption(),
          NoCacheOption(),
          TaskOption(),
          GroupOption(),
          AllocOption()};
}

std::vector<Option> RolloutOptions(const std::vector<Option>& more) {
  std::vector<Option> rows = {DryRunOption(),           DetachOption(),   ParallelOption(),
                              TimeoutOption(),          FailFastOption(), StrictOption(),
                              DetailedExitcodeOption(), EventsOption()};
  rows.insert(rows.end(), more.begin(), more.end());
  return rows;
}

}  // namespace nmgr::actions
