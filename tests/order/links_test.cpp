// What a spec offers and names, and the edges that this makes.
#include "nmgr/order/links.h"

#include <catch2/catch.hpp>
#include <map>
#include <string>
#include <vector>

#include "nmgr/order/edges.h"
#include "nmgr/order/volumes.h"
#include "order/template_text.h"
#include "order/text_scan.h"
#include "support/cpu_time.h"
#include "support/memory_file_system.h"

using namespace nmgr;
using namespace nmgr::order;

namespace {

// Specs by path, and files beside them.
using Texts = std::map<std::string, std::string>;

std::vector<Links> LinksOfAll(const Texts& specs, const Texts& files = {}) {
  testing::MemoryFileSystem disk;
  for (const auto& [path, text] : files) disk.Add(path, text);
  jobspec::SpecContext context;
  context.files = &disk;
  std::vector<Links> all;
  for (const auto& [path, text] : specs) {
    hcl::Diagnostics diagnostics;
    const auto parsed = jobspec::ParseSpec(path, text, context, diagnostics);
    const auto spec = jobspec::EvaluateSpec(parsed, context, diagnostics);
    INFO(path);
    REQUIRE(spec);
    all.push_back(LinksOf(*spec, "default", &disk));
  }
  return all;
}

// "web after db: service db: /r/web.hcl:7", each reason a line.
std::vector<std::string> EdgesOf(const Texts& specs, const Texts& files = {}) {
  const std::vector<Links> links = LinksOfAll(specs, files);
  std::vector<const Links*> jobs;
  for (const Links& each : links) jobs.push_back(&each);
  std::vector<std::string> lines;
  for (const Edge& edge : InferEdges(jobs)) {
    for (const EdgeReason& reason : edge.reasons) {
      lines.push_back(links[edge.job].id + " after " + links[edge.after].id + ": " + reason.what +
                      ": " + ToText(reason.place));
    }
  }
  return lines;
}

// A job with one group and one task; `more` goes into the task.
std::string JobOf(const std::string& id, const std::string& more,
                  const std::string& in_group = {}) {
  return "job \"" + id + "\" {\ngroup \"main\" {\n" + in_group + "task \"it\" {\n" + more +
         "}\n}\n}\n";
}

std::string Registers(const std::string& name, const std::string& provider = "nomad") {
  return "service {\nname = \"" + name + "\"\nprovider = \"" + provider + "\"\n}\n";
}

std::string Template(const std::string& line) {
  return "template {\ndata = <<EOF\n" + line + "\nEOF\n}\n";
}

const char* const kStatic = "network {\nport \"x\" {\nstatic = 5432\n}\n}\n";

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("a template names the services that it asks for") {
  const auto edges = [](const std::string& line, const std::string& provider = "nomad") {
    return EdgesOf({{"/r/db.hcl", JobOf("db", Registers("pg", provider))},
                    {"/r/web.hcl", JobOf("web", Template(line))}});
  };
  const Lines named = {"web after db: service pg: /r/web.hcl:6"};
  for (const char* line : {
           "{{ range nomadService \"pg\" }}{{ .Address }}{{ end }}",
           "{{- with nomadService \"primary.pg@global\" -}}x{{ end }}",
           "{{ $up := nomadService 1 (env \"NOMAD_ALLOC_ID\") \"pg\" }}",
           "{{ $n := `pg` }}{{ range nomadService $n }}{{ end }}",
           "{{ range \"pg\" | nomadService }}{{ end }}",
           "{{- range nomadService 2 (env \"X\") `pg` -}}{{ end }}",
           "{{ range nomadService 2 (printf \"%s\" (env \"X\")) \"pg\" }}{{ end }}",
           "{{ range nomadService 2 (index .Data \"x\").Name \"pg\" | toJSON }}{{ end }}",
           "{{ range nomadService 1 $key (\"pg\") }}{{ end }}",
           "{{ range nomadService $count \"key\" \"pg\" }}{{ end }}",
           "{{ range \"pg\" | nomadService 1 (env \"X\") }}{{ end }}",
           "{{ range (\"pg\") | nomadService }}{{ end }}",
           "{{ len (nomadService (\"pg\")) }}",
           "{{ $n := (`pg`) }}{{ len (nomadService 1 (env \"X\") $n) }}",
           "{{ $n := \"pg\" }}{{ if 1 }}{{ $n := \"x\" }}{{ end }}{{ nomadService $n }}",
           "{{ with $n := \"pg\" }}{{ range nomadService $n }}{{ end }}{{ end }}",
           "{{ if eq .x '\"' }}{{ range nomadService \"pg\" }}{{ end }}{{ end }}",
           "url = pg.service.nomad",
           "url = pg.default.service.nomad:80",
       }) {
    INFO(line);
    CHECK(edges(line) == named);
  }
  for (const char* line :
       {"{{ range service \"pg\" }}{{ end }}",
        "{{ range service \"primary.pg@dc1~_agent|passing\" }}{{ end }}",
        "{{ range service \"pg\" \"passing\" }}{{ end }}",
        "{{ range \"passing\" | service (\"pg\") }}{{ end }}", "http://pg.service.consul:5432/x",
        "http://pg.service.dc1.consul", "x=primary.pg.service.consul", "_pg._tcp.service.consul",
        "pg.virtual.consul"}) {
    INFO(line);
    CHECK(edges(line, "consul") == named);
    CHECK(edges(line).empty());  // the other catalog
  }
}

TEST_CASE("what only looks like a service names nothing") {
  for (const char* line : {"# {{ range nomadService \"pg\" }}",
                           "{{/* nomadService \"pg\" */}}",
                           "nomadService \"pg\"",
                           "{{ range nomadServices }}{{ end }}",
                           "{{ $n := `pg` }}{{ $n = `x` }}{{ nomadService $n }}",
                           "{{ range $n := list }}{{ nomadService $n }}{{ end }}",
                           "{{ nomadService 1 (env \"pg\") \"x\" }}",
                           "{{ nomadService 1 (\"pg\") }}",
                           "{{ nomadService (env \"pg\") }}",
                           "{{ nomadService 1 \"pg\" (env \"X\") }}",
                           "{{ env \"pg\" | nomadService }}",
                           "{{ \"pg\" | toUpper | nomadService }}",
                           "{{ nomadService (index (list \"pg\") 0) }}",
                           "{{ nomadService (\"pg\").x }}",
                           "{{ nomadService }}{{ \"pg\" }}",
                           "{{ nomadService (((\"pg\" }}",
                           "{{- /* {{ nomadService \"pg\" }} */ -}}",
                           "{{ `{{ nomadService \"pg\" }}` }}",
                           "{{ if 1 }}{{ $n := \"pg\" }}{{ end }}{{ nomadService $n }}",
                           "{{ with $n := \"pg\" }}{{ end }}{{ nomadService $n }}",
                           "{{ nomadService \"p\\g\" }}",
                           "xpg.service.nomad",
                           "pg.other.service.nomad",
                           "{{ .Name }}pg.service.nomad",
                           "pg.service.nomad.example.com",
                           "// http://pg.service.nomad",
                           "{{ range nomadService \"pgx\" }}",
                           "pg",
                           "{{ \"pg\" }}"}) {
    INFO(line);
    CHECK(EdgesOf({{"/r/db.hcl", JobOf("db", Registers("pg"))},
                   {"/r/web.hcl", JobOf("web", Template(line))}})
              .empty());
  }
}

TEST_CASE("delimiters of a template are its own") {
  const std::string text =
      "template {\nleft_delimiter = \"[[\"\nright_delimiter = \"]]\"\n"
      "data = \"[[ range nomadService `pg` ]][[ end ]]{{ nomadService `no` }}\"\n}\n";
  CHECK(EdgesOf({{"/r/a.hcl", JobOf("a", Registers("pg"))},
                 {"/r/b.hcl", JobOf("b", Registers("no"))},
                 {"/r/web.hcl", JobOf("web", text)}}) ==
        Lines{"web after a: service pg: /r/web.hcl:7"});
}

TEST_CASE("the place is the line of the file that the template is read from") {
  CHECK(EdgesOf({{"/r/db.hcl", JobOf("db", Registers("pg"))},
                 {"/r/web.hcl", JobOf("web", "template {\ndata = file(\"a.tpl\")\n}\n")}},
                {{"/r/a.tpl", "one\n\n  {{ range nomadService \"pg\" }}\n{{ end }}\n"}}) ==
        Lines{"web after db: service pg: /r/a.tpl:3"});
}

TEST_CASE("services are known by the names that Nomad gives them") {
  const std::string asks = Template("{{ nomadService \"db-main-it\" }}");
  CHECK(EdgesOf({{"/r/db.hcl", JobOf("db", "service {\nprovider = \"nomad\"\n}\n")},
                 {"/r/web.hcl", JobOf("web", asks)}})
            .size() == 1);
  CHECK(
      EdgesOf({{"/r/db.hcl", JobOf("db", Registers("$${NOMAD_JOB_NAME}-$${NOMAD_GROUP_NAME}-it"))},
               {"/r/web.hcl", JobOf("web", asks)}})
          .size() == 1);
}

TEST_CASE("a part of a name that only the node knows") {
  const std::string asks = Template("{{ nomadService \"pg-apex\" }}");
  const std::string name = Registers("pg-$${attr.unique.hostname}");
  CHECK(EdgesOf({{"/r/db.hcl", JobOf("db", name)}, {"/r/web.hcl", JobOf("web", asks)}}).size() ==
        1);
  const auto pinned = [&](const std::string& hosts) {
    return "constraint {\nattribute = \"$${attr.unique.hostname}\"\noperator = "
           "\"set_contains_any\"\nvalue = \"" +
           hosts + "\"\n}\n";
  };
  CHECK(EdgesOf({{"/r/db.hcl", JobOf("db", name, pinned("ambi,apex"))},
                 {"/r/web.hcl", JobOf("web", asks)}})
            .size() == 1);
  CHECK(EdgesOf(
            {{"/r/db.hcl", JobOf("db", name, pinned("ambi"))}, {"/r/web.hcl", JobOf("web", asks)}})
            .empty());
  // Two that may be meant are none.
  CHECK(EdgesOf({{"/r/db.hcl", JobOf("db", name)},
                 {"/r/other.hcl", JobOf("other", Registers("$${meta.x}-apex"))},
                 {"/r/web.hcl", JobOf("web", asks)}})
            .empty());
  CHECK(EdgesOf({{"/r/db.hcl", JobOf("db", Registers("$${meta.x}"))},
                 {"/r/web.hcl", JobOf("web", asks)}})
            .empty());
}

TEST_CASE("what a job registers itself it asks of no other") {
  const std::string both = Registers("pg") + Template("{{ nomadService \"pg\" }}");
  CHECK(EdgesOf({{"/r/db.hcl", JobOf("db", Registers("pg"))}, {"/r/web.hcl", JobOf("web", both)}})
            .empty());
}

TEST_CASE("Nomad's services are those of the job's own name space") {
  const std::string asks = Template("{{ nomadService \"pg\" }}");
  const std::string elsewhere = "job \"db\" {\nnamespace = \"other\"\ngroup \"g\" {\n" +
                                Registers("pg") + "task \"t\" {\n}\n}\n}\n";
  CHECK(EdgesOf({{"/r/db.hcl", elsewhere}, {"/r/web.hcl", JobOf("web", asks)}}).empty());
}

TEST_CASE("upstreams and env name services") {
  const std::string upstream =
      "service {\nname = \"web\"\nconnect {\nsidecar_service {\nproxy {\nupstreams {\n"
      "destination_name = \"pg\"\nlocal_bind_port = 1\n}\n}\n}\n}\n}\n";
  CHECK(EdgesOf({{"/r/db.hcl", JobOf("db", Registers("pg", "consul"))},
                 {"/r/web.hcl", JobOf("web", "", upstream)}}) ==
        Lines{"web after db: service pg: /r/web.hcl:9"});
  const std::string env = "env {\nA = \"1\"\nDB = \"postgres://u:p@pg.service.consul/x\"\n}\n";
  CHECK(EdgesOf({{"/r/db.hcl", JobOf("db", Registers("pg", "consul"))},
                 {"/r/web.hcl", JobOf("web", env)}}) ==
        Lines{"web after db: service pg: /r/web.hcl:6"});
  const std::string map = "env = {\nDB = \"pg.service.consul\"\n}\n";
  CHECK(EdgesOf({{"/r/db.hcl", JobOf("db", Registers("pg", "consul"))},
                 {"/r/web.hcl", JobOf("web", map)}})
            .size() == 1);
}

TEST_CASE("a static port is reached on the own node, or under a name of the job that has it") {
  const auto edges = [](const std::string& line, const std::string& more = {}) {
    return EdgesOf({{"/r/db.hcl", JobOf("db", Registers("pg"), kStatic)},
                    {"/r/web.hcl", JobOf("web", Template(line) + more)}});
  };
  for (const char* line : {
           "x={{ env \"attr.unique.network.ip-address\" }}:5432",
           "postgres://u:p@{{ env \"NOMAD_IP_x\" }}:5432/db?a=b",
           "{{ $ip := env \"attr.unique.network.ip-address\" }}tcp://{{ $ip }}:5432.",
           "tcp://db:5432",
           "x={{ (env \"NOMAD_IP_x\") }}:5432{{ \"\\n\" }}",
           "{{ $ip := (\"NOMAD_IP_x\" | env) }}x={{ $ip }}:5432",
           "tcp://pg:5432/",
           "DB_HOST={{ env \"attr.unique.network.ip-address\" }}\nDB_PORT=5432",
           "database:\n  port: 5432\n  host: \"db\"\n",
           "pg_dump -h db -p 5432 -U x",
           "pg_dump \\\n  --host={{ env \"NOMAD_IP_x\" }} \\\n  --port 5432",
       }) {
    INFO(line);
    CHECK(edges(line).size() == 1);
  }
  for (const char* line : {
           "x=db:54321",
           "x=db:543",
           "x=mydb:5432",
           "x=db.example.com:5432",
           "x=10.0.0.1:5432",
           "x=localhost:5432",
           "x={{ env \"DB\" }}:5432",
           "x={{ .Address }}:5432",
           "x={{ .Name }}db:5432",
           ":5432",
           "bind *:5432",
           "# x=db:5432",
           "DB_HOST=db\nMAIL_PORT=5432",
           "DB_HOST=db\nDB_PORT=25\n",
           "DB_HOST=${OTHER}\nDB_PORT=5432",
           "DB_HOST=ENC[AES256,data:x]\nDB_PORT=5432",
           "host: db\na: 1\nb: 1\nc: 1\nport: 5432",
           "psql -h db | nc -p 5432",
           "port 5432 of db",
           "0.0.0.0:5432",
           "db: 5432",
           "12:5432",
       }) {
    INFO(line);
    CHECK(edges(line).empty());
  }
}

TEST_CASE("a port that two jobs have leads to the one that is named, or to none") {
  const Texts both = {{"/r/a.hcl", JobOf("a", "", kStatic)}, {"/r/b.hcl", JobOf("b", "", kStatic)}};
  Texts specs = both;
  specs["/r/web.hcl"] = JobOf("web", Template("x={{ env \"NOMAD_IP_x\" }}:5432"));
  CHECK(EdgesOf(specs).empty());
  specs["/r/web.hcl"] = JobOf("web", Template("x=b:5432"));
  CHECK(EdgesOf(specs) == Lines{"web after b: port 5432 at b: /r/web.hcl:6"});
}

TEST_CASE("a name that is one of the job's own leads nowhere else") {
  CHECK(EdgesOf({{"/r/it.hcl", JobOf("it", "", kStatic)},
                 {"/r/web.hcl", JobOf("web", Template("x=it:5432"))}})
            .empty());
  CHECK(EdgesOf({{"/r/db.hcl", JobOf("db", "", kStatic)},
                 {"/r/web.hcl", JobOf("web", Template("x=db:5432"), kStatic)}})
            .empty());
}

TEST_CASE("an address is a node's where the specs say so") {
  const std::string compared =
      "{{ $self := env \"attr.unique.network.ip-address\" }}{{ $a := \"10.0.0.1\" }}\n"
      "server {{ $a }}:5432 {{ if ne $self $a }}backup{{ end }}";
  CHECK(EdgesOf({{"/r/db.hcl", JobOf("db", "", kStatic)},
                 {"/r/web.hcl", JobOf("web", Template(compared))}}) ==
        Lines{"web after db: port 5432 at 10.0.0.1: /r/web.hcl:7"});
  for (const char* test : {"eq (env \"attr.unique.network.ip-address\") $a",
                           "eq $a \"\" (env \"NOMAD_IP_x\")", "$a | ne (env \"NOMAD_IP_x\")"}) {
    INFO(test);
    const std::string line =
        "{{ $a := \"10.0.0.1\" }}x={{ $a }}:5432{{ if " + std::string(test) + " }}{{ end }}";
    CHECK(EdgesOf({{"/r/db.hcl", JobOf("db", "", kStatic)},
                   {"/r/web.hcl", JobOf("web", Template(line))}})
              .size() == 1);
  }
  const std::string pinned =
      "constraint {\nattribute = \"$${attr.unique.network.ip-address}\"\nvalue = \"10.0.0.1\"\n}\n";
  CHECK(EdgesOf({{"/r/db.hcl", JobOf("db", "", pinned + kStatic)},
                 {"/r/web.hcl", JobOf("web", "env {\nA = \"10.0.0.1:5432\"\n}\n")}})
            .size() == 1);
  const std::string named =
      "constraint {\nattribute = \"$${attr.unique.hostname}\"\nvalue = \"nas1\"\n}\n";
  CHECK(EdgesOf({{"/r/db.hcl", JobOf("db", "", named + kStatic)},
                 {"/r/web.hcl", JobOf("web",
                                      "config {\nargs = [\"--host\", \"nas1\", \"--port\", "
                                      "\"5432\"]\n}\n")}})
            .size() == 1);
}

TEST_CASE("edges on a cycle are told apart") {
  const std::vector<Edge> edges = {
      {0, 1, false, {}}, {1, 2, false, {}}, {2, 1, false, {}}, {3, 3, false, {}}};
  CHECK(CyclicEdges(4, edges) == std::vector<std::size_t>{1, 2, 3});
}

TEST_CASE("hostile texts cost no more than their length") {
  const double before = testing::CpuSeconds();
  std::string wild;
  for (int i = 0; i < 200'000; ++i) wild += "{{ $a := \"";
  CHECK(ReadTemplate(wild, "", "").services.empty());
  std::string line;
  for (int i = 0; i < 200'000; ++i) line += "{{x}}:1${";
  CHECK(ScanText(ReadTemplate(line, "", "").text).endpoints.empty());
  std::string pairs;
  for (int i = 0; i < 3'000; ++i) pairs += "HOST=a\nPORT=1\n";
  CHECK(ScanText(pairs).endpoints.size() == 3'000);
  std::string nested = "{{ ";
  for (int i = 0; i < 200'000; ++i) nested += "nomadService (";
  CHECK(ReadTemplate(nested + "}}", "", "").services.empty());
  std::string blocks;
  for (int i = 0; i < 100'000; ++i) blocks += "{{ if ((eq)) 1 | eq }}{{ $a := \"b\" }}";
  CHECK(ReadTemplate(blocks, "", "").services.empty());
  CHECK(testing::CpuSeconds() - before < 20);
}

TEST_CASE("a volume leads to the plugin that its own file names") {
  testing::MemoryFileSystem disk;
  disk.Add("/r/media.hcl", "id = \"media\"\nplugin_id = \"nfs\"\ncapability {\n}\n");
  disk.Add("/r/other.hcl", "id = \"other\"\nplugin_id = var.x\n");
  const std::string mounts =
      "volume \"v\" {\ntype = \"csi\"\nsource = \"media\"\n}\nvolume \"w\" {\ntype = \"csi\"\n"
      "source = \"other\"\n}\nvolume \"h\" {\ntype = \"host\"\nsource = \"media\"\n}\n";
  const std::vector<Links> links =
      LinksOfAll({{"/r/nfs.spec", JobOf("nfs", "csi_plugin {\nid = \"nfs\"\ntype = \"node\"\n}\n")},
                  {"/r/web.spec", JobOf("web", "", mounts)}});
  const std::vector<const Links*> jobs = {&links[0], &links[1]};
  const auto plugins = PluginsOfVolumes(jobs, {"/r/nfs.spec", "/r/web.spec"}, disk);
  CHECK(plugins == std::map<std::string, std::string>{{"media", "nfs"}});
  const std::vector<Edge> edges = InferEdges(jobs, plugins);
  REQUIRE(edges.size() == 1);
  CHECK(edges[0].job == 1);
  CHECK(edges[0].after == 0);
  CHECK(edges[0].reasons.at(0).what == "volume media of plugin nfs");
  CHECK(edges[0].reasons.at(0).place.line == 5);
}
