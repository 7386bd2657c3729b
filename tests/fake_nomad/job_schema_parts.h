// The tables of job_schema.h that one file of them needs from another.
#pragma once

#include "fake_nomad/job_schema.h"

namespace nmgr::fake {

// job_schema_service.cpp
extern const BlockSchema kServiceSchema;

// job_schema_task.cpp
extern const BlockSchema kTaskSchema, kVaultSchema, kSecretSchema, kConsulSchema, kResourcesSchema;
extern const BlockSchema kRestartPolicySchema, kNetworkResourceSchema, kScalingPolicySchema;
extern const BlockSchema kLogConfigSchema, kVolumeMountSchema, kWorkloadIdentitySchema;

}  // namespace nmgr::fake
