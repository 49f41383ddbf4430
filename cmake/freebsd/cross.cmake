# Compiles this tree for FreeBSD on Debian: `./run freebsd`. The compiler is clang as PyPI's package `ziglang` brings it,
# with FreeBSD's headers and stubs of its libraries. JC_CROSS_COMPILER is its program, JC_CROSS_TARGET what it compiles
# for, such as x86_64-freebsd.14.0.
set(CMAKE_SYSTEM_NAME FreeBSD)
string(REGEX REPLACE "-.*" "" CMAKE_SYSTEM_PROCESSOR ${JC_CROSS_TARGET})
set(CMAKE_C_COMPILER ${JC_CROSS_COMPILER} cc)
set(CMAKE_CXX_COMPILER ${JC_CROSS_COMPILER} c++)
foreach(language C CXX)
  set(CMAKE_${language}_COMPILER_TARGET ${JC_CROSS_TARGET})
  # Nothing of this is executed. Where it does not optimise, this compiler adds checks of its own unless told not to.
  set(CMAKE_${language}_FLAGS_INIT "-O0 -g0 -fno-sanitize=all")
  set(CMAKE_${language}_ARCHIVE_CREATE "${JC_CROSS_COMPILER} ar qc <TARGET> <OBJECTS>")
  set(CMAKE_${language}_ARCHIVE_FINISH "${JC_CROSS_COMPILER} ranlib <TARGET>")
endforeach()
# What CMake itself tries out is not linked.
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES JC_CROSS_COMPILER JC_CROSS_TARGET)
# As a library the C++ library would be made from its sources first, which takes minutes.
set(CMAKE_EXE_LINKER_FLAGS_INIT -nostdlib++)
set(CMAKE_CXX_COMPILER_LAUNCHER /usr/bin/python3 ${CMAKE_CURRENT_LIST_DIR}/../../tests/freebsd/precompile.py)
set(CCACHE "" CACHE FILEPATH "") # it knows no compiler of two words; this one has a cache of its own
