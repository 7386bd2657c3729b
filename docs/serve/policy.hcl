# What `nmgr serve` may do, and no more: it can register and stop, and purge nothing, since
# "deregister-job" alone does not (Nomad 1.11.3 and later know these names; before, "submit-job"
# stands for the last four, and allows a purge).
#
#   nomad acl policy apply -namespace default -job nmgr nmgr-serve policy.hcl
#
# gives it to the workload identity of the job "nmgr", without a token that anybody has to keep.
# What `on_push = "restart"` needs besides is restart-policy.hcl.

namespace "default" {
  capabilities = ["list-jobs", "read-job", "parse-job", "plan-job", "register-job", "deregister-job"]

  # Its memory, leases and what people ask of it. Of an instance with another name: that.
  variables {
    path "nmgr/serve/default/*" {
      capabilities = ["read", "write"]
    }
    # What people declare there it only finds and reads.
    path "nmgr/serve/default/sources/*" {
      capabilities = ["list", "read"]
    }
  }
}

# Nomad checks the volumes of a job when it is registered, not when it is planned.
host_volume "*" {
  policy = "write"
}
