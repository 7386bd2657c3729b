#include "actions/serve_news.h"

#include <set>
#include <utility>

#include "actions/serve_desk.h"
#include "nmgr/base/secrets.h"

namespace nmgr::actions {

namespace {

// By the keys that the ledger has, where no namespace is left open.
std::set<sync::JobKey> WrittenBy(const SourceSync& done, const repo::RepoOptions& options) {
  std::set<sync::JobKey> keys;
  for (const rollout::Rollout& run : done.runs) {
    for (std::size_t i = 0; i < run.results.size() && i < run.facts.size(); ++i) {
      if (run.results[i].wrote) keys.insert(sync::KeyOf(run.facts[i].ref, options));
    }
  }
  return keys;
}

}  // namespace

Expected<std::unique_ptr<ServeNews>> ServeNews::Make(
    Env& env, std::function<void(std::string_view result)> count) {
  std::unique_ptr<ServeNews> news(new ServeNews(env));
  const sync::ServeConfig& config = env.settings.serve;
  TRY_ASSIGN(std::vector<serve::Channel> channels, serve::MakeChannels(config.notify, env.files));
  for (std::size_t i = 0; i < channels.size() && env.secrets != nullptr; ++i) {
    env.secrets->Add(channels[i].secret);
    if (!config.notify[i].url_file.empty()) env.secrets->Add(channels[i].url);
  }
  if (channels.empty() || env.settings.dry_run) return news;
  serve::NotifyOptions options;
  options.instance = config.serve.instance;
  options.environment = env.settings.registries.environment;
  options.redactor = env.secrets;
  options.on_result = std::move(count);
  TRY_ASSIGN(news->notifier_,
             serve::Notifier::Make(std::move(channels), env.clock, std::move(options)));
  return news;
}

void ServeNews::Begin(const std::string& source, const sync::SourceStatus* stored,
                      const std::string& before) {
  if (notifier_ == nullptr) return;
  {
    const std::lock_guard lock(mutex_);
    sources_.insert_or_assign(source, serve::SourceNews(stored));
    if (away_.erase(source) != 0) sources_[source].BeginInTrouble();
  }
  if (!before.empty()) Tell({serve::LeaseNews(source, SelfOf(env_).holder, before)});
}

void ServeNews::Synced(const Followed& followed, const SourceSync& done) {
  if (notifier_ == nullptr || !done.decided) return;
  std::vector<serve::News> all;
  {
    const std::lock_guard lock(mutex_);
    all = sources_[followed.status.name].OfSync(followed.status, done.before, followed.jobs,
                                                WrittenBy(done, env_.settings.repo),
                                                followed.tree->unclear);
  }
  Tell(std::move(all));
}

void ServeNews::Looked(const sync::SourceStatus& status) {
  if (notifier_ == nullptr) return;
  std::vector<serve::News> all;
  {
    const std::lock_guard lock(mutex_);
    all = sources_[status.name].OfSource(status);
  }
  Tell(std::move(all));
}

void ServeNews::Away(const sync::SourceStatus& status) {
  if (notifier_ == nullptr) return;
  std::vector<serve::News> all;
  {
    const std::lock_guard lock(mutex_);
    all = sources_[status.name].OfSource(status);
    away_.insert(status.name);
  }
  Tell(std::move(all));
}

void ServeNews::DigestMoved(const std::string& source, const sync::JobKey& job,
                            std::string_view image, std::string_view digest, std::string reason) {
  Tell({serve::DigestNews(source, job, image, digest, std::move(reason))});
}

void ServeNews::Tell(std::vector<serve::News> all) {
  if (notifier_ == nullptr) return;
  for (serve::News& news : all) {
    news.at = env_.clock.Wall();
    notifier_->Tell(news);
  }
}

void ServeNews::Drain(Duration limit) {
  if (notifier_ != nullptr) static_cast<void>(notifier_->Drain(limit));
}

}  // namespace nmgr::actions
