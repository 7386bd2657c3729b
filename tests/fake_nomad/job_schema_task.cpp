#include "fake_nomad/job_schema_parts.h"

namespace nmgr::fake {

using enum Kind;

static const BlockSchema kTaskLifecycleSchema = {
    nullptr, {{"hook", "Hook", kString, nullptr, true}, {"sidecar", "Sidecar", kBool}}};

static const BlockSchema kDNSConfigSchema = {nullptr,
                                             {{"servers", "Servers", kStrings},
                                              {"searches", "Searches", kStrings},
                                              {"options", "Options", kStrings}}};

static const BlockSchema kPortSchema = {"Label",
                                        {{"static", "Value", kInt},
                                         {"to", "To", kInt},
                                         {"host_network", "HostNetwork", kString},
                                         {"ignore_collision", "IgnoreCollision", kBool}}};

static const BlockSchema kCNIConfigSchema = {nullptr, {{"args", "Args", kMapArgument}}};

const BlockSchema kNetworkResourceSchema = {
    nullptr,
    {{"mode", "Mode", kString},
     {"device", "Device", kString},
     {"cidr", "CIDR", kString},
     {"ip", "IP", kString},
     {"dns", "DNS", kBlock, &kDNSConfigSchema},
     {"reserved_ports", "ReservedPorts", kBlocks, &kPortSchema},
     {"port", "DynamicPorts", kBlocks, &kPortSchema},
     {"hostname", "Hostname", kString},
     {"mbits", "MBits", kOptInt},
     {"cni", "CNI", kBlock, &kCNIConfigSchema}}};

static const BlockSchema kRequestedDeviceSchema = {"Name",
                                                   {{"count", "Count", kOptInt},
                                                    {"constraint", "Constraints", kConstraints},
                                                    {"affinity", "Affinities", kAffinities}}};

static const BlockSchema kNUMAResourceSchema = {
    nullptr, {{"affinity", "Affinity", kString}, {"devices", "Devices", kStrings}}};

const BlockSchema kResourcesSchema = {nullptr,
                                      {{"cpu", "CPU", kOptInt},
                                       {"cores", "Cores", kOptInt},
                                       {"memory", "MemoryMB", kOptInt},
                                       {"memory_max", "MemoryMaxMB", kOptInt},
                                       {"disk", "DiskMB", kOptInt},
                                       {"network", "Networks", kBlocks, &kNetworkResourceSchema},
                                       {"device", "Devices", kBlocks, &kRequestedDeviceSchema},
                                       {"numa", "NUMA", kBlock, &kNUMAResourceSchema},
                                       {"secrets", "SecretsMB", kOptInt},
                                       {"iops", "IOPS", kOptInt}}};

const BlockSchema kLogConfigSchema = {nullptr,
                                      {{"max_files", "MaxFiles", kOptInt},
                                       {"max_file_size", "MaxFileSizeMB", kOptInt},
                                       {"enabled", "Enabled", kOptBool},
                                       {"disabled", "Disabled", kOptBool}}};

const BlockSchema kVolumeMountSchema = {nullptr,
                                        {{"volume", "Volume", kOptString},
                                         {"destination", "Destination", kOptString},
                                         {"read_only", "ReadOnly", kOptBool},
                                         {"propagation_mode", "PropagationMode", kOptString},
                                         {"selinux_label", "SELinuxLabel", kOptString}}};

const BlockSchema kWorkloadIdentitySchema = {nullptr,
                                             {{"name", "Name", kString},
                                              {"aud", "Audience", kStrings},
                                              {"change_mode", "ChangeMode", kString},
                                              {"change_signal", "ChangeSignal", kString},
                                              {"env", "Env", kBool},
                                              {"file", "File", kBool},
                                              {"filepath", "Filepath", kString},
                                              {"service_name", "ServiceName", kString},
                                              {"ttl", "TTL", kDuration},
                                              {"extra_claims", "ExtraClaims", kStrings}}};

const BlockSchema kRestartPolicySchema = {nullptr,
                                          {{"interval", "Interval", kOptDuration},
                                           {"attempts", "Attempts", kOptInt},
                                           {"delay", "Delay", kOptDuration},
                                           {"mode", "Mode", kOptString},
                                           {"render_templates", "RenderTemplates", kOptBool}}};

static const BlockSchema kTaskArtifactSchema = {nullptr,
                                                {{"source", "GetterSource", kOptString},
                                                 {"options", "GetterOptions", kMap},
                                                 {"headers", "GetterHeaders", kMap},
                                                 {"mode", "GetterMode", kOptString},
                                                 {"insecure", "GetterInsecure", kOptBool},
                                                 {"destination", "RelativeDest", kOptString},
                                                 {"chown", "Chown", kBool}}};

const BlockSchema kVaultSchema = {nullptr,
                                  {{"policies", "Policies", kStrings},
                                   {"role", "Role", kString},
                                   {"namespace", "Namespace", kOptString},
                                   {"cluster", "Cluster", kString},
                                   {"env", "Env", kOptBool},
                                   {"disable_file", "DisableFile", kOptBool},
                                   {"change_mode", "ChangeMode", kOptString},
                                   {"change_signal", "ChangeSignal", kOptString},
                                   {"allow_token_expiration", "AllowTokenExpiration", kOptBool}}};

const BlockSchema kConsulSchema = {nullptr,
                                   {{"namespace", "Namespace", kString},
                                    {"cluster", "Cluster", kString},
                                    {"partition", "Partition", kString}}};

static const BlockSchema kChangeScriptSchema = {
    nullptr,
    {{"command", "Command", kOptString},
     {"args", "Args", kStrings},
     {"timeout", "Timeout", kOptDuration},
     {"fail_on_error", "FailOnError", kOptBool},
     {"run_on_first_render", "RunOnFirstRender", kOptBool}}};

static const BlockSchema kWaitConfigSchema = {
    nullptr, {{"min", "Min", kOptDuration}, {"max", "Max", kOptDuration}}};

static const BlockSchema kTemplateSchema = {
    nullptr,
    {{"source", "SourcePath", kOptString},
     {"destination", "DestPath", kOptString},
     {"data", "EmbeddedTmpl", kOptString},
     {"change_mode", "ChangeMode", kOptString},
     {"change_script", "ChangeScript", kBlock, &kChangeScriptSchema},
     {"change_signal", "ChangeSignal", kOptString},
     {"once", "Once", kOptBool},
     {"splay", "Splay", kOptDuration},
     {"perms", "Perms", kOptString},
     {"uid", "Uid", kOptInt},
     {"gid", "Gid", kOptInt},
     {"left_delimiter", "LeftDelim", kOptString},
     {"right_delimiter", "RightDelim", kOptString},
     {"env", "Envvars", kOptBool},
     {"vault_grace", "VaultGrace", kOptDuration},
     {"wait", "Wait", kBlock, &kWaitConfigSchema},
     {"error_on_missing_key", "ErrMissingKey", kOptBool}}};

static const BlockSchema kDispatchPayloadConfigSchema = {nullptr, {{"file", "File", kString}}};

static const BlockSchema kTaskCSIPluginConfigSchema = {
    nullptr,
    {{"id", "ID", kString},
     {"type", "Type", kString},
     {"mount_dir", "MountDir", kString},
     {"stage_publish_base_dir", "StagePublishBaseDir", kString},
     {"health_timeout", "HealthTimeout", kDuration}}};

const BlockSchema kScalingPolicySchema = {nullptr,
                                          {{"min", "Min", kOptInt},
                                           {"max", "Max", kOptInt},
                                           {"policy", "Policy", kFree},
                                           {"enabled", "Enabled", kOptBool},
                                           {"type", "Type", kString},
                                           {nullptr, "ID", kString},
                                           {nullptr, "Namespace", kString},
                                           {nullptr, "Target", kMapArgument},
                                           {nullptr, "CreateIndex", kInt},
                                           {nullptr, "ModifyIndex", kInt}}};

static const BlockSchema kTaskScalingSchema = {"*Label",
                                               {{"min", "Min", kOptInt},
                                                {"max", "Max", kOptInt},
                                                {"policy", "Policy", kFree},
                                                {"enabled", "Enabled", kOptBool},
                                                {"type", "Type", kString},
                                                {nullptr, "ID", kString},
                                                {nullptr, "Namespace", kString},
                                                {nullptr, "Target", kMapArgument},
                                                {nullptr, "CreateIndex", kInt},
                                                {nullptr, "ModifyIndex", kInt}}};

const BlockSchema kSecretSchema = {"Name",
                                   {{"provider", "Provider", kString},
                                    {"path", "Path", kString},
                                    {"config", "Config", kFree},
                                    {"env", "Env", kMap}}};

static const BlockSchema kActionSchema = {
    "Name", {{"command", "Command", kString, nullptr, true}, {"args", "Args", kStrings}}};

static const BlockSchema kTaskScheduleCronSchema = {
    nullptr,
    {{"start", "Start", kString}, {"end", "End", kString}, {"timezone", "Timezone", kString}}};

static const BlockSchema kTaskScheduleSchema = {
    nullptr, {{"cron", "Cron", kBlock, &kTaskScheduleCronSchema}}};

const BlockSchema kTaskSchema = {
    "Name",
    {{"driver", "Driver", kString},
     {"user", "User", kString},
     {"lifecycle", "Lifecycle", kBlock, &kTaskLifecycleSchema},
     {"config", "Config", kFree},
     {"constraint", "Constraints", kConstraints},
     {"affinity", "Affinities", kAffinities},
     {"env", "Env", kMapOrArgument},
     {"service", "Services", kBlocks, &kServiceSchema},
     {"resources", "Resources", kBlock, &kResourcesSchema},
     {"restart", "RestartPolicy", kBlock, &kRestartPolicySchema},
     {"meta", "Meta", kMapOrArgument},
     {"kill_timeout", "KillTimeout", kOptDuration},
     {"logs", "LogConfig", kBlock, &kLogConfigSchema},
     {"artifact", "Artifacts", kBlocks, &kTaskArtifactSchema},
     {"vault", "Vault", kBlock, &kVaultSchema},
     {"consul", "Consul", kBlock, &kConsulSchema},
     {"template", "Templates", kBlocks, &kTemplateSchema},
     {"dispatch_payload", "DispatchPayload", kBlock, &kDispatchPayloadConfigSchema},
     {"volume_mount", "VolumeMounts", kBlocks, &kVolumeMountSchema},
     {"csi_plugin", "CSIPluginConfig", kBlock, &kTaskCSIPluginConfigSchema},
     {"leader", "Leader", kBool},
     {"shutdown_delay", "ShutdownDelay", kDuration},
     {"kill_signal", "KillSignal", kString},
     {"kind", "Kind", kString},
     {"scaling", "ScalingPolicies", kBlocks, &kTaskScalingSchema},
     {"secret", "Secrets", kBlocks, &kSecretSchema},
     {nullptr, "Identity", kBlock},
     {"identity", "Identities", kBlocks, &kWorkloadIdentitySchema},
     {"action", "Actions", kBlocks, &kActionSchema},
     {"schedule", "Schedule", kBlock, &kTaskScheduleSchema}}};

}  // namespace nmgr::fake
