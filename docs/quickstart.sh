#!/usr/bin/env bash
# Builds nmgr and shows it at work on a sample homelab (docs/demo), in a temporary copy, against a
# stand-in Nomad that runs on this machine. Asks nothing and ends with 0.
#
#   bash docs/quickstart.sh
#   bash docs/quickstart.sh --serve   the daemon, with a git repository (docs/serve/demo.sh)
#   bash docs/quickstart.sh --nomad http://127.0.0.1:4646 [--token-file FILE]
#
# --bin FOLDER: where the programs are, if they are built already.
#
# Only the last form speaks to a real Nomad, and only to the address typed here: every NOMAD_*
# variable is unset first. It refuses where a job of the sample (nmgr-demo-*) already exists, and
# stops and purges all of them at the end.
set -euo pipefail
cd "$(dirname "$0")/.."

for name in $(compgen -e); do
  case $name in NOMAD_* | NMGR_*) unset "$name" ;; esac
done

address=''
token_file=()
serve=''
bin=''
usage() {
  echo "usage: bash docs/quickstart.sh [--bin FOLDER] [--serve | --nomad ADDRESS [--token-file FILE]]" >&2
  exit 64
}
while [ $# -gt 0 ]; do
  case $1 in
    --nomad) address=${2:-}; [ -n "$address" ] || usage; shift 2 ;;
    --token-file) [ -n "${2:-}" ] || usage; token_file=(--token-file "$(realpath "$2")"); shift 2 ;;
    --serve) serve=yes; shift ;;
    --bin) [ -d "${2:-}" ] || usage; bin=$(realpath "$2"); shift 2 ;;
    *) usage ;;
  esac
done

[ -z "$serve" ] || [ -z "$address" ] || usage

if [ -z "$bin" ]; then
  echo "== Building nmgr (build/release)"
  bash .ci/install-packages
  mkdir -p build
  cmake -S . -B build/release -G Ninja -DCMAKE_BUILD_TYPE=Release >build/release.log 2>&1 || { cat build/release.log >&2; exit 1; }
  cmake --build build/release --target nmgr fake-nomad
  bin=$PWD/build/release/bin
fi
[ -z "$serve" ] || exec bash docs/serve/demo.sh "$bin"

work=$(mktemp -d)
server=''
started=''  # "yes" once jobs of the sample may be on a real server
cleanup() {
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  [ -z "$started" ] || { printf '\n== Cleaning up.\n'; show nmgr -p down all; } || true
  rm -rf "$work"
}
trap cleanup EXIT

cp -R docs/demo "$work/homelab"
export XDG_CONFIG_HOME=$work/config XDG_STATE_HOME=$work/state
export NMGR_BASE_DIR=$work/homelab
export NMGR_INFRA_JOBS='nmgr-demo-garage nmgr-demo-caddy'

nmgr() { "$bin/nmgr" --address "$address" "${token_file[@]}" "$@"; }

show() {  # nmgr ARGUMENT...: the command, then its output
  printf '\n$ %s\n' "$*"
  "$@"
}

if [ -z "$address" ]; then
  "$bin/fake-nomad" --listen 127.0.0.1:0 --healthy-after 300 --gone-after 300 >"$work/server" &
  server=$!
  for _ in $(seq 100); do
    address=$(sed -n 's/^listening on //p' "$work/server")
    [ -z "$address" ] || break
    sleep 0.05
  done
  [ -n "$address" ] || { echo "the stand-in Nomad did not start" >&2; exit 1; }
  echo "== A stand-in Nomad answers at $address; nothing here reaches a real one."
else
  echo "== Using the Nomad at $address."
  existing=$(nmgr -n -p down all) || exit 1
  if grep -q '^\[DRY RUN\]' <<<"$existing"; then
    printf '%s\n' "$existing" "Jobs of the sample exist at $address: nothing was touched." >&2
    exit 1
  fi
  started=yes
fi

show nmgr up all
show nmgr list nas

printf '\n== An image update is merged, as Renovate would do.\n'
sed -i 's/nextcloud:30\.0\.4-apache/nextcloud:30.0.5-apache/' "$work/homelab/nextcloud/nextcloud.hcl"
(diff -U0 docs/demo/nextcloud/nextcloud.hcl "$work/homelab/nextcloud/nextcloud.hcl" || true) | grep '^[-+] '

show nmgr image nmgr-demo-nextcloud
show nmgr -n reconcile all
show nmgr reconcile all
show nmgr find :latest
show nmgr -n down nas
show nmgr down nas

printf '\n== Done. nmgr is at build/release/bin/nmgr.\n'
