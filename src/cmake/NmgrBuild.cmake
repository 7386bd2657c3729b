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

add_compile_options(-Wall -Wextra -Wpedantic)
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
    else()  # clang 14 cannot compile coroutines with the check of function types
      add_compile_options(-fsanitize-trap=undefined -fno-sanitize=function
                          "SHELL:-mllvm -asan-instrumentation-with-call-threshold=0")
    endif()
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

# nmgr_library(FOLDER [EXCLUDE file] [HEAVY header...] [LINK target...] [PRIVATE_LINK target...]): the static library nmgr_FOLDER from every .cpp below the
# current folder, with include/ as its public and src/ as its private include path.
function(nmgr_library folder)
  cmake_parse_arguments(ARG "" "EXCLUDE" "HEAVY;LINK;PRIVATE_LINK" ${ARGN})
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
  if(NOT CMAKE_UNITY_BUILD)  # a header that one source uses once is not worth its own compilation
    target_precompile_headers(nmgr_${folder} PRIVATE ${NMGR_COMMON_HEADERS} ${ARG_HEAVY})
  endif()
endfunction()

# nmgr_test(FOLDER [LINK target...]): the Catch2 binary nmgr_FOLDER_tests from every *_test.cpp below
# the current folder; each test case becomes one ctest entry. What takes half a minute has the tag [long]: ctest
# begins with these, so that none is left over at the end.
function(nmgr_test folder)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*_test.cpp")
  if(NOT sources)
    return()
  endif()
  add_executable(nmgr_${folder}_tests ${sources})
  target_include_directories(nmgr_${folder}_tests PRIVATE "${PROJECT_SOURCE_DIR}/src" "${PROJECT_SOURCE_DIR}/tests")
  target_link_libraries(nmgr_${folder}_tests PRIVATE nmgr_test_main ${ARG_LINK})
  target_precompile_headers(nmgr_${folder}_tests REUSE_FROM nmgr_test_main)
  catch_discover_tests(nmgr_${folder}_tests TEST_PREFIX "${folder}: " TEST_SPEC "~[long]~[.]" PROPERTIES TIMEOUT 600)
  foreach(source IN LISTS sources)
    file(STRINGS "${source}" long LIMIT_COUNT 1 REGEX "\"\\[long\\]\"")
    if(long)
      catch_discover_tests(nmgr_${folder}_tests TEST_PREFIX "${folder}: " TEST_SPEC "[long]"
                           PROPERTIES TIMEOUT 600 COST 100)
      break()
    endif()
  endforeach()
endfunction()
