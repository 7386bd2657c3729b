#include "hcl/functions/call.h"

namespace nmgr::hcl {

TEST_CASE("cidrhost counts from both ends") {
  CHECK(Show("cidrhost", {Text("10.12.112.5/20"), Num("16")}) == "10.12.112.16");
  CHECK(Show("cidrhost", {Text("10.0.0.0/24"), Num("-1")}) == "10.0.0.255");
  CHECK(Show("cidrhost", {Text("fe80::/64"), Num("-1")}) == "fe80::ffff:ffff:ffff:ffff");
  CHECK(Show("cidrhost", {Text("::/0"), Num("65541")}) == "::1:5");
  CHECK(FaultAt("cidrhost", {Text("10.0.0.0/24"), Num("256")}) == -1);
  CHECK(FaultAt("cidrhost", {Text("10.0.0.0/24"), Num("-257")}) == -1);
  CHECK(FaultAt("cidrhost", {Text("10.0.0.0/8"), Num("1.5")}) == -1);
}

TEST_CASE("Networks are read strictly") {
  for (const char* text :
       {"10.0.0.0", "10.0.0/8", "010.0.0.0/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1",
        "fe80::1%eth0/64", "::/129", "1::2::3/64", " 10.0.0.0/8", "bad"}) {
    INFO(text);
    CHECK(FaultAt("cidrnetmask", {Text(text)}) == -1);
  }
  CHECK(Show("cidrnetmask", {Text("172.16.0.0/12")}) == "255.240.0.0");
  CHECK(Show("cidrnetmask", {Text("fd00::/64")}) == "ffff:ffff:ffff:ffff::");
}

TEST_CASE("cidrsubnet, with the corners of negative arguments") {
  const auto subnet = [](std::string_view prefix, std::string_view bits, std::string_view number) {
    return Show("cidrsubnet", {Text(prefix), Num(bits), Num(number)});
  };
  CHECK(subnet("172.16.0.0/12", "4", "2") == "172.18.0.0/16");
  CHECK(subnet("fd00:fd12:3456:7890::/56", "16", "162") == "fd00:fd12:3456:7800:a200::/72");
  CHECK(subnet("10.1.2.0/24", "-1", "0") == "10.1.2.0/23");
  CHECK(subnet("10.0.0.0/8", "8", "-1") == "0.1.0.0/16");
  CHECK(subnet("10.0.0.0/8", "-9", "0") == "<nil>");
  CHECK(FaultAt("cidrsubnet", {Text("10.1.2.0/24"), Num("4"), Num("16")}) == -1);
  CHECK(FaultAt("cidrsubnet", {Text("10.1.2.0/24"), Num("9"), Num("0")}) == -1);
  CHECK(FaultAt("cidrsubnet", {Text("fd00::/8"), Num("33"), Num("0")}) == -1);
  CHECK(FaultAt("cidrsubnet", {Text("10.0.0.0/8"), Num("-9223372036854775808"), Num("5")}) == -1);
}

TEST_CASE("cidrsubnets gives one after the other") {
  CHECK(Show("cidrsubnets", {Text("10.0.0.0/8"), Num("8"), Num("16"), Num("2")}) ==
        R"(["10.0.0.0/16","10.1.0.0/24","10.64.0.0/10"])");
  CHECK(Show("cidrsubnets", {Text("fd00::/48"), Num("16"), Num("16")}) ==
        R"(["fd00::/64","fd00:0:0:1::/64"])");
  CHECK(Show("cidrsubnets", {Text("10.0.0.0/8")}) == "[]");
  CHECK(FaultAt("cidrsubnets", {Text("bad"), Num("1")}) == 0);
  CHECK(FaultAt("cidrsubnets", {Text("10.0.0.0/8"), Num("8"), Num("33")}) == 2);
  CHECK(FaultAt("cidrsubnets", {Text("10.0.0.0/8"), Num("1"), Num("1"), Num("1")}) == 3);
  CHECK(FaultAt("cidrsubnets", {Text("0.0.0.0/0"), Num("1")}) == 1);
}

}  // namespace nmgr::hcl
