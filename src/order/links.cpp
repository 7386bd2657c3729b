#include "nmgr/order/links.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "nmgr/base/text.h"
#include "nmgr/jobspec/texts.h"
#include "order/template_text.h"
#include "order/text_scan.h"

namespace nmgr::order {
namespace {

using jobspec::EvaluatedAttribute;
using jobspec::EvaluatedBlock;
using jobspec::EvaluatedBody;

std::string TextIn(const EvaluatedBody& body, std::string_view name) {
  const EvaluatedAttribute* attribute = body.FindAttribute(name);
  const std::vector<std::string> texts =
      attribute == nullptr ? std::vector<std::string>()
                           : jobspec::TextsOf(attribute->value, jobspec::Maps::kTaken);
  return texts.size() == 1 ? texts.front() : std::string();
}

// Finds the line of a file that a line of an evaluated value comes from.
class Locator {
 public:
  Locator(const jobspec::JobSpec& spec, FileSystem* files) : spec_(spec), files_(files) {}

  // `line` of the value of the attribute, from 0; `named` is what is to stand there.
  Place Of(const EvaluatedAttribute& attribute, const std::string& name,
           const std::vector<std::string_view>& value, std::size_t line, std::string_view named) {
    const std::string_view wanted = TrimBlanks(line < value.size() ? value[line] : "");
    const Place head = OfAttribute(attribute, name);
    const bool native = !spec_.body.blocks.empty();
    for (const std::string_view sought : {wanted, named}) {
      if (sought.empty()) continue;
      if (native) {
        const auto found = Nearest(LinesOf(attribute), sought, line + 1);
        if (found) return {spec_.path, head.line + *found, name};
      }
      if (files_ == nullptr) return head;
      for (const Path& input : spec_.inputs) {
        const auto found = Nearest(LinesOf(input), sought, line);
        if (found) return {input, *found + 1, name};
      }
    }
    return head;
  }

  Place OfAttribute(const EvaluatedAttribute& attribute, const std::string& name) const {
    return {spec_.path, LineOf(attribute.place.head), name};
  }
  Place OfBlock(const EvaluatedBlock& block, const std::string& name) const {
    return {spec_.path, LineOf(block.place.header), name};
  }

 private:
  std::size_t LineOf(hcl::Span span) const {
    return spec_.body.blocks.empty() ? 0 : spec_.source->PosAt(span.begin).line;
  }

  using TextLines = std::vector<std::string_view>;

  const TextLines& LinesOf(const EvaluatedAttribute& attribute) {
    const auto [known, added] = in_spec_.try_emplace(&attribute);
    if (added) {
      const hcl::Span head = attribute.place.head;
      const std::size_t end = std::max(attribute.place.tail.end, head.end);
      known->second = Split(spec_.source->text().substr(head.begin, end - head.begin), '\n');
    }
    return known->second;
  }

  const TextLines& LinesOf(const Path& path) {
    const auto [known, added] = in_files_.try_emplace(path);
    if (added) {
      if (auto text = files_->ReadFile(path, kMaxFileSize)) known->second.first = *std::move(text);
      known->second.second = Split(known->second.first, '\n');
    }
    return known->second.second;
  }

  // The line nearest to where it is expected. Of a text that names very much not every one is
  // looked for.
  std::optional<std::size_t> Nearest(const TextLines& lines, std::string_view sought,
                                     std::size_t guess) {
    const auto holds = [&](std::size_t i) {
      return i < lines.size() && lines[i].find(sought) != std::string_view::npos;
    };
    if (holds(guess)) return guess;
    if (lines.size() > lines_left_) return std::nullopt;
    lines_left_ -= lines.size();
    for (std::size_t apart = 1; apart <= std::max(guess, lines.size()); ++apart) {
      if (apart <= guess && holds(guess - apart)) return guess - apart;
      if (holds(guess + apart)) return guess + apart;
    }
    return std::nullopt;
  }

  const jobspec::JobSpec& spec_;
  FileSystem* files_;
  std::map<const EvaluatedAttribute*, TextLines> in_spec_;
  std::map<Path, std::pair<std::string, TextLines>> in_files_;
  std::size_t lines_left_ = 1'000'000;
};

class LinkReader {
 public:
  LinkReader(const jobspec::JobSpec& spec, FileSystem* files)
      : spec_(spec), locator_(spec, files) {}

  Links Run(const std::string& name_space) {
    links_.id = spec_.header.id;
    links_.name_space = spec_.header.name_space.empty() ? name_space : spec_.header.name_space;
    const EvaluatedBlock* job = spec_.job();
    if (job == nullptr) return std::move(links_);
    const std::string name = TextIn(job->body, "name");
    names_ = {links_.id, name.empty() ? links_.id : name};
    links_.hosts.push_back(links_.id);
    if (names_.name != links_.id) links_.hosts.push_back(names_.name);
    TakeConstraints(*job);
    Visit(*job, "");
    return std::move(links_);
  }

 private:
  // The host names that the constraints of the job list come first: a service's name may hold them.
  void TakeConstraints(const EvaluatedBlock& block) {
    for (const EvaluatedBlock& child : block.body.blocks) {
      if (child.type == "group" || child.type == "task") TakeConstraints(child);
      if (child.type != "constraint") continue;
      const std::string attribute = TextIn(child.body, "attribute");
      const std::string sign = TextIn(child.body, "operator");
      const std::string value = TextIn(child.body, "value");
      const bool listed = sign == "set_contains_any";
      if (!IsOwnNode(attribute) || !(listed || sign.empty() || sign == "=" || sign == "==")) {
        continue;
      }
      const bool address = attribute == "${attr.unique.network.ip-address}";
      for (const std::string& host :
           listed ? SplitList(value, ", ") : std::vector<std::string>{value}) {
        if (host.empty()) continue;
        if (address) links_.addresses.push_back(host);
        if (!address) host_names_.push_back(host);
        links_.hosts.push_back(host);
      }
    }
  }

  void Visit(const EvaluatedBlock& block, std::string_view parent) {
    const std::string& label = jobspec::FirstLabel(block);
    if (block.type == "group") {
      group_ = label;
      task_.clear();
    }
    if (block.type == "task") task_ = label;
    if (block.type == "group" || block.type == "task") links_.inner.push_back(label);
    Take(block, parent);
    if (block.type == "config" || block.type == "env" || block.type == "template") return;
    for (const EvaluatedBlock& child : block.body.blocks) Visit(child, block.type);
    if (block.type == "task") task_.clear();
  }

  void Take(const EvaluatedBlock& block, std::string_view parent) {
    if (block.type == "service") return TakeService(block, parent);
    if (block.type == "template") return TakeTemplate(block);
    if (block.type == "env" || block.type == "config") return TakeBody(block.body, block.type);
    if (block.type == "upstreams") return TakeUpstream(block);
    if (block.type == "csi_plugin") {
      if (const std::string id = TextIn(block.body, "id"); !id.empty()) {
        links_.plugins.push_back(id);
      }
    }
    if (block.type == "port" && parent == "network") TakePort(block);
    if (block.type == "volume" && parent == "group") TakeVolume(block);
    if (block.type == "task") {
      for (const char* name : {"env", "config"}) {
        if (const EvaluatedAttribute* map = block.body.FindAttribute(name)) TakeMap(*map, name);
      }
    }
  }

  void TakeService(const EvaluatedBlock& block, std::string_view parent) {
    if (parent != "group" && parent != "task") return TakeListener(block);
    const Catalog catalog =
        TextIn(block.body, "provider") == "nomad" ? Catalog::kNomad : Catalog::kConsul;
    const std::string name =
        jobspec::ServiceName(TextIn(block.body, "name"), names_, group_, task_);
    for (std::string& full : WithHostNames(name)) {
      if (full.find('*') == full.npos) links_.hosts.push_back(full);
      if (full.find_first_not_of("*-_.") != full.npos) {
        links_.services.push_back({catalog, std::move(full)});
      }
    }
    if (const std::string address = TextIn(block.body, "address"); !address.empty()) {
      links_.hosts.push_back(address);
    }
  }

  // Parts that only the node knows: the host names of the constraints, else '*'.
  std::vector<std::string> WithHostNames(const std::string& name) const {
    std::vector<std::string> names = {{}};
    for (std::size_t at = 0; at < name.size();) {
      const std::size_t open = std::min(name.find("${", at), name.size());
      for (std::string& made : names) made += name.substr(at, open - at);
      if (open == name.size()) break;
      const std::size_t close = name.find('}', open);
      if (close == name.npos) break;
      const std::string part = name.substr(open, close + 1 - open);
      const bool host = part == "${attr.unique.hostname}" || part == "${node.unique.name}";
      if (host && !host_names_.empty() && names.size() == 1) {
        const std::string before = names.front();
        names.clear();
        for (const std::string& each : host_names_) names.push_back(before + each);
      } else {
        for (std::string& made : names) made += '*';
      }
      at = close + 1;
    }
    return names;
  }

  void TakePort(const EvaluatedBlock& block) {
    const int port = PortOf(TextIn(block.body, "static"));
    if (port != 0) links_.static_ports.push_back(port);
  }

  void TakeVolume(const EvaluatedBlock& block) {
    if (TextIn(block.body, "type") != "csi") return;
    const EvaluatedAttribute* source = block.body.FindAttribute("source");
    if (source == nullptr) return;
    links_.volumes.push_back(
        {TextIn(block.body, "source"), locator_.OfAttribute(*source, "volume.source")});
  }

  void TakeUpstream(const EvaluatedBlock& block) {
    const EvaluatedAttribute* name = block.body.FindAttribute("destination_name");
    if (name == nullptr) return;
    Use(Catalog::kConsul, TextIn(block.body, "destination_name"), {},
        locator_.OfAttribute(*name, "upstreams.destination_name"));
  }

  // `service` inside of a listener of an ingress gateway.
  void TakeListener(const EvaluatedBlock& block) {
    const EvaluatedAttribute* name = block.body.FindAttribute("name");
    if (name == nullptr) return;
    Use(Catalog::kConsul, TextIn(block.body, "name"), {},
        locator_.OfAttribute(*name, "service.name"));
  }

  void TakeTemplate(const EvaluatedBlock& block) {
    const EvaluatedAttribute* data = block.body.FindAttribute("data");
    if (data == nullptr) return;
    const std::string value = TextIn(block.body, "data");
    const TemplateText read = ReadTemplate(value, TextIn(block.body, "left_delimiter"),
                                           TextIn(block.body, "right_delimiter"));
    links_.addresses.insert(links_.addresses.end(), read.node_addresses.begin(),
                            read.node_addresses.end());
    const std::vector<std::string_view> lines = Split(value, '\n');
    const auto place = [&](std::size_t line, std::string_view named) {
      return locator_.Of(*data, "template.data", lines, line, named);
    };
    for (const TemplateService& service : read.services) {
      Use(service.catalog, service.name, {}, place(service.line, service.name));
    }
    TakeScanned(ScanText(read.text), place);
  }

  // The attributes of a body, each "NAME = VALUE" on a line of its own, so that a host and its port
  // are found together.
  void TakeBody(const EvaluatedBody& body, const std::string& name) {
    std::string text;
    std::vector<const EvaluatedAttribute*> lines;
    for (const EvaluatedAttribute& attribute : body.attributes) {
      AddLine(attribute.name, attribute.value, text);
      lines.push_back(&attribute);
    }
    TakeScanned(ScanText(text), [&](std::size_t line, std::string_view) {
      const EvaluatedAttribute& attribute = *lines.at(line);
      return locator_.OfAttribute(attribute, name + "." + attribute.name);
    });
    for (const EvaluatedBlock& child : body.blocks) TakeBody(child.body, child.type);
  }

  void TakeMap(const EvaluatedAttribute& map, const std::string& name) {
    std::string text;
    const hcl::Kind kind = map.value.kind();
    if (!map.value.has_content() || (kind != hcl::Kind::kMap && kind != hcl::Kind::kObject)) return;
    for (const hcl::Field& field : map.value.fields()) AddLine(field.key, field.value, text);
    TakeScanned(ScanText(text), [&](std::size_t, std::string_view named) {
      return locator_.Of(map, name, {}, 0, named);
    });
  }

  static void AddLine(std::string_view key, const hcl::Value& value, std::string& text) {
    std::string line =
        std::string(key) + " = " + Join(jobspec::TextsOf(value, jobspec::Maps::kTaken), " ");
    std::replace(line.begin(), line.end(), '\n', ' ');
    text += line + "\n";
  }

  template <class PlaceOf>
  void TakeScanned(const Scanned& scanned, PlaceOf place) {
    for (const NamedService& service : scanned.services) {
      Use(service.catalog, service.name, service.name_space, place(service.line, service.name));
    }
    for (const NamedEndpoint& endpoint : scanned.endpoints) {
      links_.endpoints.push_back(
          {endpoint.host, endpoint.port, place(endpoint.line, std::to_string(endpoint.port))});
    }
  }

  void Use(Catalog catalog, std::string name, std::string name_space, Place place) {
    if (name.empty()) return;
    links_.uses.push_back({catalog, std::move(name), std::move(name_space), std::move(place)});
  }

  const jobspec::JobSpec& spec_;
  Locator locator_;
  Links links_;
  jobspec::JobNames names_;
  std::vector<std::string> host_names_;
  std::string group_;
  std::string task_;
};

}  // namespace

std::string ToText(const Place& place) {
  if (place.line != 0) return fmt::format("{}:{}", place.file, place.line);
  return place.name.empty() ? place.file : fmt::format("{} ({})", place.file, place.name);
}

Links LinksOf(const jobspec::JobSpec& spec, const std::string& name_space, FileSystem* files) {
  return LinkReader(spec, files).Run(name_space);
}

}  // namespace nmgr::order
