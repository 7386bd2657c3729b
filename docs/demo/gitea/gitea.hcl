job "nmgr-demo-gitea" {
  group "gitea" {
    network {
      port "http" {
        to = 3000
      }
    }

    task "gitea" {
      driver = "docker"

      config {
        image   = "codeberg.org/forgejo/forgejo:9.0.3-rootless"
        ports   = ["http"]
        volumes = ["/mnt/jfs/gitea:/var/lib/gitea"]
      }
    }
  }
}
