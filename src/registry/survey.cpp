#include "nmgr/registry/survey.h"

#include <utility>

#include "nmgr/base/parallel.h"

namespace nmgr::registry {
namespace {

constexpr std::size_t kHostsAtOnce = 8;

// The questions about one host, asked one after another.
class HostSurvey {
 public:
  void Add(std::size_t place) { places_.push_back(place); }

  void Ask(const std::vector<Question>& questions, const Access& access, FileSystem& files,
           const SurveyOptions& options, std::vector<Answer>& answers) {
    Credentials credentials(access.hosts, access.docker_config, files);
    HostClient client(credentials, {access.environment, options.secrets, options.deadline,
                                    options.stop, options.heard});
    for (const std::size_t place : places_) {
      if (options.stop.stop_requested()) return;
      const Question& question = questions[place];
      const Reference& reference = question.reference;
      if (question.digest) {
        const auto [known, is_new] = digests_.try_emplace(reference.Name());
        if (is_new) known->second = client.Digest(reference);
        answers[place].digest = known->second;
      }
      if (question.tags) {
        const auto [known, is_new] = tags_.try_emplace(reference.repository);
        if (is_new) known->second = client.Tags(reference);
        answers[place].tags = known->second;
      }
      if (!question.age_of.empty()) {
        const auto [known, is_new] = ages_.try_emplace(reference.repository + question.age_of);
        if (is_new) known->second = client.Created(reference, question.age_of);
        answers[place].created_ns = known->second;
      }
    }
  }

 private:
  std::vector<std::size_t> places_;
  std::map<std::string, Expected<std::string>> digests_;
  std::map<std::string, Expected<TagList>> tags_;
  std::map<std::string, Expected<std::int64_t>> ages_;
};

}  // namespace

std::vector<Answer> Survey(const std::vector<Question>& questions, const Access& access,
                           FileSystem& files, const SurveyOptions& options) {
  const Error interrupted{ErrorCode::kInterrupted, "interrupted"};
  std::vector<Answer> answers(questions.size());
  std::map<std::string, HostSurvey> hosts;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    if (questions[i].digest) answers[i].digest = interrupted;
    if (questions[i].tags) answers[i].tags = interrupted;
    if (!questions[i].age_of.empty()) answers[i].created_ns = interrupted;
    hosts[questions[i].reference.host].Add(i);
  }
  std::vector<HostSurvey*> surveys;
  for (auto& [host, survey] : hosts) surveys.push_back(&survey);
  ParallelFor(
      surveys.size(), kHostsAtOnce,
      [&](std::size_t i) { surveys[i]->Ask(questions, access, files, options, answers); },
      options.stop);
  return answers;
}

}  // namespace nmgr::registry
