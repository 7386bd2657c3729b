# nmgr serve as a Nomad job. It speaks to Nomad through the task API socket with its own workload
# identity, so there is neither an address nor a token to configure; policy.hcl gives it its rights.
# What is secret stands in the variable nomad/jobs/nmgr, which this job may read by itself:
#
#   nomad var put nomad/jobs/nmgr ssh_key=@id_ed25519 known_hosts=@known_hosts push_secret=... read_token=...
#
# The node needs /usr/bin/nmgr, git and ssh: the Debian package brings them.

job "nmgr" {
  type = "service"

  update {
    min_healthy_time = "10s"
    auto_revert      = true
  }

  group "serve" {
    # Of two one leads each source, and the other one takes over what it leaves.
    count = 1

    # Where a node has an IPv4 and an IPv6 address, the static port alone does not keep two apart.
    constraint {
      distinct_hosts = true
    }

    network {
      port "http" {
        static = 8646
      }
    }

    task "serve" {
      driver       = "raw_exec"
      kill_timeout = "15s"

      config {
        command = "/usr/bin/nmgr"
        args    = ["serve", "--config", "${NOMAD_SECRETS_DIR}/config.toml"]
      }

      identity {
        env = true
      }

      env {
        NOMAD_ADDR     = "unix://${NOMAD_SECRETS_DIR}/api.sock"
        XDG_CACHE_HOME = "${NOMAD_TASK_DIR}/cache"
        XDG_STATE_HOME = "${NOMAD_TASK_DIR}/state"
      }

      template {
        destination = "${NOMAD_SECRETS_DIR}/config.toml"
        change_mode = "restart"
        data        = <<-EOT
          [serve]
          listen = "127.0.0.1:8646"
          read_token_file = "{{ env "NOMAD_SECRETS_DIR" }}/read.token"

          [credential.forge]
          host = "git.example.org"
          key_file = "{{ env "NOMAD_SECRETS_DIR" }}/id_ed25519"
          known_hosts = "{{ env "NOMAD_SECRETS_DIR" }}/known_hosts"

          [source.homelab]
          url = "ssh://git@git.example.org/me/homelab.git"
          credential = "forge"

          [receiver.forge]
          type = "gitea"
          secret_file = "{{ env "NOMAD_SECRETS_DIR" }}/push.secret"
        EOT
      }

      # Without perms a template is written 0644, and ssh takes no such key.
      template {
        destination = "${NOMAD_SECRETS_DIR}/id_ed25519"
        perms       = "600"
        data        = "{{ with nomadVar \"nomad/jobs/nmgr\" }}{{ .ssh_key }}{{ end }}\n"
      }
      template {
        destination = "${NOMAD_SECRETS_DIR}/known_hosts"
        data        = "{{ with nomadVar \"nomad/jobs/nmgr\" }}{{ .known_hosts }}{{ end }}\n"
      }
      template {
        destination = "${NOMAD_SECRETS_DIR}/push.secret"
        perms       = "600"
        data        = "{{ with nomadVar \"nomad/jobs/nmgr\" }}{{ .push_secret }}{{ end }}"
      }
      template {
        destination = "${NOMAD_SECRETS_DIR}/read.token"
        perms       = "600"
        data        = "{{ with nomadVar \"nomad/jobs/nmgr\" }}{{ .read_token }}{{ end }}"
      }

      resources {
        cpu    = 100
        memory = 128
      }
    }
  }
}
