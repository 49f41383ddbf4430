# The two ways to make something here: jc_library for a folder of sources, jc_program for an installed program.
#
# Every library is compiled once. What differs between a program as installed and its twin for the tests is one object
# file at link time: pty/fault_none.cpp, or tests/twin/fault_plan.cpp, which fails or kills at the step a test names.

# What only one system has is in folders of this name, the sources and the packages.
string(TOLOWER ${CMAKE_SYSTEM_NAME} JC_SYSTEM)

add_library(jc_flags INTERFACE)
target_compile_options(jc_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion
  $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor -Woverloaded-virtual>)
# At -O3 gcc 12 sees an overlap in operator+(const char*, std::string&&), where there is none (its bug 105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(jc_flags INTERFACE $<$<CONFIG:Release>:-Wno-restrict>)
endif()
# Where the tree lies is in no program.
target_compile_options(jc_flags INTERFACE -ffile-prefix-map=${PROJECT_SOURCE_DIR}=.)
target_include_directories(jc_flags INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_definitions(jc_flags INTERFACE _GNU_SOURCE ASIO_NO_DEPRECATED)
if(JCONSOLE_SANITIZE)
  set(JC_SANITIZERS -fsanitize=undefined $<$<NOT:$<BOOL:$<TARGET_PROPERTY:JC_STATIC>>>:-fsanitize=address>)
  # Whether an object is there it would ask the kernel by a pipe, and where no descriptor is left report that none is.
  target_compile_options(jc_flags INTERFACE ${JC_SANITIZERS} -fno-sanitize=vptr -fno-sanitize-recover=all)
  target_link_options(jc_flags INTERFACE ${JC_SANITIZERS})
endif()
if(JCONSOLE_FUZZ)
  # With the check of function types, clang 14 cannot assemble a coroutine ("difference across sections").
  # Tracing the operands of comparisons costs a quarter of the runs; libFuzzer sees those of strings in memcmp.
  set(JC_FUZZERS -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-coverage=trace-cmp -fno-sanitize=function
    -fno-sanitize-recover=all)
  target_compile_options(jc_flags INTERFACE "$<$<NOT:$<BOOL:$<TARGET_PROPERTY:JC_STATIC>>>:${JC_FUZZERS}>")
  target_link_options(jc_flags INTERFACE
    "$<$<NOT:$<BOOL:$<TARGET_PROPERTY:JC_STATIC>>>:-fsanitize=address,undefined>")
endif()

# Helpers that enter jails must not load the jail's libraries, so they are static. AddressSanitizer cannot be linked
# statically: there they are dynamic, but for jinit, whose execution happens where the host's libraries are out of
# sight already. That one is static with UndefinedBehaviorSanitizer alone, and is tested as a library besides.
if(JCONSOLE_SANITIZE OR JCONSOLE_FUZZ OR JC_CROSS_TARGET) # that compiler has no static libc
  set(JC_STATIC_LINK "")
else()
  set(JC_STATIC_LINK -static)
endif()

# jc_package(PREFIX MODULE): pkg_check_modules. The macros that a .pc file of Debian's asks for are implied by _GNU_SOURCE;
# one target with them could not use the headers that all others precompile.
function(jc_package prefix module)
  if(NOT TARGET PkgConfig::${prefix}) # what the system has without a .pc file is there already
    pkg_check_modules(${prefix} REQUIRED IMPORTED_TARGET ${module})
    set_target_properties(PkgConfig::${prefix} PROPERTIES INTERFACE_COMPILE_OPTIONS "")
  endif()
endfunction()

# Everything that is installed and nothing else: what `./run demo` builds. Of that, `compiled` is what needs no program of
# ours to be run.
add_custom_target(programs)
add_custom_target(compiled)
add_dependencies(programs compiled)

set(JC_LIBEXECDIR ${CMAKE_INSTALL_LIBEXECDIR}/jconsole)

# jc_precompiled(NAME HEADERS headers... [LINK libraries...]): headers that gcc reads once for all targets of
# jc_precompile(TARGET NAME). Only gcc, and only where all is compiled alike, and the one that compiles for FreeBSD on Debian:
# clang, the sanitizers and FreeBSD's own compiler see what each file includes itself.
set(JC_PRECOMPILED_HEADERS OFF)
if((CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND NOT JCONSOLE_SANITIZE) OR JC_CROSS_TARGET)
  set(JC_PRECOMPILED_HEADERS ON)
endif()
# What gcc wrongly says of libstdc++'s strings (its bug 105651, in 12 and 14) it says of headers that are precompiled as of
# our own.
if(JC_PRECOMPILED_HEADERS AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(jc_flags INTERFACE -Wno-array-bounds -Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread)
endif()
function(jc_precompiled name)
  cmake_parse_arguments(ARG "" "" "HEADERS;LINK" ${ARGN})
  if(JC_PRECOMPILED_HEADERS)
    file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp CONTENT "")
    add_library(${name} OBJECT ${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp)
    target_link_libraries(${name} PRIVATE jc_flags ${ARG_LINK})
    target_precompile_headers(${name} PRIVATE ${ARG_HEADERS})
  endif()
endfunction()
function(jc_precompile target name)
  if(JC_PRECOMPILED_HEADERS)
    target_precompile_headers(${target} REUSE_FROM ${name})
  endif()
endfunction()

set(JC_STANDARD_HEADERS <algorithm> <array> <chrono> <functional> <map> <memory> <optional> <set> <span> <string> <string_view>
  <utility> <variant> <vector>)
jc_precompiled(standard_headers HEADERS ${JC_STANDARD_HEADERS})
# For those who relay: to everybody else they would cost more than they spare.
jc_precompiled(asio_headers HEADERS ${JC_STANDARD_HEADERS} <asio/awaitable.hpp> <asio/co_spawn.hpp> <asio/io_context.hpp>
  <asio/posix/stream_descriptor.hpp> <asio/post.hpp> <asio/redirect_error.hpp> <asio/steady_timer.hpp> <asio/use_awaitable.hpp>)

# jc_library(NAME [SOURCES files...] [LINK libraries...] [PRECOMPILED name])
function(jc_library name)
  cmake_parse_arguments(ARG "" "PRECOMPILED" "SOURCES;LINK" ${ARGN})
  if(NOT ARG_PRECOMPILED)
    set(ARG_PRECOMPILED standard_headers)
  endif()
  if(ARG_SOURCES)
    add_library(${name} STATIC ${ARG_SOURCES})
    jc_precompile(${name} ${ARG_PRECOMPILED})
    target_link_libraries(${name} PUBLIC jc_flags ${ARG_LINK})
  else() # all of them are another system's
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE jc_flags ${ARG_LINK})
  endif()
endfunction()

# jc_program(NAME DEST bin|libexec [STATIC] [IN_JAIL] [NO_LEAK_CHECK] SOURCES files... LINK libraries...)
# Makes NAME under build/PRESET/{bin,libexec/jconsole}, installs it, and makes its twin under build/PRESET/twin/.
# IN_JAIL: executed with the jail's root as its own; of LINK it may use headers only.
# NO_LEAK_CHECK: that of AddressSanitizer cannot work in it.
function(jc_program name)
  cmake_parse_arguments(ARG "STATIC;IN_JAIL;NO_LEAK_CHECK" "DEST" "SOURCES;LINK" ${ARGN})
  if(ARG_DEST STREQUAL "bin")
    set(dir bin)
    set(install_dir ${CMAKE_INSTALL_BINDIR})
  elseif(ARG_DEST STREQUAL "sbin")
    set(dir sbin)
    set(install_dir ${CMAKE_INSTALL_SBINDIR})
  else()
    set(dir libexec/jconsole)
    set(install_dir ${JC_LIBEXECDIR})
  endif()
  add_library(${name}_objects OBJECT ${ARG_SOURCES})
  target_link_libraries(${name}_objects PRIVATE ${ARG_LINK})
  jc_precompile(${name}_objects standard_headers)
  set_target_properties(${name}_objects PROPERTIES JC_STATIC ${ARG_IN_JAIL})
  set(variants ${name})
  if(JCONSOLE_TESTS)
    list(APPEND variants ${name}-twin)
  endif()
  foreach(target ${variants})
    add_executable(${target} $<TARGET_OBJECTS:${name}_objects>)
    target_link_libraries(${target} PRIVATE ${ARG_LINK})
    if(ARG_STATIC)
      target_link_options(${target} PRIVATE ${JC_STATIC_LINK})
    endif()
    if(JCONSOLE_SANITIZE AND JCONSOLE_TESTS)
      target_link_libraries(${target} PRIVATE sanitizer_reports $<$<BOOL:${ARG_NO_LEAK_CHECK}>:no_leak_check>)
    endif()
    if(ARG_IN_JAIL)
      target_link_options(${target} PRIVATE -static)
      set_target_properties(${target} PROPERTIES JC_STATIC TRUE)
    endif()
    if(target STREQUAL name)
      target_link_libraries(${target} PRIVATE fault_none)
      set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/${dir})
    else()
      target_link_libraries(${target} PRIVATE fault_plan)
      set_target_properties(${target} PROPERTIES OUTPUT_NAME ${name}
        RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/twin/${dir})
    endif()
  endforeach()
  add_dependencies(compiled ${name})
  install(TARGETS ${name} RUNTIME DESTINATION ${install_dir})
endfunction()
