// What the families share: errors, integer arguments, the bound on results, Go's way to quote.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/hcl/functions/function.h"

namespace nmgr::hcl::functions {

// The families, each in its own file; table.cpp joins them.
std::vector<Function> NumberFunctions();
std::vector<Function> StringFunctions();
std::vector<Function> FormatFunctions();
std::vector<Function> RegexFunctions();
std::vector<Function> SequenceFunctions();
std::vector<Function> MappingFunctions();
std::vector<Function> SetFunctions();
std::vector<Function> TypeFunctions();
std::vector<Function> EncodingFunctions();
std::vector<Function> YamlFunctions();
std::vector<Function> HashFunctions();
std::vector<Function> IdFunctions();
std::vector<Function> NetworkFunctions();
std::vector<Function> TimeFunctions();
std::vector<Function> FilesystemFunctions();

// What the reference calls them.
inline constexpr std::string_view kCollectionsFamily = "Collections";
inline constexpr std::string_view kEncodingFamily = "Encoding";
inline constexpr std::string_view kFilesFamily = "Files";
inline constexpr std::string_view kFormattingFamily = "Formatting";
inline constexpr std::string_view kHashesFamily = "Hashes and encryption";
inline constexpr std::string_view kIdentifiersFamily = "Identifiers";
inline constexpr std::string_view kNetworkFamily = "Network";
inline constexpr std::string_view kNumbersFamily = "Numbers";
inline constexpr std::string_view kSetsFamily = "Sets";
inline constexpr std::string_view kStringsFamily = "Strings";
inline constexpr std::string_view kTimeFamily = "Time";
inline constexpr std::string_view kTypesFamily = "Types and errors";

// An error at the call itself, or at one argument.
FunctionError Fault(std::string message);
FunctionError ArgumentFault(std::size_t argument, std::string message);

// Nomad's phrase for a number that is no int64, which ToInt64 of a Number has found.
inline constexpr std::string_view kNotAnInteger =
    "value must be a whole number, between -9223372036854775808 and 9223372036854775807";

// Whether `bytes` more may be produced; counts them. Ask before allocating.
bool Charge(const FunctionContext& context, std::int64_t bytes);
// The same for `count` elements of a list, tuple, set or map.
bool ChargeElements(const FunctionContext& context, std::size_t count);
FunctionError TooLarge();

// Bytes that `value` would take if nothing in it were shared, found in at most `limit` steps; -1
// where that is more than `limit` or nested beyond reason. Sharing lets a few lines make values of
// astronomical size, so ask before walking a value.
std::int64_t ExpandedSize(const Value& value, std::int64_t limit = kMaxResultSize);

// Charges for a result that grows piece by piece.
class Meter {
 public:
  explicit Meter(const FunctionContext& context) : context_(context) {}
  // False once there is too much.
  bool Add(std::int64_t bytes) {
    used_ += bytes;
    return used_ <= kMaxResultSize && Charge(context_, bytes);
  }
  bool AddElements(std::size_t count);

 private:
  const FunctionContext& context_;
  std::int64_t used_ = 0;
};

// Go's strconv.Quote: how messages show a text.
std::string Quote(std::string_view text);

// Whether the number of elements is certain: not so for unknown collections and for sets with
// unknown elements, which may turn out equal.
bool HasKnownLength(const Value& value);
// Elements of a known list, set or tuple; also the length of an unknown tuple.
std::size_t LengthOf(const Value& value);

// A parameter of dynamic type that passes on everything: null, unknown, untyped.
Parameter AnyParameter(std::string_view name);
Parameter StringParameter(std::string_view name);
Parameter NumberParameter(std::string_view name);
Parameter DynamicParameter(std::string_view name);  // any type, but neither null nor unknown

// A pure function whose result is a string.
Function TextFunction(std::string_view family, std::string_view name, std::string_view summary,
                      std::vector<Parameter> parameters,
                      FunctionResult (*call)(const FunctionCall&));

}  // namespace nmgr::hcl::functions
