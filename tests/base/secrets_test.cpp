#include "nmgr/base/secrets.h"

#include <catch2/catch.hpp>

using namespace nmgr;

TEST_CASE("names of secrets") {
  for (const char* name : {"password",
                           "DB_PASSWORD",
                           "db-password",
                           "dbPassword",
                           "PGPASSWORD",
                           "MYSQL_ROOT_PASSWORD",
                           "accessToken",
                           "ACCESS_TOKEN",
                           "apiKey",
                           "API_KEY",
                           "apikey",
                           "privateKey",
                           "secrets",
                           "client_secret",
                           "clientSecret",
                           "AWS_SECRET_ACCESS_KEY",
                           "awsSecretAccessKey",
                           "tokens",
                           "VAULTTOKEN",
                           "authtoken",
                           "X-Vault-Token",
                           "credentials",
                           "DB_PASS",
                           "DBPASS",
                           "requirepass",
                           "passwd",
                           "dbpwd",
                           "Authorization",
                           "JWTSecret",
                           "SECRETKEY",
                           "ssh_key",
                           "passphrase",
                           "Meta[API_KEY]",
                           "auth[0][password]",
                           "traefik.http.middlewares.x.basicauth.users",
                           "caddy.basic_auth.bob",
                           "VaultToken",
                           "DBPassword",
                           "token2",
                           "password_1"}) {
    INFO(name);
    CHECK(IsSecretName(name));
  }
  for (const char* name : {"",
                           "user",
                           "image",
                           "PASSWORD_FILE",
                           "TOKEN_TTL",
                           "tokenTtl",
                           "SECRETS_DIR",
                           "PWD",
                           "OLDPWD",
                           "COMPASS",
                           "secretary",
                           "tokenizer",
                           "bypass",
                           "passthrough",
                           "KEY",
                           "keyboard",
                           "monkey",
                           "count",
                           "POSTGRES_USER",
                           "password_file",
                           "passwordFile",
                           "author",
                           "compression",
                           "traefik.http.middlewares.x.basicauth.usersfile",
                           "basic_auth"}) {
    INFO(name);
    CHECK_FALSE(IsSecretName(name));
  }
}

TEST_CASE("values that are no secrets whatever their name") {
  CHECK(IsSecretValue("DB_PASSWORD", "hunter22"));
  CHECK(IsSecretValue("DB_PASSWORD", "12345678"));
  CHECK(IsSecretValue("DB_PASSWORD", "/abc+def=="));
  CHECK(IsSecretValue("token", "abc-${x}"));
  CHECK_FALSE(IsSecretValue("user", "hunter22"));
  CHECK_FALSE(IsSecretValue("MAX_TOKENS", "4096"));
  CHECK_FALSE(IsSecretValue("token", "1h30m"));
  CHECK_FALSE(IsSecretValue("token", "true"));
  CHECK_FALSE(IsSecretValue("token", ""));
  CHECK_FALSE(IsSecretValue("DB_PASSWORD", "/run/secrets/db"));
  CHECK_FALSE(IsSecretValue("token", "${NOMAD_TOKEN}"));
  CHECK_FALSE(IsSecretValue("password", "{{ with secret \"x\" }}{{ .Data.pw }}{{ end }}"));
}

TEST_CASE("values are hidden at their place") {
  CHECK(HideNamed("--db-password=hunter22") == "--db-password=***");
  CHECK(HideNamed("PASSWORD_FILE=/run/x TOKEN_TTL=3600") == "PASSWORD_FILE=/run/x TOKEN_TTL=3600");
  CHECK(HideNamed("env PGPASSWORD=hunter22 psql") == "env PGPASSWORD=*** psql");
  CHECK(HideNamed("-e=DB_PASSWORD=a=b") == "-e=DB_PASSWORD=***");
  CHECK(HideNamed(R"({"user":"me","password":"se\"same","x":1})") ==
        R"({"user":"me","password":"***","x":1})");
  CHECK(HideNamed(R"("{\"token\":\"hunter22\",\"a\":1}")") == R"("{\"token\":\"***\",\"a\":1}")");
  CHECK(HideNamed(R"({"Env":{"A":"b","C":"{"},"Name":"x"})") == R"({"Env":{***},"Name":"x"})");
  CHECK(HideNamed(R"({"EmbeddedTmpl":"A=b\nC=d","Name":"x"})") ==
        R"({"EmbeddedTmpl":"***","Name":"x"})");
  CHECK(HideNamed(R"({"EmbeddedTmpl":"cut off)") == R"({"EmbeddedTmpl":"***)");
  CHECK(HideNamed("X-Nomad-Token: 1234-abcd\r\nHost: x") == "X-Nomad-Token: ***\r\nHost: x");
  CHECK(HideNamed("authorization: basic dXNlcjpwYXNz, Host: x") == "authorization: ***");
  CHECK(HideNamed("got basic dXNlcjpzZXNhbWU=") == "got basic ***");
  CHECK(HideNamed("basic authentication is not served") == "basic authentication is not served");
  CHECK(HideNamed("Bearer abcdef0123456789 x") == "Bearer *** x");
  CHECK(HideNamed("the ACL token: not found") == "the ACL token: not found");
  CHECK(HideNamed("apps/token.hcl:12:3: wrong") == "apps/token.hcl:12:3: wrong");
  CHECK(HideNamed("secret-sync: stopped") == "secret-sync: stopped");
  CHECK(HideNamed("a ghp_0123456789abcdefghijklmnopqrstuvwxyz b") == "a *** b");
}

TEST_CASE("source lines") {
  const auto hide = [](std::string_view text) { return HideNamed(text, TextKind::kSource); };
  CHECK(hide("  password = \"hunter22\" # x") == "  password = \"***\" # x");
  CHECK(hide("  password = var.db_password") == "  password = var.db_password");
  CHECK(hide("  password = file(\"x\")") == "  password = file(\"x\")");
  CHECK(hide("  password: hunter22") == "  password: ***");
  CHECK(hide("  token_ttl = 3600") == "  token_ttl = 3600");
  CHECK(hide("  secret = \"${var.x}\"") == "  secret = \"${var.x}\"");
  CHECK(hide("  secret = \"abc${var.x}def\"") == "  secret = \"***${var.x}***\"");
  CHECK(hide("DB_PASSWORD=hunter22") == "DB_PASSWORD=***");
}

TEST_CASE("arguments") {
  CHECK(HideArguments({"--password", "hunter22", "--user", "me", "-p", "x"}) ==
        std::vector<std::string>{"--password", "***", "--user", "me", "-p", "x"});
  CHECK(HideArguments({"--token-file", "x", "--password=a b", "-e", "DB_PASSWORD=a b"}) ==
        std::vector<std::string>{"--token-file", "x", "--password=***", "-e", "DB_PASSWORD=***"});
  CHECK(HideArguments({"-c", "psql --password hunter22 -h db"}) ==
        std::vector<std::string>{"-c", "psql --password *** -h db"});
  CHECK(HideArguments({"--password", "--verbose"}) ==
        std::vector<std::string>{"--password", "--verbose"});
}

TEST_CASE("user info of URLs") {
  CHECK(HideUserInfo("see https://me:pw@host/x.") == "see https://***@host/x.");
  CHECK(HideUserInfo("http://me:se/same@h:4646") == "http://***@h:4646");
  CHECK(HideUserInfo("http://me:se#sa?me@h") == "http://***@h");
  CHECK(HideUserInfo("http:/me:pw@h http:me:pw@h http:\\\\me:pw@h") ==
        "http:/***@h http:***@h http:\\\\***@h");
  CHECK(HideUserInfo("unix://me:pw@/s") == "unix://***@/s");
  CHECK(HideUserInfo("postgres://u:p@ss@db:5432/x?a=b") == "postgres://***@db:5432/x?a=b");
  CHECK(HideUserInfo("root:hunter22@tcp(db:3306)/x") == "***@tcp(db:3306)/x");
  CHECK(HideUserInfo("http://r:5000/x@sha256:12") == "http://r:5000/x@sha256:12");
  CHECK(HideUserInfo("nginx:1.25@sha256:1234") == "nginx:1.25@sha256:1234");
  CHECK(HideUserInfo("ssh://git@github.com/x") == "ssh://git@github.com/x");
  CHECK(HideUserInfo("me@example.org") == "me@example.org");
}

TEST_CASE("values of this run") {
  Redactor redactor;
  redactor.Add("sesame/1 \"x\"&");
  redactor.AddUser("me", "hunter22");
  redactor.AddNamed("user", "postgres");
  redactor.AddNamed("DB_PASSWORD", "short");
  redactor.AddNamed("DB_PASSWORD", "correcthorse");
  redactor.AddNamed("TLS_PRIVATE_KEY", "-----BEGIN\nabcdefghijkl\n");
  redactor.Add("x");
  redactor.AddAddress("http://root:tiger%2fpaw@h:1");
  redactor.AddAddress("ada:lovelace@h");
  redactor.AddAddress("http:eva:paradise@h");
  CHECK(redactor.HideValues("a sesame/1 \"x\"& b") == "a *** b");
  CHECK(redactor.HideValues("a sesame%2f1%20%22x%22%26 b") == "a *** b");
  CHECK(redactor.HideValues("a sesame%2F1+%22x%22%26 b") == "a *** b");
  CHECK(redactor.HideValues("a sesame%252F1%2520%2522x%2522%2526 b") == "a *** b");
  CHECK(redactor.HideValues(R"(a sesame\/1 \"x\"\u0026 b)") == "a *** b");
  CHECK(redactor.HideValues("a sesame/1 &quot;x&#34;&amp; b") == "a *** b");
  CHECK(redactor.HideValues("HUNTER22!") == "***!");
  CHECK(redactor.HideValues("got bWU6aHVudGVyMjI= here") == "got *** here");
  CHECK(redactor.HideValues("got bwu6ahvudgvymji= here") == "got *** here");
  CHECK(redactor.HideValues("postgres short correcthorse") == "postgres short ***");
  CHECK(redactor.HideValues("tiger/paw lovelace paradise") == "*** *** ***");
  CHECK(redactor.HideValues("key abcdefghijkl") == "key ***");
  CHECK(redactor.HideValues("nothing to hide, x") == "nothing to hide, x");
}

TEST_CASE("base64 of a secret inside a longer text, at each alignment") {
  Redactor redactor;
  redactor.Add("correcthorse");
  // "aXcorrecthorseYb" and so on, encoded.
  for (const char* text : {"Y29ycmVjdGhvcnNlWWI=", "YWNvcnJlY3Rob3JzZVliYg==",
                           "YVhjb3JyZWN0aG9yc2VZYmI=", "YVhYY29ycmVjdGhvcnNlWWI="}) {
    const std::string shown = redactor.HideValues(text);
    INFO(shown);
    CHECK(shown.find("***") != std::string::npos);
    CHECK(shown.size() <= 12);
  }
}

TEST_CASE("both at once") {
  Redactor redactor;
  redactor.Add("sesame");
  CHECK(redactor.HideAll("token=abcd sesame https://u:p@h") == "token=*** *** https://***@h");
  CHECK(redactor.HideAll("token=sesame") == "token=***");
}
