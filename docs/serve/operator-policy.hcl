# What a person needs to steer one source with `nmgr sync`: to see all, and to ask of this one.
#
#   nomad acl policy apply nmgr-homelab operator-policy.hcl

namespace "default" {
  variables {
    path "nmgr/serve/default/*" {
      capabilities = ["list", "read"]
    }
    path "nmgr/serve/default/control/homelab" {
      capabilities = ["list", "read", "write"]
    }
  }
}
