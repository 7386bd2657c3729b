#include "nmgr/base/secrets.h"

#include <catch2/catch.hpp>

#include "nmgr/base/shown_values.h"

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

TEST_CASE("arguments whose meaning the program tells") {
  const auto hide = [](std::vector<std::string> arguments, std::vector<std::string> programs = {}) {
    return HideArguments(arguments, programs);
  };
  using Words = std::vector<std::string>;
  CHECK(hide({"-u", "me:hunter22", "https://h/x"}, {"curl"}) == Words{"-u", "***", "https://h/x"});
  CHECK(hide({"-ume:12345"}, {"/usr/bin/curl"}) == Words{"-u***"});
  CHECK(hide({"-u", "sk_test_12345678:"}, {"curlimages/curl:8.1"}) == Words{"-u", "***"});
  CHECK(hide({"-U", "me:hunter22"}, {"curl"}) == Words{"-U", "***"});
  CHECK(hide({"-uroot", "-phunter22", "db"}, {"mysql"}) == Words{"-uroot", "-p***", "db"});
  CHECK(hide({"-pletters"}, {"mariadb-dump"}) == Words{"-p***"});
  CHECK(hide({"mysqldump", "-p", "db"}) == Words{"mysqldump", "-p", "db"});
  CHECK(hide({"-p", "hunter22", "ssh", "-p", "2222"}, {"sshpass"}) ==
        Words{"-p", "***", "ssh", "-p", "***"});
  CHECK(hide({"-h", "db", "-a", "hunter22", "ping"}, {"redis-cli"}) ==
        Words{"-h", "db", "-a", "***", "ping"});
  CHECK(hide({"login", "-u", "me", "-p", "letters", "r.lan"}, {"docker"}) ==
        Words{"login", "-u", "me", "-p", "***", "r.lan"});
  // Nothing tells the program.
  CHECK(hide({"-u", "me:hunter22"}) == Words{"-u", "***"});
  CHECK(hide({"--user=me:hunter22"}) == Words{"--user=***"});
  CHECK(hide({"--basic-auth", "me:hunter22"}) == Words{"--basic-auth", "***"});
  CHECK(hide({"-phunter22"}) == Words{"-p***"});
  CHECK(hide({"--auth-token:hunter22"}) == Words{"--auth-token:***"});
  CHECK(hide({"-H", "Authorization: Bearer abc"}) == Words{"-H", "Authorization: ***"});
  CHECK(hide({"-H", "Private-Token: abcd"}) == Words{"-H", "Private-Token: ***"});
  CHECK(hide({"--header=X-Api-Key: abcd"}) == Words{"--header=X-Api-Key: ***"});
  CHECK(hide({"-H", "X-Auth: abcd", "--cookie", "id=abcd", "-H", "Cookie: id=abcd"}) ==
        Words{"-H", "X-Auth: ***", "--cookie", "***", "-H", "Cookie: ***"});
  CHECK(hide({"/password:hunter22", "--password-stdin", "r.lan"}) ==
        Words{"/password:***", "--password-stdin", "r.lan"});
  CHECK(hide({"-passin", "pass:hunter22"}) == Words{"-passin", "pass:***"});
}

TEST_CASE("commands in one text") {
  const auto hide = [](std::string_view text) { return HideNamed(text, TextKind::kArgument); };
  CHECK(hide("curl -u me:12345 https://h | tar -x") == "curl -u *** https://h | tar -x");
  CHECK(hide("curl -H \"Authorization: Bearer abc\" https://h") ==
        "curl -H \"Authorization: ***\" https://h");
  CHECK(hide("curl -H 'Private-Token: ab cd' h") == "curl -H 'Private-Token: ***' h");
  CHECK(hide("mysql -uroot -p'a b c' db") == "mysql -uroot -p'***' db");
  CHECK(hide("exec mysqldump -psecret db && cmd -p 80") == "exec mysqldump -p*** db && cmd -p 80");
  CHECK(hide("redis-cli -a \"a b\" ping") == "redis-cli -a \"***\" ping");
  CHECK(hide("app --user=\"me:a b\" x") == "app --user=\"***\" x");
  // A script of several lines, a line at a time, and a list in a spec.
  const auto line = [](std::string_view text) { return HideNamed(text, TextKind::kSource); };
  CHECK(line("  curl -s -u me:hunter22 \\") == "  curl -s -u *** \\");
  CHECK(line("psql --password hunter22") == "psql --password ***");
  CHECK(line("  -H \"Private-Token: abcd\" \\") == "  -H \"Private-Token: ***\" \\");
  CHECK(line("  args = [\"-u\", \"me:hunter22\", \"-v\"]") == "  args = [\"-u\", \"***\", \"-v\"]");
  CHECK(line("  args = [\"mysql\", \"-pletters\"]") == "  args = [\"mysql\", \"-p***\"]");
  CHECK(line("  args = [\"--password\", var.db]") == "  args = [\"--password\", var.db]");
  // An answer of a server that repeats a job.
  CHECK(HideNamed(R"({"args":["-u","me:hunter22"],"Name":"x"})") == R"({"args":[***],"Name":"x"})");
}

TEST_CASE("arguments that are no secrets are shown") {
  for (const char* text : {"docker run -p 8080:80 -u 1000:1000 nginx",
                           "app -p8080:80",
                           "app --port=80 -p 80",
                           "app -u www-data:www-data",
                           "app --user 33:33",
                           "app -u root",
                           "app --user=me:users",
                           "mysql -h db -P 3306 -u root -p mydb",
                           "ssh -p 2222 me@host",
                           "mkdir -p /a/b",
                           "-parallel 4",
                           "-path /x",
                           "-p4",
                           "curl -u $USER:$PASSWORD h",
                           "curl -u \"${USER}:${PASSWORD}\" h",
                           "mysql -p$PASSWORD",
                           "mysql -p\"$(cat /run/secrets/x)\"",
                           "app --token-file x --ttl 5m",
                           "app -u https://host:80/x",
                           "redis-cli -h x -p 6379",
                           "docker pull my/secret:v1 token:latest",
                           "tini -p SIGTERM -- app",
                           "app --auth-type:basic",
                           "--auth none",
                           "app -userpass",
                           "echo token: and more"}) {
    INFO(text);
    if (std::string_view(text) != "echo token: and more") {
      CHECK(HideNamed(text, TextKind::kArgument) == text);
    }
    CHECK(HideNamed(text) == text);
  }
  for (const char* image : {"docker", "nginx:1.25", "postgres:16"}) {
    CHECK(HideArguments({"-p", "8080:80", "-u", "1000:1000", "--port=80"}, {image}) ==
          std::vector<std::string>{"-p", "8080:80", "-u", "1000:1000", "--port=80"});
  }
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
  CHECK(HideUserInfo("root:hunter22@/x") == "***@/x");
  CHECK(HideUserInfo("scott:tiger@db/orcl") == "***@db/orcl");
  CHECK(HideUserInfo("redis://:hunter22@r:6379/0 amqps://u:p@h/v") ==
        "redis://***@r:6379/0 amqps://***@h/v");
  CHECK(HideUserInfo("mongodb+srv://u:p@c.example.org") == "mongodb+srv://***@c.example.org");
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

TEST_CASE("a private key is hidden up to its last line, wherever it is split into lines") {
  const std::string key =
      "-----BEGIN RSA PRIVATE KEY-----\nMIIsesame1\nMIIsesame2\n-----END RSA PRIVATE KEY-----";
  CHECK(HideNamed("a " + key + " b") == "a *** b");
  CHECK(HideNamed("a " + key.substr(0, key.rfind('\n'))) == "a ***");
  for (const TextKind kind : {TextKind::kMessage, TextKind::kSource, TextKind::kArgument}) {
    CHECK(HideLines("a\n" + key + "\nb\n", kind) ==
          std::vector<std::string>{"a\n", "***\n", "***\n", "***\n", "***\n", "b\n"});
    CHECK(HideLines("-----BEGIN PGP PRIVATE KEY BLOCK-----\nsesame", kind) ==
          std::vector<std::string>{"***\n", "***"});
  }
  CHECK(HideLines("-----BEGIN CERTIFICATE-----\nshown\n", TextKind::kSource) ==
        std::vector<std::string>{"-----BEGIN CERTIFICATE-----\n", "shown\n"});
}

TEST_CASE("more names and places of secrets") {
  const auto argument = [](std::string_view text) { return HideNamed(text, TextKind::kArgument); };
  for (const char* text :
       {"AccountName=x;AccountKey=sesame==;EndpointSuffix=y", "Server=db;Uid=sa;Pwd=sesame;",
        "Server=db;UID=sa;PWD=sesame;", "basic_auth=u:sesame", "--basic_auth=u:sesame",
        "--basic-auth u:sesame", "--pw=sesame", "--psk sesame", "--jwt sesame", "DB_PW=sesame",
        "echo sesame | docker login -u me --password-stdin r.lan",
        "printf '%s' 'sesame' | docker login --password-stdin",
        "sh -c \"echo -n sesame | /usr/bin/docker login --password-stdin\"",
        "echo me:sesame | chpasswd"}) {
    INFO(text);
    CHECK(argument(text).find("***") != std::string::npos);
    CHECK(argument(text).find("sesame") == std::string::npos);
    CHECK(HideNamed(text, TextKind::kSource).find("sesame") == std::string::npos);
  }
  for (const char* text :
       {"JWT_ISSUER=https://a.lan", "auth_type=jwt", "--jwt-file x", "cd x;PWD=/srv/a ls", "PWD=x",
        "basic_auth=true", "basic_auth=1000:1000", "echo $PW | docker login --password-stdin",
        "printf '%s' \"$PW\" | docker login --password-stdin", "echo hello | docker load",
        "TOKEN_TTL = 3600", "PASSWORD_FILE = /run/secrets/x", "--pw-file x", "ACCOUNT=x"}) {
    INFO(text);
    CHECK(argument(text) == text);
    CHECK(HideNamed(text, TextKind::kSource) == text);
  }
}

TEST_CASE("a mask ends with the string literal that it is in") {
  const auto line = [](std::string_view text) { return HideNamed(text, TextKind::kSource); };
  CHECK(line(R"(  args = ["mysql -u root -psesame1", "sshpass -p sesame2 ssh x"])") ==
        R"(  args = ["mysql -u root -p***", "sshpass -p *** ssh x"])");
  CHECK(line("  args: ['mysql -psesame1', 'sshpass -p sesame2 ssh x']") ==
        "  args: ['mysql -p***', 'sshpass -p *** ssh x']");
  CHECK(line(R"(  a = ["sh -c 'mysql -psesame1 db'", "curl -u me:sesame2 h"])") ==
        R"(  a = ["sh -c 'mysql -p*** db'", "curl -u *** h"])");
}
