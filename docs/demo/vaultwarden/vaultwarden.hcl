job "nmgr-demo-vaultwarden" {
  group "vaultwarden" {
    network {
      port "http" {
        to = 80
      }
    }

    task "vaultwarden" {
      driver = "docker"

      config {
        image   = "docker.io/vaultwarden/server:1.32.7-alpine"
        ports   = ["http"]
        volumes = ["/mnt/crypt/vaultwarden:/data"]
      }
    }
  }
}
