#include "fake_nomad/canonical_defaults.h"

namespace nmgr::fake {

#define NMGR_DEFAULTS(name, ...) const Json name = Json::parse(#__VA_ARGS__)

NMGR_DEFAULTS(kJobDefaults, {
  "Affinities" : null,
  "AllAtOnce" : false,
  "Constraints" : null,
  "ConsulNamespace" : "",
  "CreateIndex" : 0,
  "Datacenters" : null,
  "DispatchIdempotencyToken" : "",
  "Dispatched" : false,
  "ID" : "",
  "JobModifyIndex" : 0,
  "Meta" : null,
  "ModifyIndex" : 0,
  "Multiregion" : null,
  "Name" : "",
  "Namespace" : "default",
  "NodePool" : "default",
  "NomadTokenID" : "",
  "ParameterizedJob" : null,
  "ParentID" : "",
  "Payload" : null,
  "Periodic" : null,
  "Priority" : 50,
  "Region" : "global",
  "Spreads" : null,
  "Stable" : false,
  "Status" : "",
  "StatusDescription" : "",
  "Stop" : false,
  "SubmitTime" : 0,
  "TaskGroups" : null,
  "Type" : "service",
  "UI" : null,
  "Update" : null,
  "VaultNamespace" : "",
  "Version" : 0,
  "VersionTag" : null
});

NMGR_DEFAULTS(kJobUpdateStored, {
  "AutoPromote" : false,
  "AutoRevert" : false,
  "Canary" : 0,
  "HealthCheck" : "",
  "HealthyDeadline" : 0,
  "MaxParallel" : 0,
  "MinHealthyTime" : 0,
  "ProgressDeadline" : 0,
  "Stagger" : 0
});

NMGR_DEFAULTS(kPeriodicDefaults, {
  "Enabled" : true,
  "ProhibitOverlap" : false,
  "Spec" : "",
  "SpecType" : "cron",
  "Specs" : [],
  "TimeZone" : "UTC"
});

NMGR_DEFAULTS(kParameterizedDefaults,
              {"MetaOptional" : null, "MetaRequired" : null, "Payload" : "optional"});

NMGR_DEFAULTS(kGroupDefaults, {
  "Affinities" : null,
  "Constraints" : null,
  "Consul" : null,
  "Count" : 1,
  "Disconnect" : null,
  "EphemeralDisk" : {},
  "MaxClientDisconnect" : null,
  "MaxRunDuration" : null,
  "Meta" : null,
  "Migrate" : null,
  "Name" : "",
  "Networks" : null,
  "PreventRescheduleOnLost" : false,
  "ReschedulePolicy" : null,
  "RestartPolicy" : null,
  "Scaling" : null,
  "Services" : null,
  "ShutdownDelay" : null,
  "Spreads" : null,
  "StopAfterClientDisconnect" : null,
  "Tasks" : null,
  "Update" : null,
  "Volumes" : null
});

NMGR_DEFAULTS(kDiskDefaults, {"Migrate" : false, "SizeMB" : 300, "Sticky" : false});

NMGR_DEFAULTS(kUpdateDefaults, {
  "AutoPromote" : false,
  "AutoRevert" : false,
  "Canary" : 0,
  "HealthCheck" : "checks",
  "HealthyDeadline" : 300000000000,
  "MaxParallel" : 1,
  "MinHealthyTime" : 10000000000,
  "ProgressDeadline" : 600000000000,
  "Stagger" : 30000000000
});

NMGR_DEFAULTS(kMigrateDefaults, {
  "HealthCheck" : "checks",
  "HealthyDeadline" : 300000000000,
  "MaxParallel" : 1,
  "MinHealthyTime" : 10000000000
});

NMGR_DEFAULTS(kScalingDefaults, {
  "CreateIndex" : 0,
  "Enabled" : true,
  "ID" : "",
  "Max" : 0,
  "ModifyIndex" : 0,
  "Policy" : null,
  "Target" : null,
  "Type" : "horizontal"
});

NMGR_DEFAULTS(
    kDisconnectDefaults,
    {"LostAfter" : 0, "Reconcile" : "best_score", "Replace" : true, "StopOnClientAfter" : null});

NMGR_DEFAULTS(kVolumeDefaults, {
  "AccessMode" : "",
  "AttachmentMode" : "",
  "MountOptions" : null,
  "Name" : "",
  "PerAlloc" : false,
  "ReadOnly" : false,
  "Source" : "",
  "Sticky" : false,
  "Type" : ""
});

NMGR_DEFAULTS(kAffinityDefaults, {"LTarget" : "", "Operand" : "=", "RTarget" : "", "Weight" : 50});
NMGR_DEFAULTS(kSpreadDefaults, {"Attribute" : "", "SpreadTarget" : null, "Weight" : 50});

NMGR_DEFAULTS(kServiceRescheduleDefaults, {
  "Attempts" : 0,
  "Delay" : 30000000000,
  "DelayFunction" : "exponential",
  "Interval" : 0,
  "MaxDelay" : 3600000000000,
  "Unlimited" : true
});
NMGR_DEFAULTS(kBatchRescheduleDefaults, {
  "Attempts" : 1,
  "Delay" : 5000000000,
  "DelayFunction" : "constant",
  "Interval" : 86400000000000,
  "MaxDelay" : 0,
  "Unlimited" : false
});
NMGR_DEFAULTS(kNoRescheduleDefaults, {
  "Attempts" : 0,
  "Delay" : 0,
  "DelayFunction" : "",
  "Interval" : 0,
  "MaxDelay" : 0,
  "Unlimited" : false
});

NMGR_DEFAULTS(kServiceRestartDefaults, {
  "Attempts" : 2,
  "Delay" : 15000000000,
  "Interval" : 1800000000000,
  "Mode" : "fail",
  "RenderTemplates" : false
});
NMGR_DEFAULTS(kBatchRestartDefaults, {
  "Attempts" : 3,
  "Delay" : 15000000000,
  "Interval" : 86400000000000,
  "Mode" : "fail",
  "RenderTemplates" : false
});

NMGR_DEFAULTS(kNetworkDefaults, {
  "CIDR" : "",
  "CNI" : null,
  "DNS" : null,
  "Device" : "",
  "DynamicPorts" : null,
  "IP" : "",
  "MBits" : 0,
  "Mode" : "",
  "ReservedPorts" : null
});
NMGR_DEFAULTS(
    kPortDefaults,
    {"HostNetwork" : "default", "IgnoreCollision" : false, "Label" : "", "To" : 0, "Value" : 0});
NMGR_DEFAULTS(kConsulDefaults, {"Cluster" : "default", "Namespace" : "", "Partition" : ""});

NMGR_DEFAULTS(kTaskDefaults, {
  "Actions" : null,
  "Affinities" : null,
  "Artifacts" : null,
  "CSIPluginConfig" : null,
  "Config" : null,
  "Constraints" : null,
  "Consul" : null,
  "DispatchPayload" : null,
  "Driver" : "",
  "Env" : null,
  "Identities" : null,
  "Identity" : null,
  "KillSignal" : "",
  "KillTimeout" : 5000000000,
  "Kind" : "",
  "Leader" : false,
  "Lifecycle" : null,
  "LogConfig" : null,
  "Meta" : null,
  "Name" : "",
  "Resources" : null,
  "RestartPolicy" : null,
  "ScalingPolicies" : null,
  "Schedule" : null,
  "Secrets" : null,
  "Services" : null,
  "ShutdownDelay" : 0,
  "Templates" : null,
  "User" : "",
  "Vault" : null,
  "VolumeMounts" : null
});

NMGR_DEFAULTS(kResourcesDefaults, {
  "CPU" : 100,
  "Cores" : 0,
  "Devices" : null,
  "DiskMB" : 0,
  "IOPS" : 0,
  "MemoryMB" : 300,
  "MemoryMaxMB" : 0,
  "NUMA" : null,
  "Networks" : null,
  "SecretsMB" : 0
});
NMGR_DEFAULTS(kLogDefaults, {"Disabled" : false, "MaxFileSizeMB" : 10, "MaxFiles" : 10});
NMGR_DEFAULTS(kArtifactDefaults, {
  "Chown" : false,
  "GetterHeaders" : null,
  "GetterInsecure" : false,
  "GetterMode" : "any",
  "GetterOptions" : null,
  "GetterSource" : "",
  "RelativeDest" : "local/"
});
NMGR_DEFAULTS(kTemplateDefaults, {
  "ChangeMode" : "restart",
  "ChangeScript" : null,
  "ChangeSignal" : "",
  "DestPath" : "",
  "EmbeddedTmpl" : "",
  "Envvars" : false,
  "ErrMissingKey" : false,
  "Gid" : null,
  "LeftDelim" : "{{",
  "Once" : false,
  "Perms" : "0644",
  "RightDelim" : "}}",
  "SourcePath" : "",
  "Splay" : 5000000000,
  "Uid" : null,
  "VaultGrace" : 0,
  "Wait" : null
});
NMGR_DEFAULTS(kChangeScriptDefaults, {
  "Args" : [],
  "Command" : "",
  "FailOnError" : false,
  "RunOnFirstRender" : false,
  "Timeout" : 5000000000
});
NMGR_DEFAULTS(kVaultDefaults, {
  "AllowTokenExpiration" : false,
  "ChangeMode" : "restart",
  "ChangeSignal" : "SIGHUP",
  "Cluster" : "default",
  "DisableFile" : false,
  "Env" : true,
  "Namespace" : "",
  "Role" : ""
});
NMGR_DEFAULTS(kIdentityDefaults, {
  "Audience" : null,
  "ChangeMode" : "",
  "ChangeSignal" : "",
  "Env" : false,
  "ExtraClaims" : null,
  "File" : false,
  "Filepath" : "",
  "Name" : "",
  "ServiceName" : "",
  "TTL" : 0
});
NMGR_DEFAULTS(kLifecycleDefaults, {"Hook" : "", "Sidecar" : false});
NMGR_DEFAULTS(kCsiPluginDefaults, {
  "HealthTimeout" : 30000000000,
  "ID" : "",
  "MountDir" : "/csi",
  "StagePublishBaseDir" : "/local/csi",
  "Type" : ""
});
NMGR_DEFAULTS(kVolumeMountDefaults, {
  "Destination" : "",
  "PropagationMode" : "private",
  "ReadOnly" : false,
  "SELinuxLabel" : "",
  "Volume" : ""
});
NMGR_DEFAULTS(kDeviceDefaults,
              {"Affinities" : null, "Constraints" : null, "Count" : 1, "Name" : ""});
NMGR_DEFAULTS(kNumaDefaults, {"Affinity" : "none", "Devices" : null});

NMGR_DEFAULTS(kServiceDefaults, {
  "Address" : "",
  "AddressMode" : "auto",
  "CanaryMeta" : null,
  "CanaryTags" : null,
  "Checks" : null,
  "Cluster" : "default",
  "Connect" : null,
  "EnableTagOverride" : false,
  "Identity" : null,
  "Kind" : "",
  "Meta" : null,
  "Name" : "",
  "Namespace" : "default",
  "OnUpdate" : "require_healthy",
  "PortLabel" : "",
  "Provider" : "consul",
  "TaggedAddresses" : null,
  "Tags" : null,
  "TaskName" : "",
  "Weights" : null
});
NMGR_DEFAULTS(kCheckDefaults, {
  "AddressMode" : "",
  "Args" : null,
  "Body" : "",
  "CheckRestart" : null,
  "Command" : "",
  "Expose" : false,
  "FailuresBeforeCritical" : 0,
  "FailuresBeforeWarning" : 0,
  "GRPCService" : "",
  "GRPCUseTLS" : false,
  "Header" : null,
  "InitialStatus" : "",
  "Interval" : 0,
  "Method" : "",
  "Name" : "",
  "Notes" : "",
  "OnUpdate" : "",
  "Path" : "",
  "PortLabel" : "",
  "Protocol" : "",
  "SuccessBeforePassing" : 0,
  "TLSServerName" : "",
  "TLSSkipVerify" : false,
  "TaskName" : "",
  "Timeout" : 0,
  "Type" : ""
});
NMGR_DEFAULTS(kCheckRestartDefaults, {"Grace" : 1000000000, "IgnoreWarnings" : false, "Limit" : 0});
NMGR_DEFAULTS(kConnectDefaults,
              {"Gateway" : null, "Native" : false, "SidecarService" : null, "SidecarTask" : null});
NMGR_DEFAULTS(
    kSidecarServiceDefaults,
    {"DisableDefaultTCPCheck" : false, "Meta" : null, "Port" : "", "Proxy" : null, "Tags" : null});
NMGR_DEFAULTS(kProxyDefaults, {
  "Config" : null,
  "Expose" : null,
  "LocalServiceAddress" : "",
  "LocalServicePort" : 0,
  "TransparentProxy" : null,
  "Upstreams" : null
});
NMGR_DEFAULTS(kUpstreamDefaults, {
  "Config" : null,
  "Datacenter" : "",
  "DestinationName" : "",
  "DestinationNamespace" : "",
  "DestinationPartition" : "",
  "DestinationPeer" : "",
  "DestinationType" : "",
  "LocalBindAddress" : "",
  "LocalBindPort" : 0,
  "LocalBindSocketMode" : "",
  "LocalBindSocketPath" : "",
  "MeshGateway" : {"Mode" : ""}
});
NMGR_DEFAULTS(kSidecarTaskDefaults, {
  "Config" : null,
  "Driver" : "",
  "Env" : null,
  "Identities" : null,
  "KillSignal" : "",
  "KillTimeout" : 5000000000,
  "LogConfig" : {},
  "Meta" : null,
  "Name" : "",
  "Resources" : {},
  "ShutdownDelay" : 0,
  "User" : "",
  "VolumeMounts" : null
});

NMGR_DEFAULTS(kSidecarInjected, {
  "Config" : {
    "args" : [
      "-c", "${NOMAD_SECRETS_DIR}/envoy_bootstrap.json", "-l", "${meta.connect.log_level}",
      "--concurrency", "${meta.connect.proxy_concurrency}", "--disable-hot-restart"
    ],
    "image" : "${meta.connect.sidecar_image}"
  },
  "Constraints" :
      [ {"LTarget" : "${attr.consul.version}", "Operand" : "semver", "RTarget" : ">= 1.8.0"} ],
  "Driver" : "docker",
  "Lifecycle" : {"Hook" : "prestart", "Sidecar" : true},
  "LogConfig" : {"Disabled" : false, "MaxFileSizeMB" : 2, "MaxFiles" : 2},
  "Resources" : {"CPU" : 250, "MemoryMB" : 128},
  "ShutdownDelay" : 5000000000
});

#undef NMGR_DEFAULTS

}  // namespace nmgr::fake
