# How every target of the project is compiled, and the two functions that declare one.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")

find_program(NMGR_CCACHE ccache)
if(NMGR_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      CCACHE_NOHASHDIR=1 ${NMGR_CCACHE})
endif()

# Links binaries with sanitizers much faster than the default linker; Debian has it (.ci/install-packages). Only
# those: where it puts the code costs the lexer a fifth of its speed.
if(NMGR_SANITIZE)
  find_program(NMGR_MOLD mold)
  if(NMGR_MOLD)
    add_link_options(-fuse-ld=mold)
  endif()
endif()

add_compile_options(-Wall -Wextra -Wpedantic -pthread)
if(NMGR_WERROR)
  add_compile_options(-Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options(-fpch-preprocess)
  if(CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    add_compile_options(-Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread  # false for std::string
                        $<$<CONFIG:Release>:-Wno-array-bounds> $<$<CONFIG:Release>:-Wno-maybe-uninitialized>)
  endif()
endif()
# With -DCMAKE_UNITY_BUILD=ON, as in the test build, the sources of a folder are compiled as one: up to a third less
# work, since templates are instantiated once for all of them. So what a source keeps to itself has a name that no
# other source of its folder uses, and g++ is not to take included sources for headers.
if(NOT DEFINED CMAKE_UNITY_BUILD_BATCH_SIZE)
  set(CMAKE_UNITY_BUILD_BATCH_SIZE 0)
endif()
if(CMAKE_UNITY_BUILD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options(-Wno-subobject-linkage)
endif()
if(NMGR_SANITIZE)
  add_compile_options(-fsanitize=${NMGR_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${NMGR_SANITIZE})
  # A check of UBSan that fails stops the program there, and ASan then shows the stack (tests/run.sh asks for it), as
  # it does where a null pointer is followed; ASan's checks are calls. The code and data of reports, written out at
  # each check, would be half of what a compilation costs. The fuzzers' build has the checks of null, alignment and
  # virtual tables too, and the reports.
  if(NMGR_SANITIZE MATCHES "address" AND NOT NMGR_FUZZ)
    add_compile_options(-fno-sanitize=null,alignment,vptr)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      add_compile_options(-fsanitize-undefined-trap-on-error --param=asan-instrumentation-with-call-threshold=0
                          -fno-guess-branch-probability)
    else()
      add_compile_options(-fsanitize-trap=undefined -fsanitize-address-use-after-return=never
                          "SHELL:-mllvm -asan-instrumentation-with-call-threshold=0")
    endif()
  endif()
  # clang 14 cannot compile coroutines with the check of function types.
  if(NMGR_SANITIZE MATCHES "undefined" AND CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    add_compile_options(-fno-sanitize=function)
  endif()
  # What a sanitizer adds hides from g++ that a variable was set: it says so itself in its manual.
  add_compile_options($<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  # Boost.Asio's fences: TSan does not see them, so at worst it reports what is none.
  if(NMGR_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-Wno-tsan)
  endif()
  # Two million pointers of ASan and UBSan would be relocated at each start of the program, half of what a start
  # costs; the tests start it some thousand times.
  if(NMGR_SANITIZE MATCHES "address" AND NOT NMGR_FUZZ)
    add_compile_options(-fno-pie)
    add_link_options(-no-pie)
  endif()
endif()
if(NMGR_FUZZ)
  # Coverage counters in every library; the driver comes with the fuzzers' own link (tests/fuzz). Assertions stay.
  add_compile_options(-fsanitize=fuzzer-no-link -UNDEBUG -D_GLIBCXX_ASSERTIONS)
endif()

# What nearly every source includes, compiled once a library. HEAVY names a library's own big headers.
set(NMGR_COMMON_HEADERS <algorithm> <functional> <map> <memory> <optional> <string> <string_view>
                        <utility> <vector> <fmt/format.h>)

# Where a library is one source, headers compiled for it alone are not worth it: these are for all of them.
function(nmgr_shared_headers)
  if(TARGET nmgr_headers)
    return()
  endif()
  set(empty "${PROJECT_BINARY_DIR}/headers.cpp")  # the header is made only for a target with a source that uses it
  file(WRITE "${empty}" "")
  add_library(nmgr_headers OBJECT "${empty}")
  target_link_libraries(nmgr_headers PRIVATE fmt::fmt)
  target_precompile_headers(nmgr_headers PRIVATE ${NMGR_COMMON_HEADERS} <nlohmann/json.hpp>)
endfunction()

# nmgr_library(FOLDER [EXCLUDE file] [HEAVY header...] [LINK target...] [PRIVATE_LINK target...] [OPTIONS option...]):
# the static library nmgr_FOLDER from every .cpp below the current folder, with include/ as its public and src/ as its
# private include path, compiled with these options beside the ones of all.
function(nmgr_library folder)
  cmake_parse_arguments(ARG "" "EXCLUDE" "HEAVY;LINK;PRIVATE_LINK;OPTIONS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cpp")
  list(REMOVE_ITEM sources "${CMAKE_CURRENT_SOURCE_DIR}/${ARG_EXCLUDE}")
  if(NOT sources)
    file(WRITE "${CMAKE_CURRENT_BINARY_DIR}/empty.cpp" "")
    set(sources "${CMAKE_CURRENT_BINARY_DIR}/empty.cpp")
  endif()
  add_library(nmgr_${folder} STATIC ${sources})
  target_include_directories(nmgr_${folder} PUBLIC "${PROJECT_SOURCE_DIR}/include"
                                            PRIVATE "${PROJECT_SOURCE_DIR}/src")

  target_link_libraries(nmgr_${folder} PUBLIC ${ARG_LINK} PRIVATE ${ARG_PRIVATE_LINK})
  if(NOT CMAKE_UNITY_BUILD)
    target_precompile_headers(nmgr_${folder} PRIVATE ${NMGR_COMMON_HEADERS} ${ARG_HEAVY})
  elseif(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND NOT ARG_OPTIONS)
    nmgr_shared_headers()
    target_precompile_headers(nmgr_${folder} REUSE_FROM nmgr_headers)
  endif()
  target_compile_options(nmgr_${folder} PRIVATE ${ARG_OPTIONS})
endfunction()

# nmgr_test(FOLDER [APART] [LINK target...]): the Catch2 binary nmgr_FOLDER_tests from every *_test.cpp below the
# current folder. Each file becomes one ctest entry, "FOLDER: sub/file"; with APART each test case does, "FOLDER: its
# name": for those that start programs and wait, which are to run side by side, since a start of the binary costs
# more than most of the others do. What takes half a minute has the tag [long]: ctest begins with these, so that none
# is left over at the end.
function(nmgr_test folder)
  cmake_parse_arguments(ARG "APART" "" "LINK" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS RELATIVE "${CMAKE_CURRENT_SOURCE_DIR}"
       "${CMAKE_CURRENT_SOURCE_DIR}/*_test.cpp")
  if(NOT sources)
    return()
  endif()
  set(binary nmgr_${folder}_tests)
  add_executable(${binary} ${sources})
  target_include_directories(${binary} PRIVATE "${PROJECT_SOURCE_DIR}/src" "${PROJECT_SOURCE_DIR}/tests")
  target_link_libraries(${binary} PRIVATE nmgr_test_main ${ARG_LINK})
  target_precompile_headers(${binary} REUSE_FROM nmgr_test_main)
  set(with_long "")
  foreach(source IN LISTS sources)
    file(STRINGS "${source}" long LIMIT_COUNT 1 REGEX "\"\\[long\\]\"")
    if(long)
      list(APPEND with_long "${source}")
    endif()
  endforeach()
  if(ARG_APART)
    catch_discover_tests(${binary} TEST_PREFIX "${folder}: " TEST_SPEC "~[long]~[.]" PROPERTIES TIMEOUT 600)
    if(with_long)
      catch_discover_tests(${binary} TEST_PREFIX "${folder}: " TEST_SPEC "[long]" PROPERTIES TIMEOUT 600 COST 100)
    endif()
    return()
  endif()
  set(names "")
  foreach(source IN LISTS sources)
    get_filename_component(name "${source}" NAME_WE)
    if(name IN_LIST names)  # Catch2 tells files by their names alone
      message(FATAL_ERROR "tests/${folder}: two files are called ${name}.cpp")
    endif()
    list(APPEND names "${name}")
    string(REGEX REPLACE "_test\\.cpp$" "" entry "${folder}: ${source}")
    add_test(NAME "${entry}" COMMAND ${binary} --filenames-as-tags --warn NoTests "[#${name}]~[.]")
    set_tests_properties("${entry}" PROPERTIES TIMEOUT 600 COST $<IF:$<IN_LIST:${source},${with_long}>,100,0>)
  endforeach()
endfunction()
