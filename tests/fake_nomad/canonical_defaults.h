// The values that Nomad 2.0.5 gives to what a spec leaves out, block by block. A null stands where
// the member exists in answers without a default.
#pragma once

#include "fake_nomad/json.h"

namespace nmgr::fake {

extern const Json kJobDefaults, kJobUpdateStored, kPeriodicDefaults, kParameterizedDefaults;
extern const Json kGroupDefaults, kDiskDefaults, kUpdateDefaults, kMigrateDefaults,
    kScalingDefaults;
extern const Json kDisconnectDefaults, kVolumeDefaults, kAffinityDefaults, kSpreadDefaults;
extern const Json kServiceRescheduleDefaults, kBatchRescheduleDefaults, kNoRescheduleDefaults;
extern const Json kServiceRestartDefaults, kBatchRestartDefaults;
extern const Json kNetworkDefaults, kPortDefaults, kConsulDefaults;
extern const Json kTaskDefaults, kResourcesDefaults, kLogDefaults, kArtifactDefaults;
extern const Json kTemplateDefaults, kChangeScriptDefaults, kVaultDefaults, kIdentityDefaults;
extern const Json kLifecycleDefaults, kCsiPluginDefaults, kVolumeMountDefaults, kDeviceDefaults;
extern const Json kNumaDefaults;
extern const Json kServiceDefaults, kCheckDefaults, kCheckRestartDefaults, kConnectDefaults;
extern const Json kSidecarServiceDefaults, kProxyDefaults, kUpstreamDefaults, kSidecarTaskDefaults;

// The task that the server adds to a group for a Connect sidecar, but for its name and kind.
extern const Json kSidecarInjected;

}  // namespace nmgr::fake
