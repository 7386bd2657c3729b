#include "fake_nomad/job_schema_parts.h"

namespace nmgr::fake {

using enum Kind;

static const BlockSchema kSpreadTargetSchema = {"Value", {{"percent", "Percent", kInt}}};

static const BlockSchema kSpreadSchema = {
    nullptr,
    {{"attribute", "Attribute", kString},
     {"weight", "Weight", kOptInt},
     {"target", "SpreadTarget", kBlocks, &kSpreadTargetSchema}}};

static const BlockSchema kCSIMountOptionsSchema = {
    nullptr, {{"fs_type", "FSType", kString}, {"mount_flags", "MountFlags", kStrings}}};

static const BlockSchema kVolumeRequestSchema = {
    "Name",
    {{"type", "Type", kString},
     {"source", "Source", kString},
     {"read_only", "ReadOnly", kBool},
     {"sticky", "Sticky", kBool},
     {"access_mode", "AccessMode", kString},
     {"attachment_mode", "AttachmentMode", kString},
     {"mount_options", "MountOptions", kBlock, &kCSIMountOptionsSchema},
     {"per_alloc", "PerAlloc", kBool}}};

static const BlockSchema kDisconnectStrategySchema = {
    nullptr,
    {{"lost_after", "LostAfter", kOptDuration},
     {"stop_on_client_after", "StopOnClientAfter", kOptDuration},
     {"replace", "Replace", kOptBool},
     {"reconcile", "Reconcile", kOptString}}};

static const BlockSchema kReschedulePolicySchema = {
    nullptr,
    {{"attempts", "Attempts", kOptInt},
     {"interval", "Interval", kOptDuration},
     {"delay", "Delay", kOptDuration},
     {"delay_function", "DelayFunction", kOptString},
     {"max_delay", "MaxDelay", kOptDuration},
     {"unlimited", "Unlimited", kOptBool}}};

static const BlockSchema kEphemeralDiskSchema = {nullptr,
                                                 {{"sticky", "Sticky", kOptBool},
                                                  {"migrate", "Migrate", kOptBool},
                                                  {"size", "SizeMB", kOptInt}}};

static const BlockSchema kUpdateStrategySchema = {
    nullptr,
    {{"stagger", "Stagger", kOptDuration},
     {"max_parallel", "MaxParallel", kOptInt},
     {"health_check", "HealthCheck", kOptString},
     {"min_healthy_time", "MinHealthyTime", kOptDuration},
     {"healthy_deadline", "HealthyDeadline", kOptDuration},
     {"progress_deadline", "ProgressDeadline", kOptDuration},
     {"canary", "Canary", kOptInt},
     {"auto_revert", "AutoRevert", kOptBool},
     {"auto_promote", "AutoPromote", kOptBool}}};

static const BlockSchema kMigrateStrategySchema = {
    nullptr,
    {{"max_parallel", "MaxParallel", kOptInt},
     {"health_check", "HealthCheck", kOptString},
     {"min_healthy_time", "MinHealthyTime", kOptDuration},
     {"healthy_deadline", "HealthyDeadline", kOptDuration}}};

static const BlockSchema kTaskGroupSchema = {
    "Name",
    {{"count", "Count", kOptInt},
     {"constraint", "Constraints", kConstraints},
     {"affinity", "Affinities", kAffinities},
     {"task", "Tasks", kBlocks, &kTaskSchema},
     {"spread", "Spreads", kBlocks, &kSpreadSchema},
     {"volume", "Volumes", kBlockMap, &kVolumeRequestSchema},
     {"restart", "RestartPolicy", kBlock, &kRestartPolicySchema},
     {"disconnect", "Disconnect", kBlock, &kDisconnectStrategySchema},
     {"reschedule", "ReschedulePolicy", kBlock, &kReschedulePolicySchema},
     {"ephemeral_disk", "EphemeralDisk", kBlock, &kEphemeralDiskSchema},
     {"update", "Update", kBlock, &kUpdateStrategySchema},
     {"migrate", "Migrate", kBlock, &kMigrateStrategySchema},
     {"network", "Networks", kBlocks, &kNetworkResourceSchema},
     {"meta", "Meta", kMapOrArgument},
     {"service", "Services", kBlocks, &kServiceSchema},
     {"shutdown_delay", "ShutdownDelay", kOptDuration},
     {"max_run_duration", "MaxRunDuration", kOptDuration},
     {"stop_after_client_disconnect", "StopAfterClientDisconnect", kOptDuration},
     {"max_client_disconnect", "MaxClientDisconnect", kOptDuration},
     {"scaling", "Scaling", kBlock, &kScalingPolicySchema},
     {"consul", "Consul", kBlock, &kConsulSchema},
     {"prevent_reschedule_on_lost", "PreventRescheduleOnLost", kOptBool},
     {"vault", "*Vault", kBlock, &kVaultSchema},
     {"secret", "*Secrets", kBlocks, &kSecretSchema}}};

static const BlockSchema kMultiregionStrategySchema = {
    nullptr, {{"max_parallel", "MaxParallel", kOptInt}, {"on_failure", "OnFailure", kOptString}}};

static const BlockSchema kMultiregionRegionSchema = {"Name",
                                                     {{"count", "Count", kOptInt},
                                                      {"datacenters", "Datacenters", kStrings},
                                                      {"node_pool", "NodePool", kString},
                                                      {"meta", "Meta", kMap}}};

static const BlockSchema kMultiregionSchema = {
    nullptr,
    {{"strategy", "Strategy", kBlock, &kMultiregionStrategySchema},
     {"region", "Regions", kBlocks, &kMultiregionRegionSchema}}};

static const BlockSchema kPeriodicConfigSchema = {
    nullptr,
    {{"enabled", "Enabled", kOptBool},
     {"cron", "Spec", kOptString},
     {"crons", "Specs", kStrings},
     {nullptr, "SpecType", kOptString},
     {"prohibit_overlap", "ProhibitOverlap", kOptBool},
     {"time_zone", "TimeZone", kOptString}}};

static const BlockSchema kParameterizedJobConfigSchema = {
    nullptr,
    {{"payload", "Payload", kString},
     {"meta_required", "MetaRequired", kStrings},
     {"meta_optional", "MetaOptional", kStrings}}};

static const BlockSchema kJobUILinkSchema = {
    nullptr, {{"label", "Label", kString}, {"url", "URL", kString}}};

static const BlockSchema kJobUIConfigSchema = {
    nullptr,
    {{"description", "Description", kString}, {"link", "Links", kBlocks, &kJobUILinkSchema}}};

const BlockSchema kJobSchema = {
    nullptr,
    {{"region", "Region", kOptString},
     {"namespace", "Namespace", kOptString},
     {"id", "ID", kOptString},
     {"name", "Name", kOptString},
     {"type", "Type", kOptString},
     {"priority", "Priority", kOptInt},
     {"all_at_once", "AllAtOnce", kOptBool},
     {"datacenters", "Datacenters", kStrings},
     {"node_pool", "NodePool", kOptString},
     {"constraint", "Constraints", kConstraints},
     {"affinity", "Affinities", kAffinities},
     {"group", "TaskGroups", kBlocks, &kTaskGroupSchema},
     {"update", "Update", kBlock, &kUpdateStrategySchema},
     {"multiregion", "Multiregion", kBlock, &kMultiregionSchema},
     {"spread", "Spreads", kBlocks, &kSpreadSchema},
     {"periodic", "Periodic", kBlock, &kPeriodicConfigSchema},
     {"parameterized", "ParameterizedJob", kBlock, &kParameterizedJobConfigSchema},
     {"reschedule", "Reschedule", kBlock, &kReschedulePolicySchema},
     {"migrate", "Migrate", kBlock, &kMigrateStrategySchema},
     {"meta", "Meta", kMapOrArgument},
     {"ui", "UI", kBlock, &kJobUIConfigSchema},
     {nullptr, "Stop", kOptBool},
     {nullptr, "ParentID", kOptString},
     {nullptr, "Dispatched", kBool},
     {nullptr, "DispatchIdempotencyToken", kOptString},
     {nullptr, "Payload", kOptString},
     {nullptr, "ConsulNamespace", kOptString},
     {nullptr, "VaultNamespace", kOptString},
     {nullptr, "NomadTokenID", kOptString},
     {nullptr, "Status", kOptString},
     {nullptr, "StatusDescription", kOptString},
     {nullptr, "Stable", kOptBool},
     {nullptr, "Version", kOptInt},
     {nullptr, "SubmitTime", kOptInt},
     {nullptr, "CreateIndex", kOptInt},
     {nullptr, "ModifyIndex", kOptInt},
     {nullptr, "JobModifyIndex", kOptInt},
     {nullptr, "VersionTag", kOptString},
     {"task", "*Tasks", kBlocks, &kTaskSchema},
     {"vault", "*Vault", kBlock, &kVaultSchema},
     {"secret", "*Secrets", kBlocks, &kSecretSchema}}};

bool IsBlockKind(Kind kind) {
  switch (kind) {
    case kMap:
    case kMapOrArgument:
    case kLists:
    case kFree:
    case kBlock:
    case kBlocks:
    case kBlockMap:
    case kConstraints:
    case kAffinities:
      return true;
    default:
      return false;
  }
}

bool HasLabel(const Entry& entry) {
  return entry.block != nullptr && entry.block->label != nullptr;
}

}  // namespace nmgr::fake
