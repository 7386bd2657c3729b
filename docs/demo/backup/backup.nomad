job "nmgr-demo-backup" {
  type = "batch"

  periodic {
    crons            = ["30 3 * * *"]
    prohibit_overlap = true
  }

  group "backup" {
    task "restic" {
      driver = "docker"

      config {
        image = "docker.io/restic/restic:latest"
        args  = ["backup", "/mnt/crypt"]
      }
    }
  }
}
