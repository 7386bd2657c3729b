variable "replicas" {
  type    = number
  default = 2
}

job "nmgr-demo-miniflux" {
  group "miniflux" {
    count = var.replicas

    network {
      port "http" {
        to = 8080
      }
    }

    task "miniflux" {
      driver = "docker"

      env {
        BASE_URL = "https://feeds.example.org"
      }

      config {
        image = "docker.io/miniflux/miniflux:2.2.4"
        ports = ["http"]
      }
    }
  }
}
