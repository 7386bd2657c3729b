#include <catch2/catch.hpp>

#include "jobspec/spec_support.h"

namespace nmgr::jobspec {
namespace {

std::string JobWith(const std::string& body) { return FlatOf("job \"x\" {\n" + body + "\n}\n"); }

std::string Becomes(const std::string& body) { return "job \"x\" {\n" + body + "}\n"; }

}  // namespace

TEST_CASE("A dynamic block becomes one block a round, in place") {
  CHECK(JobWith(R"(group "first" {}
dynamic "group" {
  for_each = ["a", "b"]
  labels   = ["${group.key}-${group.value}"]
  content {
    count = group.key
  }
}
group "last" {})") == Becomes(R"(  group "first" {
  }
  group "0-a" {
    count = 0
  }
  group "1-b" {
    count = 1
  }
  group "last" {
  }
)"));
}

TEST_CASE("Maps go by key, sets by element") {
  CHECK(JobWith("dynamic \"g\" {\n for_each = {b = 2, a = 1}\n content {\n v = [g.key, g.value]\n "
                "}\n}") ==
        Becomes("  g {\n    v = [\"a\", 1]\n  }\n  g {\n    v = [\"b\", 2]\n  }\n"));
  CHECK(
      JobWith(
          "dynamic \"g\" {\n for_each = convert([2, 1, 2], set(number))\n content {\n v = g.key\n "
          "}\n}") == Becomes("  g {\n    v = 1\n  }\n  g {\n    v = 2\n  }\n"));
}

TEST_CASE("Iterators nest and shadow") {
  CHECK(JobWith(R"(dynamic "group" {
  for_each = ["o"]
  iterator = it
  labels   = [it.value]
  content {
    dynamic "task" {
      for_each = ["i", "j"]
      labels   = ["${it.value}${task.value}"]
      content {
        env {
          A = it.value
          B = task.key
        }
      }
    }
    dynamic "t" {
      for_each = [1]
      iterator = it
      content {
        v = it.value
      }
    }
  }
})") == Becomes(R"(  group "o" {
    task "oi" {
      env {
        A = "o"
        B = 0
      }
    }
    task "oj" {
      env {
        A = "o"
        B = 1
      }
    }
    t {
      v = 1
    }
  }
)"));
}

TEST_CASE("The iterator may be called null, as Nomad has it") {
  for (const char* name : {"null", "true", "false"}) {
    CHECK(JobWith("dynamic \"g\" {\n for_each = [1]\n iterator = " + std::string(name) +
                  "\n content {\n a = 2\n }\n}") == Becomes("  g {\n    a = 2\n  }\n"));
  }
  CHECK(JobWith("dynamic \"g\" {\n for_each = [1]\n iterator = 1\n content {}\n}") ==
        "4:13 Invalid expression");
}

TEST_CASE("Nothing inside is evaluated without a round") {
  CHECK(JobWith(
            "dynamic \"g\" {\n for_each = []\n labels = [g.value.nope]\n content {\n a = nope.b + "
            "1\n "
            "}\n}") == Becomes(""));
}

TEST_CASE("In driver configuration and maps a dynamic block is data") {
  CHECK(JobWith(
            "group \"g\" {\n task \"t\" {\n config {\n dynamic \"m\" {\n for_each = [1]\n content "
            "{\n s "
            "= m.value\n }\n }\n }\n }\n}")
            .find("dynamic \"m\" {") != std::string::npos);
}

TEST_CASE("Dynamic blocks that are wrong") {
  CHECK(JobWith("dynamic \"g\" {\n content {}\n}") == "2:13 Missing required argument");
  CHECK(JobWith("dynamic \"g\" {\n for_each = [1]\n}") == "2:13 Missing dynamic content block");
  CHECK(JobWith("dynamic \"g\" {\n for_each = [1]\n content {}\n content {}\n}") ==
        "5:2 Extraneous dynamic content block");
  CHECK(JobWith("dynamic \"g\" {\n for_each = null\n content {}\n}") ==
        "3:13 Invalid dynamic for_each value");
  CHECK(JobWith("dynamic \"g\" {\n for_each = \"a\"\n content {}\n}") ==
        "3:13 Invalid dynamic for_each value");
  CHECK(JobWith("dynamic \"g\" {\n for_each = [1]\n iterator = \"it\"\n content {}\n}") ==
        "4:13 Invalid expression");
  CHECK(JobWith("dynamic \"g\" {\n for_each = [1]\n iterator = a.b\n content {}\n}") ==
        "4:13 Invalid dynamic iterator name");
  CHECK(JobWith("dynamic \"g\" {\n for_each = [1]\n labels = \"a\"\n content {}\n}") ==
        "4:12 Invalid expression");
  CHECK(JobWith("dynamic \"g\" {\n for_each = [1]\n labels = [null]\n content {}\n}") ==
        "4:12 Invalid dynamic block label");
  CHECK(JobWith("dynamic \"g\" {\n for_each = [1]\n foo = 1\n content {}\n}") ==
        "4:2 Unsupported argument");
  for (const std::string type : {"", "a b", "file(", "1", "dynamic"}) {
    CHECK(JobWith("dynamic \"" + type + "\" {\n for_each = [1]\n content {}\n}") ==
          "2:9 Unsupported block type");
  }
  CHECK(JobWith("dynamic {\n for_each = [1]\n content {}\n}") == "2:9 Missing type for dynamic");
}

TEST_CASE("Dynamic blocks without end are stopped") {
  const std::string flat = JobWith(R"(dynamic "a" {
  for_each = range(1000)
  content {
    dynamic "b" {
      for_each = range(1000)
      content {
        dynamic "c" {
          for_each = range(1000)
          content {}
        }
      }
    }
  }
})");
  CHECK(flat.find("Evaluation too large") != std::string::npos);
}

}  // namespace nmgr::jobspec
