job "nmgr-demo-jellyfin" {
  group "jellyfin" {
    network {
      port "http" {
        to = 8096
      }
    }

    task "jellyfin" {
      driver = "docker"

      config {
        image   = "docker.io/jellyfin/jellyfin:10.10.3"
        ports   = ["http"]
        volumes = ["/mnt/nas/media:/media:ro"]
      }

      resources {
        memory = 1024
      }
    }
  }
}
