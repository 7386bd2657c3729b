// The fuzz targets: functions that take any bytes and throw a Violation where a property does not
// hold.
//
// Each is a libFuzzer binary of its own (fuzz_NAME, in a build with NMGR_FUZZ), and all run over
// their seeds and over what fuzzing has found, seeds/NAME, as ordinary tests.
#pragma once

#include <array>
#include <string_view>

namespace nmgr::fuzz {

void Lex(std::string_view text);        // tokens, their places, what is between them
void Parse(std::string_view text);      // file, expression, traversal: the tree and the diagnostics
void Template(std::string_view text);   // a text bare, in a heredoc, and quoted
void Eval(std::string_view text);       // an expression: values, types, the budget
void Flat(std::string_view text);       // a spec, or the inside of a job block: its flat text
void Header(std::string_view text);     // a spec, or the inside of one: its header without a tree
void Json(std::string_view text);       // jsondecode, jsonencode
void JsonSpec(std::string_view text);   // a spec in JSON syntax
void Yaml(std::string_view text);       // yamldecode, yamlencode
void Parts(std::string_view text);      // what a server sent, whole, in parts and row by row
void Record(std::string_view text);     // the file of the record of stopped jobs
void Journal(std::string_view text);    // the journal of a run
void KeptPlan(std::string_view text);   // the file of `plan --out`
void Memory(std::string_view text);     // the file of what showed no difference
void Faults(std::string_view text);     // what a server says of a spec, at the author's places
void GitOutput(std::string_view text);  // trees, index, names and attributes as git prints them
void LogStream(std::string_view text);  // the frames of a log that is followed
void WebSocket(std::string_view text);  // what comes over the websocket of a remote command
void Registry(std::string_view text);   // what registries and a docker config file say
void Webhook(std::string_view text);    // what forges and registries post
void Window(std::string_view text);     // windows, and the data of time zones
void Ledger(std::string_view text);     // jobs, images and the status of a source in variables
void Control(std::string_view text);    // what is asked of a source, and who holds its lease
void Declared(std::string_view text);   // a source that stands in a variable
void Head(std::string_view text);       // the head and the target of a request to the server

struct Target {
  std::string_view name;
  void (*run)(std::string_view text);
};

inline constexpr auto kTargets = std::to_array<Target>({{"lex", Lex},
                                                        {"parse", Parse},
                                                        {"template", Template},
                                                        {"eval", Eval},
                                                        {"flat", Flat},
                                                        {"header", Header},
                                                        {"json", Json},
                                                        {"json_spec", JsonSpec},
                                                        {"yaml", Yaml},
                                                        {"parts", Parts},
                                                        {"record", Record},
                                                        {"journal", Journal},
                                                        {"kept_plan", KeptPlan},
                                                        {"memory", Memory},
                                                        {"faults", Faults},
                                                        {"git_output", GitOutput},
                                                        {"log_stream", LogStream},
                                                        {"web_socket", WebSocket},
                                                        {"registry", Registry},
                                                        {"webhook", Webhook},
                                                        {"window", Window},
                                                        {"ledger", Ledger},
                                                        {"control", Control},
                                                        {"declared", Declared},
                                                        {"head", Head}});

}  // namespace nmgr::fuzz
