#include "nmgr/serve/receivers.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "support/temp_dir.h"

using namespace nmgr;
using namespace nmgr::serve;
using webhook::Kind;

TEST_CASE("receivers are made of their tables, with secrets that nobody else can read") {
  const nmgr::testing::TempDir folder;
  sync::ReceiverTable table;
  table.name = "hub";
  table.place = "config.toml:7";
  table.type = "github";
  table.sources = {"lab"};
  table.hosts = {"git.lan"};
  table.max_body = 7;
  const auto make = [&] { return MakeReceivers({table}, RealFileSystem()); };
  const auto fault = [&] {
    const auto made = make();
    REQUIRE_FALSE(made.has_value());
    CHECK(made.error().code == ErrorCode::kConfig);
    CHECK(made.error().message.find("config.toml:7: [receiver.hub]") == 0);
    return made.error().message;
  };
  CHECK(fault().find("has no secret_file") != std::string::npos);
  table.secret_file = folder.At("secret");
  CHECK(fault().find("secret_file") != std::string::npos);
  folder.Write("secret", "key\n");
  REQUIRE(::chmod(table.secret_file.c_str(), 0644) == 0);
  CHECK(fault().find("others may read") != std::string::npos);
  REQUIRE(::chmod(table.secret_file.c_str(), 0600) == 0);
  const auto made = make();
  REQUIRE(made);
  CHECK(made->at(0).secret == "key");
  CHECK(made->at(0).kind == Kind::kGitHub);
  CHECK(made->at(0).sources == std::vector<std::string>{"lab"});
  CHECK(made->at(0).hosts == std::vector<std::string>{"git.lan"});
  CHECK(made->at(0).most_body == std::size_t{7} << 20U);
  table.type = "quay";  // whose path is made of it
  CHECK(fault().find("at least 16") != std::string::npos);
  table.type = "gitub";
  CHECK(fault().find("Did you mean \"github\"?") != std::string::npos);
  folder.Write("secret", "\n");
  table.type = "github";
  REQUIRE(::chmod(table.secret_file.c_str(), 0600) == 0);
  CHECK(fault().find("at least 1 ") != std::string::npos);
}
