#!/usr/bin/env bash
# Installs what is missing, builds nmgr with its tests and sanitizers, and runs them all.
#
#   bash tests/run.sh                 everything, under ASan and UBSan
#   bash tests/run.sh -R rollout      arguments go to ctest: only the tests whose name matches
#   bash tests/run.sh --tsan          what has threads, under TSan
#   bash tests/run.sh --gcc           every test against a release as people build it: g++, optimized, no sanitizers
#   bash tests/run.sh --fuzz [SEC]    every fuzzer for SEC seconds (60)
#   bash tests/run.sh --bench         the benchmark table of docs/hacking.md
#
# Builds live in build/<kind>. NMGR_SHARED points at the conformance data, ../shared by default.
set -euo pipefail
cd "$(dirname "$0")/.."

jobs=$(nproc)

configure() {  # KIND [cmake option...]
  local folder=build/$1
  shift
  cmake -S . -B "$folder" -G Ninja -DNMGR_WERROR=ON "$@" >"$folder.log" 2>&1 || { cat "$folder.log" >&2; return 1; }
}

build() {  # KIND [target...]
  local folder=build/$1
  shift
  cmake --build "$folder" --parallel "$jobs" ${1:+--target "$@"}
}

run_tests() {  # KIND [ctest argument...]
  local folder=build/$1
  shift
  ctest --test-dir "$folder" --parallel "$((jobs * 3))" --output-on-failure --no-tests=error "$@"
  if [ ! -d "${NMGR_SHARED:-../shared}/conformance" ]; then
    echo "SKIPPED: the comparison with recorded data of a real Nomad. There is no ${NMGR_SHARED:-../shared}."
  fi
}

mkdir -p build
case ${1:-} in
  --tsan)
    shift
    bash .ci/install-packages
    configure tsan -DCMAKE_UNITY_BUILD=ON -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_CXX_FLAGS_RELWITHDEBINFO="-Og -g1" \
      -DNMGR_SANITIZE=thread
    threaded=(base net repo nomad rollout sync serve actions)
    build tsan nmgr fake-nomad $(printf "nmgr_%s_tests " "${threaded[@]}")
    run_tests tsan -R "^($(IFS='|'; echo "${threaded[*]}")):" "$@"
    ;;
  --gcc)
    shift
    bash .ci/install-packages
    configure gcc -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER=g++
    build gcc
    run_tests gcc "$@"
    ;;
  --fuzz)
    bash .ci/install-packages clang-14 libclang-rt-14-dev
    configure fuzz -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_CXX_COMPILER=clang++-14 -DNMGR_FUZZ=ON \
      -DNMGR_SANITIZE=address,undefined
    build fuzz nmgr_fuzzers
    bash tests/fuzz/run.sh build/fuzz "${2:-60}"
    ;;
  --bench)
    bash .ci/install-packages
    configure release -DCMAKE_BUILD_TYPE=Release -DNMGR_BENCH=ON
    build release nmgr nmgr_bench nmgr_rollout_bench
    build/release/bin/nmgr_bench
    build/release/bin/nmgr_rollout_bench
    ;;
  *)
    # clang, since it compiles this in less than half of the time of g++. Without debugging information, a sixth of it:
    # a report of ASan names functions; -DCMAKE_CXX_FLAGS_RELWITHDEBINFO="-O0 -g1" has its lines too.
    bash .ci/install-packages clang-14 libclang-rt-14-dev
    configure test -DCMAKE_UNITY_BUILD=ON -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_CXX_FLAGS_RELWITHDEBINFO="-O0 -g0" \
      -DCMAKE_CXX_COMPILER=clang++-14 -DNMGR_SANITIZE=address,undefined
    build test
    # A check of UBSan that failed: ASan says where. Three frames of who allocated something: all of them would be an
    # eighth of the tests' time.
    export ASAN_OPTIONS=handle_sigill=1:malloc_context_size=3${ASAN_OPTIONS:+:$ASAN_OPTIONS}
    # clang's look for leaks crashes now and then in the thread storage of a library that was loaded later; what only
    # such storage would hold counts as lost without it, so no leak is missed.
    export LSAN_OPTIONS=use_tls=0:print_suppressions=0${LSAN_OPTIONS:+:$LSAN_OPTIONS}
    run_tests test "$@"
    ;;
esac
