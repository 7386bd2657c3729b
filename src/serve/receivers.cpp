#include "nmgr/serve/receivers.h"

#include <fmt/format.h>

#include <utility>

#include "nmgr/base/text.h"
#include "nmgr/serve/secret_file.h"

namespace nmgr::serve {
namespace {

// A path that others may guess proves nothing; what signs may have any secret.
constexpr std::size_t kLeastPathSecret = 16;

}  // namespace

Expected<std::vector<webhook::Receiver>> MakeReceivers(
    const std::vector<sync::ReceiverTable>& tables, FileSystem& files) {
  std::vector<webhook::Receiver> receivers;
  for (const sync::ReceiverTable& table : tables) {
    const std::string place = fmt::format("{}: [receiver.{}]", table.place, table.name);
    const auto kind = webhook::KindOf(table.type);
    if (!kind) {
      return Error{
          ErrorCode::kConfig,
          fmt::format("{} type: nobody sends as \"{}\".{}", place, EscapeControls(table.type),
                      DidYouMean(table.type, webhook::KindNames())),
          "one of " + Join(webhook::KindNames(), ", ")};
    }
    if (table.secret_file.empty()) {
      return Error{ErrorCode::kConfig, place + " has no secret_file",
                   "each receiver needs a secret: openssl rand -hex 32 > FILE; chmod 600 FILE"};
    }
    const std::size_t least = webhook::IsProvedByPath(*kind) ? kLeastPathSecret : 1;
    webhook::Receiver receiver;
    receiver.name = table.name;
    receiver.kind = *kind;
    TRY_ASSIGN(receiver.secret,
               ReadSecretFile(place + " secret_file", table.secret_file, least, files));
    receiver.sources = table.sources;
    receiver.hosts = table.hosts;
    receiver.most_body = static_cast<std::size_t>(table.max_body) << 20U;
    receivers.push_back(std::move(receiver));
  }
  return receivers;
}

}  // namespace nmgr::serve
