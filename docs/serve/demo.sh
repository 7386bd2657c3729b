#!/usr/bin/env bash
# Shows `nmgr serve` at work: a bare git repository with the sample homelab, a stand-in Nomad, and the
# daemon between them. Asks nothing and ends with 0. Called by docs/quickstart.sh --serve.
#
#   bash docs/serve/demo.sh FOLDER   where the programs nmgr and fake-nomad are
set -euo pipefail
bin=$(cd "$1" && pwd)
cd "$(dirname "$0")/../.."
for name in $(compgen -e); do
  case $name in NOMAD_* | NMGR_*) unset "$name" ;; esac
done

work=$(mktemp -d)
children=()
cleanup() {
  for child in "${children[@]}"; do kill "$child" 2>/dev/null && wait "$child" 2>/dev/null || true; done
  rm -rf "$work"
}
trap cleanup EXIT

export HOME=$work XDG_CONFIG_HOME=$work/config XDG_CACHE_HOME=$work/cache XDG_STATE_HOME=$work/state
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
export GIT_AUTHOR_NAME=Ann GIT_AUTHOR_EMAIL=ann@example.org GIT_COMMITTER_NAME=Ann GIT_COMMITTER_EMAIL=ann@example.org

nmgr() { "$bin/nmgr" "$@"; }
say() { printf '\n== %s\n' "$*"; }
show() {  # COMMAND...: the command, then its output
  printf '\n$ %s\n' "$*"
  "$@"
}

told=0  # lines of the daemon's log that were shown
# Waits until the daemon has said something that fits, and shows what it has said.
until_it_says() {
  local line
  for _ in $(seq 600); do
    line=$(tail -n "+$((told + 1))" "$work/serve.log" | grep -n -m 1 -e "$1" | cut -d: -f1 || true)
    [ -z "$line" ] || break
    sleep 0.1
  done
  [ -n "$line" ] || { echo "the daemon never said: $1" >&2; cat "$work/serve.log" >&2; exit 1; }
  tail -n "+$((told + 1))" "$work/serve.log" | head -n "$line" | sed 's/^/  | /'
  told=$((told + line))
}
push() {  # MESSAGE: what was changed in the clone
  git -C "$work/clone" add -A
  git -C "$work/clone" commit -q -m "$1"
  git -C "$work/clone" push -q origin main
  printf '\n$ git push    # %s\n' "$1"
}
edit() {  # FILE SCRIPT
  sed -i "$2" "$work/clone/$1"
  git -C "$work/clone" diff -U0 -- "$1" | grep '^[-+] ' || true
}

say "A git server has the repository of a homelab; a stand-in Nomad answers. Nothing reaches a real one."
git init -q --bare -b main "$work/homelab.git"
git clone -q "$work/homelab.git" "$work/clone" 2>/dev/null
git -C "$work/clone" checkout -q -b main
cp -R docs/demo/. "$work/clone"
push "the homelab" >/dev/null

"$bin/fake-nomad" --listen 127.0.0.1:0 --healthy-after 300 --gone-after 300 >"$work/server" 2>/dev/null </dev/null &
children+=($!)
for _ in $(seq 100); do
  NOMAD_ADDR=$(sed -n 's/^listening on //p' "$work/server")
  [ -z "$NOMAD_ADDR" ] || break
  sleep 0.05
done
export NOMAD_ADDR

cat >"$work/config.toml" <<EOF
[serve]
listen = "127.0.0.1:0"
anonymous_read = true

[source.homelab]
url = "file://$work/homelab.git"
interval = "1s"
infra_jobs = ["nmgr-demo-garage", "nmgr-demo-caddy"]
EOF
export NMGR_CONFIG=$work/config.toml
printf '\n$ cat config.toml\n'
sed "s#$work#...#" "$work/config.toml"

say "What a sync would do."
show nmgr -n serve --once

say "The daemon. What it says is shown after a bar."
printf '\n$ nmgr serve &\n'
"$bin/nmgr" serve >"$work/serve.log" 2>&1 </dev/null &
daemon=$!
children+=("$daemon")
until_it_says '^homelab: [0-9]* in-sync'
page=$(sed -n 's/^listens on //p' "$work/serve.log" | sed 's,/$,,')
say "Its page is at $page"
! command -v curl >/dev/null 2>&1 || show curl -s "$page/readyz"

say "An image update is merged, as Renovate would do."
edit nextcloud/nextcloud.hcl 's/nextcloud:30\.0\.4-apache/nextcloud:30.0.5-apache/'
push "nextcloud 30.0.5"
until_it_says '^nmgr-demo-nextcloud: healthy'

say "A spec is broken, beside an update of another job: that one goes on, the broken one is left as it runs."
edit gitea/gitea.hcl 's/forgejo:9\.0\.3-rootless/forgejo:9.0.4-rootless/'
printf '  image = {\n' >>"$work/clone/miniflux/miniflux.hcl"
push "forgejo 9.0.4, and a slip"
until_it_says 'nmgr-demo-miniflux: frozen'
show nmgr sync status
git -C "$work/clone" checkout -q HEAD~1 -- miniflux
push "the slip mended"
until_it_says 'nmgr-demo-miniflux: in-sync'

say "Hands off, for an hour at most."
show nmgr sync pause homelab --until 1h
edit nextcloud/nextcloud.hcl 's/nextcloud:30\.0\.5-apache/nextcloud:30.0.6-apache/'
push "nextcloud 30.0.6"
until_it_says 'nmgr-demo-nextcloud: held (paused)'
show nmgr sync resume homelab
until_it_says '^nmgr-demo-nextcloud: healthy'
until_it_says 'nmgr-demo-nextcloud: in-sync'
show nmgr sync status --jobs

kill "$daemon"
wait "$daemon"
say "Done: the daemon has given its lease back and ended."
