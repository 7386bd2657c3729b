locals {
  nas = "/mnt/nas/apps/nextcloud"

  image = {
    nextcloud = "docker.io/nextcloud:30.0.4-apache"
    collabora = "docker.io/collabora/code:24.04.12.2.1"
    valkey    = "docker.io/valkey/valkey:7.2-alpine"
  }
}

job "nmgr-demo-nextcloud" {
  group "nextcloud" {
    network {
      port "http" {
        to = 80
      }
    }

    task "nextcloud" {
      driver = "docker"

      template {
        data        = file(".env")
        destination = "secrets/env"
        env         = true
      }

      config {
        image   = local.image.nextcloud
        ports   = ["http"]
        volumes = ["${local.nas}/data:/var/www/html/data"]
      }
    }

    task "collabora" {
      driver = "docker"

      env {
        aliasgroup1 = "https://${NOMAD_ADDR_http}"
      }

      config {
        image = local.image.collabora
      }
    }

    task "valkey" {
      driver = "docker"

      config {
        image = local.image.valkey
      }
    }
  }
}
