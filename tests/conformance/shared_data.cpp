#include "conformance/shared_data.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <iostream>

#include "nmgr/hcl/value/convert.h"
#include "nmgr/hcl/value/json.h"

namespace nmgr::conformance {

std::optional<Path> SharedFolder(std::string_view what) {
  const char* given = std::getenv("NMGR_SHARED");
  const Path folder = given != nullptr ? Path(given) : JoinPath(NMGR_SOURCE_DIR, "../shared");
  const Path absolute = JoinPath(CurrentFolder(), folder);
  if (RealFileSystem().Stat(JoinPath(absolute, "conformance/expr.jsonl"))) return absolute;
  std::cerr << "\n*** SKIPPED: " << what << ": there is no recorded data in " << absolute
            << " (set NMGR_SHARED) ***\n\n";
  return std::nullopt;
}

std::string ReadText(const Path& path) {
  Expected<std::string> text = RealFileSystem().ReadFile(path, std::uint64_t{1} << 30U);
  if (!text) FAIL(text.error().message);
  return *std::move(text);
}

nlohmann::json ReadJson(const Path& path) { return nlohmann::json::parse(ReadText(path)); }

hcl::Type TypeFromJson(const nlohmann::json& type) {
  if (type.is_string()) {
    const auto name = type.get<std::string>();
    if (name == "string") return hcl::Type::String();
    if (name == "number") return hcl::Type::Number();
    if (name == "bool") return hcl::Type::Bool();
    return hcl::Type::Dynamic();
  }
  const auto kind = type.at(0).get<std::string>();
  const nlohmann::json& inner = type.at(1);
  if (kind == "list") return hcl::Type::List(TypeFromJson(inner));
  if (kind == "set") return hcl::Type::Set(TypeFromJson(inner));
  if (kind == "map") return hcl::Type::Map(TypeFromJson(inner));
  if (kind == "tuple") {
    std::vector<hcl::Type> elements;
    for (const auto& element : inner) elements.push_back(TypeFromJson(element));
    return hcl::Type::Tuple(std::move(elements));
  }
  std::vector<hcl::TypeAttribute> attributes;
  for (const auto& [name, attribute] : inner.items()) {
    attributes.push_back({name, TypeFromJson(attribute), false});
  }
  return hcl::Type::Object(std::move(attributes));
}

hcl::Value ValueFromJson(const nlohmann::json& value, const hcl::Type& type) {
  if (value.is_null()) return hcl::Value::Null(type);
  switch (type.kind()) {
    case hcl::Kind::kBool:
      return hcl::Value::Bool(value.get<bool>());
    case hcl::Kind::kNumber:
      return hcl::Value::Of(*hcl::Number::Parse(value.dump()));
    case hcl::Kind::kString:
      return hcl::Value::Of(value.get<std::string>());
    case hcl::Kind::kMap:
    case hcl::Kind::kObject: {
      hcl::Fields fields;
      for (const auto& [key, field] : value.items()) {
        const hcl::Type& inner =
            type.kind() == hcl::Kind::kMap ? type.element() : *type.FindAttribute(key);
        fields.push_back({key, ValueFromJson(field, inner)});
      }
      return type.kind() == hcl::Kind::kMap ? hcl::Value::Map(type.element(), std::move(fields))
                                            : hcl::Value::Object(std::move(fields));
    }
    default: {
      hcl::Values elements;
      for (std::size_t i = 0; i < value.size(); ++i) {
        const hcl::Type& inner =
            type.kind() == hcl::Kind::kTuple ? type.elements()[i] : type.element();
        elements.push_back(ValueFromJson(value[i], inner));
      }
      if (type.kind() == hcl::Kind::kTuple) return hcl::Value::Tuple(std::move(elements));
      if (type.kind() == hcl::Kind::kSet)
        return hcl::Value::Set(type.element(), std::move(elements));
      return hcl::Value::List(type.element(), std::move(elements));
    }
  }
}

namespace {

void AppendCanon(const hcl::Value& value, std::string& out) {
  if (!value.is_known()) {
    out += "{\"$unknown\":true}";
    return;
  }
  if (value.is_null()) {
    out += "null";
    return;
  }
  std::string separator;
  switch (value.kind()) {
    case hcl::Kind::kBool:
      out += value.as_bool() ? "true" : "false";
      return;
    case hcl::Kind::kNumber:
      if (value.as_number().is_infinite()) {
        out += value.as_number().is_negative() ? "{\"$inf\":-1}" : "{\"$inf\":1}";
      } else {
        value.as_number().AppendTo(out);
      }
      return;
    case hcl::Kind::kString:
      hcl::AppendJsonString(value.as_string(), out);
      return;
    case hcl::Kind::kMap:
    case hcl::Kind::kObject:
      out += '{';
      for (const hcl::Field& field : value.fields()) {
        out += std::exchange(separator, ",");
        hcl::AppendJsonString(field.key, out);
        out += ':';
        AppendCanon(field.value, out);
      }
      out += '}';
      return;
    default:
      out += '[';
      for (const hcl::Value& element : value.elements()) {
        out += std::exchange(separator, ",");
        AppendCanon(element, out);
      }
      out += ']';
  }
}

const hcl::Diagnostic* FirstError(const hcl::Diagnostics& diagnostics) {
  for (const hcl::Diagnostic& diagnostic : diagnostics.items()) {
    if (diagnostic.severity == hcl::Severity::kError) return &diagnostic;
  }
  return nullptr;
}

}  // namespace

std::string Canon(const hcl::Value& value) {
  std::string out;
  AppendCanon(value, out);
  return out;
}

std::string FirstErrorPlace(const hcl::Diagnostics& diagnostics) {
  const hcl::Diagnostic* error = FirstError(diagnostics);
  if (error == nullptr || !error->subject || error->file == nullptr) return "-";
  const hcl::SourcePos place = error->file->PosAt(error->subject->begin);
  return std::to_string(place.line) + ":" + std::to_string(place.column);
}

std::string FirstErrorText(const hcl::Diagnostics& diagnostics) {
  const hcl::Diagnostic* error = FirstError(diagnostics);
  return error == nullptr ? "no error" : hcl::ToLine(*error);
}

std::string ReplaceAll(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at)) {
    text.replace(at, from.size(), to);
    at += to.size();
  }
  return text;
}

Expected<std::string> RootedFiles::ReadFile(const Path& path, std::uint64_t limit) {
  return RealFileSystem().ReadFile(JoinPath(root_, path), limit);
}

Expected<FileInfo> RootedFiles::Stat(const Path& path) {
  return RealFileSystem().Stat(JoinPath(root_, path));
}

Expected<std::vector<FolderEntry>> RootedFiles::ListFolder(const Path& path) {
  return RealFileSystem().ListFolder(JoinPath(root_, path));
}

Expected<void> RootedFiles::WriteFileAtomically(const Path& path, std::string_view) {
  return Error{ErrorCode::kIo, path + ": the recorded data is never written"};
}

void Tally::Add(const std::string& id, const std::string& difference) {
  ++total_;
  const auto excuse = exceptions_.find(id);
  if (excuse == exceptions_.end()) {
    if (!difference.empty()) failures_.push_back(id + ": " + difference);
  } else if (difference.empty()) {
    failures_.push_back(id + ": agrees, but is listed as an exception: " + excuse->second);
  } else {
    ++excused_;
  }
}

void Tally::Finish() const {
  std::cout << name_ << ": " << total_ - excused_ - failures_.size() << " of " << total_
            << " agree, " << excused_ << " listed exceptions, " << failures_.size() << " differ\n";
  for (const std::string& failure : failures_) std::cout << "  " << failure << "\n";
  CHECK(total_ > 0);
  CHECK(excused_ <= (total_ + 99) / 100);
  CHECK(failures_.empty());
}

}  // namespace nmgr::conformance
