#include "fake_nomad/job_spec.h"

#include <catch2/catch.hpp>
#include <string>

namespace nmgr::fake {
namespace {

std::string FaultIn(const std::string& source) {
  std::string error;
  const Json job = ReadJobSpec(source, error);
  CHECK(job.is_null() != error.empty());
  return error;
}

Json Job(const std::string& source) {
  std::string error;
  Json job = ReadJobSpec(source, error);
  INFO(source);
  REQUIRE(error == "");
  return job;
}

Json Task(const std::string& body) {
  return Job("job \"j\" {\n group \"g\" {\n task \"t\" {\n" + body +
             "\n}\n}\n}\n")["TaskGroups"][0]["Tasks"][0];
}

Json Meta(const std::string& literal) {
  return Job("job \"j\" {\n meta = { a = " + literal + " }\n}\n")["Meta"]["a"];
}

TEST_CASE("strings have HCL's escapes and no templates") {
  CHECK(Meta(R"("a\n\t\"\\\r")") == "a\n\t\"\\\r");
  CHECK(Meta(R"("\u00e9\U0001F600")") == "\u00e9\U0001F600");
  CHECK(Meta(R"("$${x} %%{y} $$${z} $ % $$ 100%")") == "${x} %{y} $${z} $ % $$ 100%");
  CHECK(Meta("\"tab\there\"") == "tab\there");
}

TEST_CASE("what is not flat is refused") {
  const auto refused = [](const std::string& literal) {
    return FaultIn("job \"j\" {\n priority = " + literal + "\n}\n").find("Not flat") !=
           std::string::npos;
  };
  CHECK(refused("var.n"));
  CHECK(refused("local.n"));
  CHECK(refused("max(1, 2)"));
  CHECK(refused("1 + 2"));
  CHECK(refused("true ? 1 : 2"));
  CHECK(refused("\"${var.n}\""));
  CHECK(refused("\"%{ if true }1%{ endif }\""));
  CHECK(refused("<<EOT\n1\nEOT"));
  CHECK(refused("{ for k in [1] : k => 1 }"));
  CHECK(refused("!true"));
  CHECK(refused("-var.n"));
  CHECK(refused("1e3"));
  CHECK(FaultIn("variable \"n\" {\n default = 1\n}\njob \"j\" {\n}\n").find("Not flat") !=
        std::string::npos);
  CHECK(FaultIn("locals {\n n = 1\n}\njob \"j\" {\n}\n").find("Not flat") != std::string::npos);
}

TEST_CASE("filesystem functions are refused in the words of a real server") {
  CHECK(
      FaultIn("job \"x\" {\n datacenters = [pathexpand(\"~/a\")]\n}\n") ==
      "input.hcl:2,17-28: Error in function call; Call to function \"pathexpand\" failed: "
      "filesystem function "
      "disabled.\ninput.hcl:2,17-28: Unsuitable value type; Unsuitable value: value must be known");
}

TEST_CASE("faults name their place") {
  CHECK(
      FaultIn(
          "job \"x\" {\n group \"g\" {\n  task \"t\" {\n   lifecycle {\n    sidecar = true\n   }\n"
          "  }\n }\n}\n") ==
      "input.hcl:4,14-14: Missing required argument; The argument \"hook\" is required, but no "
      "definition was found.");
  CHECK(
      FaultIn("job \"x\" {\n colour = \"red\"\n}\n") ==
      "input.hcl:2,2-8: Unsupported argument; An argument named \"colour\" is not expected here.");
  CHECK(FaultIn("job \"x\" {\n paint {\n }\n}\n") ==
        "input.hcl:2,2-7: Unsupported block type; Blocks of type \"paint\" are not expected here.");
  CHECK(FaultIn("job \"x\" {\n a = 1\n b = 2\n}\n") ==
        "input.hcl:2,2-3: Unsupported argument; An argument named \"a\" is not expected here.\n"
        "input.hcl:3,2-3: Unsupported argument; An argument named \"b\" is not expected here.");
  CHECK(FaultIn("job \"x\" {\n priority = \"high\"\n}\n") ==
        "input.hcl:2,13-19: Unsuitable value type; Unsuitable value: a number is required");
  CHECK(FaultIn("job \"x\" {\n group {\n }\n}\n").find("Missing name for group") !=
        std::string::npos);
  CHECK(FaultIn("job \"x\" {\n").find("Unclosed configuration block") != std::string::npos);
  CHECK(FaultIn("job \"x\" {\n type = \"a\"\n type = \"b\"\n}\n").find("Attribute redefined") !=
        std::string::npos);
  CHECK(FaultIn("").find("Missing job block") != std::string::npos);
  CHECK(FaultIn("job \"x\" {\n group \"g\" {\n shutdown_delay = \"5\"\n }\n}\n")
            .find("Unsuitable duration value: time: missing unit in duration \"5\"") !=
        std::string::npos);
  std::string deep = "job \"x\" {\n meta = { a = ";
  deep.append(5000, '[');
  CHECK(FaultIn(deep).find("nested too deeply") != std::string::npos);
}

TEST_CASE("values are converted to what the argument wants") {
  CHECK(Job("job \"j\" {\n priority = \"70\"\n}\n")["Priority"] == 70);
  CHECK(Job("job \"j\" {\n all_at_once = \"true\"\n}\n")["AllAtOnce"] == true);
  CHECK(Meta("5") == "5");
  CHECK(Meta("1.50") == "1.50");
  CHECK(Meta("true") == "true");
  CHECK(Job("job \"j\" {\n priority = null\n}\n")["Priority"].is_null());
  CHECK(Task("kill_timeout = \"1m30s\"")["KillTimeout"] == 90 * kSecond);
  CHECK(Task("shutdown_delay = \"250ms\"")["ShutdownDelay"] == 250 * kMillisecond);
}

TEST_CASE("config keeps its values; bare objects become lists of one map") {
  const Json config = Task(R"(config {
    image = "a:1"
    ports = ["http", 2, true, null]
    whole = 3
    part = 2.5
    less = -4
    labels = {
      "a.b" = "c"
    }
    sysctl = ({ x = 1 })
    mount {
      type = "bind"
      options { propagation = "x" }
    }
    mount {
      type = "tmpfs"
    }
    logging "x" "y" {
      z = 1
    }
  })")["Config"];
  CHECK(config["ports"] == Json::parse(R"(["http", 2, true, null])"));
  CHECK(config["whole"].is_number_integer());
  CHECK(config["part"] == 2.5);
  CHECK(config["less"] == -4);
  CHECK(config["labels"] == Json::parse(R"([{"a.b": "c"}])"));
  CHECK(config["sysctl"] == Json::parse(R"({"x": 1})"));
  CHECK(config["mount"] ==
        Json::parse(R"([{"type": "bind", "options": [{"propagation": "x"}]}, {"type": "tmpfs"}])"));
  CHECK(config["logging"] == Json::parse(R"([{"x": [{"y": [{"z": 1}]}]}])"));
}

TEST_CASE("constraints and affinities have short forms") {
  const Json constraints = Job(R"(job "j" {
    constraint {
      attribute = "$${attr.kernel.name}"
      value = "linux"
    }
    constraint {
      distinct_hosts = true
    }
    constraint {
      attribute = "$${meta.x}"
      regexp = "a.*"
    }
    constraint {
      attribute = "$${meta.x}"
      set_contains = "a,b"
    }
    constraint {
      distinct_property = "$${meta.rack}"
    }
    affinity {
      attribute = "$${meta.x}"
      version = ">= 1"
      weight = -20
    }
  })");
  CHECK(constraints["Constraints"] == Json::parse(R"([
    {"LTarget": "${attr.kernel.name}", "RTarget": "linux", "Operand": "="},
    {"LTarget": "", "RTarget": "true", "Operand": "distinct_hosts"},
    {"LTarget": "${meta.x}", "RTarget": "a.*", "Operand": "regexp"},
    {"LTarget": "${meta.x}", "RTarget": "a,b", "Operand": "set_contains"},
    {"LTarget": "${meta.rack}", "RTarget": "", "Operand": "distinct_property"}])"));
  CHECK(constraints["Affinities"] == Json::parse(R"([
    {"LTarget": "${meta.x}", "RTarget": ">= 1", "Operand": "version", "Weight": -20}])"));
}

TEST_CASE("ports with a number are reserved") {
  const Json network = Job(R"(job "j" {
    group "g" {
      network {
        mode = "bridge"
        port "a" {}
        port "b" { static = 80 }
      }
    }
  })")["TaskGroups"][0]["Networks"][0];
  REQUIRE(network["DynamicPorts"].size() == 1);
  CHECK(network["DynamicPorts"][0]["Label"] == "a");
  REQUIRE(network["ReservedPorts"].size() == 1);
  CHECK(network["ReservedPorts"][0]["Value"] == 80);
}

TEST_CASE("blocks take their defaults from the parser where Nomad's does so") {
  const Json task = Task(
      "template {\n data = \"x\"\n destination = \"y\"\n}\nvault {\n}\n"
      "identity {\n env = true\n}\nidentity {\n name = \"consul\"\n}\n"
      "lifecycle {\n hook = \"prestart\"\n}\nvolume_mount {\n volume = \"v\"\n}\n");
  CHECK(task["Templates"][0]["Perms"] == "0644");
  CHECK(task["Vault"]["ChangeMode"] == "restart");
  CHECK(task["Identity"]["Env"] == true);
  CHECK(task["Identities"].size() == 1);
  CHECK(task["Lifecycle"]["Sidecar"] == false);
  CHECK(task["VolumeMounts"][0]["ReadOnly"].is_null());
  const Json lifted =
      Job("job \"j\" {\n vault {\n role = \"r\"\n }\n task \"t\" {\n driver = \"docker\"\n }\n}\n");
  CHECK(lifted["TaskGroups"][0]["Name"] == "t");
  CHECK(lifted["TaskGroups"][0]["Tasks"][0]["Vault"]["Role"] == "r");
  CHECK(Job("job \"j\" {\n id = \"other\"\n}\n")["ID"] == "other");
}

TEST_CASE("env and meta may be arguments") {
  CHECK(Task("env = { \"A.B\" = 1 }")["Env"] == Json{{"A.B", "1"}});
  CHECK(Task("env {\n A = true\n}")["Env"] == Json{{"A", "true"}});
}

TEST_CASE("the JSON syntax reads like the native one") {
  const Json native = Job(R"(job "j" {
    datacenters = ["*"]
    meta {
      a = "$${x}"
    }
    group "g" {
      count = 2
      network {
        port "http" {
          to = 80
        }
      }
      task "t" {
        driver = "docker"
        config {
          image = "a:1"
          labels = ({ a = "b" })
        }
        env {
          X = "1"
        }
      }
      task "u" {
        driver = "docker"
      }
    }
  })");
  const Json json = Job(
      R"({"job": {"j": {"datacenters": ["*"], "meta": {"a": "$${x}"}, "group": {"g": {"count": 2,
    "network": {"port": {"http": {"to": 80}}},
    "task": {"t": {"driver": "docker", "config": {"image": "a:1", "labels": {"a": "b"}}, "env": [{"X": "1"}]},
             "u": {"driver": "docker"}}}}}}})");
  CHECK(native == json);
  CHECK(FaultIn(R"({"job": {"j": {"priority": "${var.n}"}}})").find("Not flat") !=
        std::string::npos);
  CHECK(FaultIn(R"({"job": {"j": {"colour": "red"}}})").find("Unsupported argument") !=
        std::string::npos);
  CHECK(FaultIn(R"({"job": )") != "");
}

}  // namespace
}  // namespace nmgr::fake
