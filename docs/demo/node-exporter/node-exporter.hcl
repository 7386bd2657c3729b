job "nmgr-demo-node-exporter" {
  type = "system"

  group "node-exporter" {
    dynamic "network" {
      for_each = [9100]

      content {
        port "metrics" {
          static = network.value
        }
      }
    }

    task "node-exporter" {
      driver = "docker"

      config {
        image = "docker.io/prom/node-exporter:v1.8.2"
        ports = ["metrics"]
      }
    }
  }
}
