// completion: the script that makes a shell complete nmgr's words.
#include "nmgr/actions/completion.h"

#include <fmt/format.h>

#include <array>

#include "actions/all_actions.h"
#include "nmgr/base/text.h"
#include "nmgr/report/completion_view.h"

namespace nmgr::actions {
namespace {

constexpr std::string_view kBash =
    R"script(# bash completion of nmgr: source <(nmgr completion bash)

# Every candidate is asked of nmgr itself. bash takes words apart at ':' and '='; here they are put
# together again as they were typed.
_nmgr() {
  local line=${COMP_LINE:0:COMP_POINT} rest word i words=() blank
  rest=$line
  for ((i = 0; i <= COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    blank=${rest%%[! ]*}
    rest=${rest#"$blank"}
    ((${#word} > ${#rest})) && word=$rest
    rest=${rest#"$word"}
    if ((i == 0)) || [[ -n $blank ]]; then
      words+=("$word")
    else
      words[-1]+=$word
    fi
  done
  local current=${words[-1]} kept='' quote='' candidate
  if [[ $current == [\"\']* ]]; then
    quote=${current:0:1}
    current=${current:1}
  else
    current=${current//\\/}
  fi
  words[-1]=$current
  [[ $current == *[:=]* && $COMP_WORDBREAKS == *:* ]] && kept=${current%"${current##*[:=]}"}
  COMPREPLY=()
  while IFS= read -r candidate; do
    case $candidate in
      :files)
        compopt -o filenames
        while IFS= read -r candidate; do COMPREPLY+=("$candidate"); done \
          < <(compgen -f -- "${current#"$kept"}")
        ;;
      :folders)
        compopt -o filenames
        while IFS= read -r candidate; do COMPREPLY+=("$candidate"); done \
          < <(compgen -d -- "${current#"$kept"}")
        ;;
      *)
        candidate=${candidate%%$'\t'*}
        [[ $candidate == *[:=] ]] && compopt -o nospace
        candidate=${candidate#"$kept"}
        # A name comes from a repository: it is put down as one word that says nothing to the shell.
        case $quote in
          \') candidate=${candidate//\'/\'\\\'\'} ;;
          \")
            candidate=${candidate//\\/\\\\}
            candidate=${candidate//\"/\\\"}
            candidate=${candidate//\$/\\\$}
            candidate=${candidate//\`/\\\`}
            ;;
          *) [[ $candidate == *[!a-zA-Z0-9_./:=@%+,-]* ]] && printf -v candidate %q "$candidate" ;;
        esac
        COMPREPLY+=("$candidate")
        ;;
    esac
  done < <("${COMP_WORDS[0]/#\~/$HOME}" __complete "${words[@]:1}" 2>/dev/null)
}

complete -o nosort -F _nmgr nmgr 2>/dev/null || complete -F _nmgr nmgr
)script";

constexpr std::string_view kZsh = R"script(#compdef nmgr
# zsh completion of nmgr: nmgr completion zsh > "${fpath[1]}/_nmgr", or source it after compinit.

_nmgr() {
  local line word help
  local -a plain shown open open_shown
  local paths=''
  for line in "${(@f)$("${words[1]/#\~/$HOME}" __complete "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}"; do
    case $line in
      '') ;;
      :files) paths=files ;;
      :folders) paths=folders ;;
      *)
        word=${line%%$'\t'*}
        help=$word
        [[ $line == *$'\t'* ]] && help="$word  -- ${line#*$'\t'}"
        if [[ $word == *[:=] ]]; then
          open+=("$word")
          open_shown+=("$help")
        else
          plain+=("$word")
          shown+=("$help")
        fi
        ;;
    esac
  done
  (($#plain)) && compadd -l -V nmgr -d shown -a plain
  (($#open)) && compadd -l -V nmgr-open -S '' -d open_shown -a open
  if [[ $PREFIX == --*=* && -n $paths ]]; then compset -P '--*='; fi
  [[ $paths == files ]] && _files
  [[ $paths == folders ]] && _files -/
  return 0
}

if [[ $funcstack[1] == _nmgr ]]; then
  _nmgr "$@"
else
  compdef _nmgr nmgr
fi
)script";

constexpr std::string_view kFish = R"script(# fish completion of nmgr: nmgr completion fish | source

function __nmgr_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l program (string replace -r '^~' $HOME -- $words[1])
    for line in ($program __complete $words[2..-1] "$current" 2>/dev/null)
        switch $line
            case ':files'
                __fish_complete_path (string replace -r '^--[^=]*=' '' -- $current)
            case ':folders'
                __fish_complete_directories (string replace -r '^--[^=]*=' '' -- $current)
            case '*'
                echo $line
        end
    end
end

complete -c nmgr -f -k -a '(__nmgr_complete)'
)script";

constexpr std::array kScripts = {CompletionScript{"bash", kBash}, CompletionScript{"zsh", kZsh},
                                 CompletionScript{"fish", kFish}};

ExitCode RunCompletion(Env& env) {
  const std::string& wanted = env.settings.targets.front();
  std::vector<std::string> shells;
  for (const CompletionScript& script : kScripts) {
    if (script.shell == wanted) {
      report::ReportScript(env.out, script.shell, script.text);
      return kDone;
    }
    shells.emplace_back(script.shell);
  }
  env.out.Error({ErrorCode::kUsage, fmt::format("there is no completion for \"{}\"", wanted),
                 "there is one for " + Join(shells, ", ")});
  return kUsage;
}

}  // namespace

std::span<const CompletionScript> CompletionScripts() { return kScripts; }

Action CompletionAction() {
  return {
      .name = "completion",
      .summary = "print the script that completes nmgr in bash, zsh or fish",
      .arguments = Arguments::kString,
      .argument_help = "SHELL",
      .run = RunCompletion,
      .needs_nomad = false,
      .details =
          "Actions, options, their values, filters, jobs and tasks are completed; Nomad is\n"
          "not asked.\n"
          "\n"
          "  source <(nmgr completion bash)     in ~/.bashrc\n"
          "  nmgr completion zsh > \"${fpath[1]}/_nmgr\"\n"
          "  nmgr completion fish > ~/.config/fish/completions/nmgr.fish\n",
      .documents = {report::ScriptShape()},
  };
}

}  // namespace nmgr::actions
