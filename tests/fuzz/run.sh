#!/usr/bin/env bash
# Runs every fuzzer of a build and says of each how it went, one line a fuzzer.
#
#   bash tests/fuzz/run.sh BUILD SECONDS [NAME...]
#
# Two run at a time. What a fuzzer learns stays in BUILD/fuzz/NAME/corpus, beside a copy of its seeds, so
# that the next run goes on from there; its log is BUILD/fuzz/NAME/log. An input that breaks a property,
# needs more than 2 seconds or too much memory stays in BUILD/fuzz/NAME/found; the exit code is then 1.
set -uo pipefail

build=$(cd "$1" && pwd)
seconds=$2
shift 2
here=$(cd "$(dirname "$0")" && pwd)
names=("$@")
if [ ${#names[@]} -eq 0 ]; then
  for folder in "$here"/seeds/*/; do names+=("$(basename "$folder")"); done
fi

# AddressSanitizer keeps freed memory for a while to catch late uses, and the stack of every allocation
# for ever, of which recursion has no end of different ones; 512 MB for the program need both small. An
# input run by hand shows whole stacks.
export ASAN_OPTIONS=quarantine_size_mb=32:detect_leaks=1:malloc_context_size=2
export UBSAN_OPTIONS=print_stacktrace=1

figure() {  # NAME LOG: a line of -print_final_stats
  sed -n "s/^stat::$1: *//p" "$2" | tail -1 | grep . || echo 0
}

# Time is the clock's, so on a busy machine any input may seem slow once: it counts if it is slow again.
forget_quick_ones() {  # NAME
  local input
  for input in "$build/fuzz/$1/found"/timeout-* "$build/fuzz/$1/found"/slow-unit-*; do
    [ -e "$input" ] || continue
    "$build/bin/fuzz_$1" -timeout=2 "$input" >/dev/null 2>&1 && rm "$input"
  done
}

fuzz() {  # NAME
  local folder=$build/fuzz/$1 log=$build/fuzz/$1/log verdict=ok runs=0 status end=$((SECONDS + seconds))
  rm -rf "$folder/found"
  mkdir -p "$folder/corpus" "$folder/found"
  cp "$here/seeds/$1"/* "$folder/corpus/"
  while [ "$SECONDS" -lt "$end" ]; do
    status=0
    "$build/bin/fuzz_$1" -max_total_time=$((end - SECONDS)) -rss_limit_mb=512 -timeout=2 -max_len=4096 \
      -report_slow_units=2 -print_final_stats=1 -dict="$here/hcl.dict" -artifact_prefix="$folder/found/" \
      "$folder/corpus" >"$log" 2>&1 || status=$?
    runs=$((runs + $(figure number_of_executed_units "$log")))
    forget_quick_ones "$1"
    if [ -n "$(ls -A "$folder/found")" ]; then verdict=FAILED && break; fi
    # Without a finding it ends at its time, or by the alarm over an input that was quick after all.
    if [ "$status" -ne 0 ] && ! grep -q 'libFuzzer: timeout' "$log"; then verdict=FAILED && break; fi
  done
  printf '%-10s %9s runs %6s edges %5s MB  %s\n' "$1" "$runs" \
    "$(sed -n 's/.* cov: \([0-9]*\).*/\1/p' "$log" | tail -1)" "$(figure peak_rss_mb "$log")" "$verdict"
  [ "$verdict" = ok ] && return 0
  sed -n '/^==[0-9]*==ERROR/p; /terminate called/,+1p; /ALARM/p; /runtime error/p; /^SUMMARY/p' "$log"
  find "$folder/found" -type f -printf '  input: %p\n'
  [ -n "$(ls -A "$folder/found")" ] || echo "  log: $log"
  return 1
}

failed=0
running=0
for name in "${names[@]}"; do
  if [ "$running" -ge 2 ]; then
    wait -n || failed=1
    running=$((running - 1))
  fi
  fuzz "$name" &
  running=$((running + 1))
done
while [ "$running" -gt 0 ]; do
  wait -n || failed=1
  running=$((running - 1))
done
exit "$failed"
