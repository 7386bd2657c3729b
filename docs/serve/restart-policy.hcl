# What `nmgr serve` needs beside policy.hcl to restart what runs, for each namespace in which a source
# has `on_push = "restart"`. Without it such a push is told, and the reason names the right.
#
#   nomad acl policy apply -namespace default -job nmgr nmgr-serve-restart restart-policy.hcl
#
# A job has the rights of all policies that name it. This one lets it restart and stop allocations,
# of any job of the namespace, and send signals to them; it changes no job.

namespace "default" {
  capabilities = ["alloc-lifecycle"]
}
