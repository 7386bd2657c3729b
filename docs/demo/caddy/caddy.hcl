# The reverse proxy in front of everything: an infra job, so it starts before the services.
locals {
  image = {
    caddy = "docker.io/library/caddy:2.8.4-alpine"
  }
}

job "nmgr-demo-caddy" {
  group "caddy" {
    network {
      port "https" {
        static = 8443
      }
    }

    task "caddy" {
      driver = "docker"

      template {
        data        = file("Caddyfile.tpl")
        destination = "local/Caddyfile"
      }

      config {
        image = local.image.caddy
        ports = ["https"]
        args  = ["caddy", "run", "--config", "/local/Caddyfile"]
      }
    }
  }
}
