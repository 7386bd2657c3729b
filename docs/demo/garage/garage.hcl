# The object store that other jobs keep their data in: the first infra job.
job "nmgr-demo-garage" {
  group "garage" {
    network {
      port "s3" {
        to = 3900
      }
    }

    task "garage" {
      driver = "docker"

      config {
        image = "docker.io/dxflrs/garage:v1.0.1"
        ports = ["s3"]
      }
    }
  }
}
