job "nmgr-demo-postgres" {
  group "postgres" {
    network {
      port "db" {
        static = 15432
        to     = 5432
      }
    }

    task "postgres" {
      driver = "docker"

      env {
        POSTGRES_HOST_AUTH_METHOD = "trust"
      }

      config {
        image = "docker.io/library/postgres:17.2-alpine"
        ports = ["db"]
      }
    }
  }
}
