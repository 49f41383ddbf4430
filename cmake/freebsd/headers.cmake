# Stands for the libraries that FreeBSD's ports have, where this tree is compiled for FreeBSD on Debian: Debian's headers of
# them, behind a folder of links, since the other headers of /usr/include are another system's. There is nothing to link.
include_guard()

set(JC_CROSS_HEADERS ${PROJECT_BINARY_DIR}/include)
file(MAKE_DIRECTORY ${JC_CROSS_HEADERS})
foreach(header asio asio.hpp boost fmt nlohmann spdlog readline curses.h ncurses.h ncurses_dll.h unctrl.h vterm.h
    vterm_keycodes.h)
  if(NOT EXISTS /usr/include/${header})
    message(FATAL_ERROR "/usr/include/${header} is missing")
  endif()
  file(CREATE_LINK /usr/include/${header} ${JC_CROSS_HEADERS}/${header} SYMBOLIC)
endforeach()
include_directories(SYSTEM ${JC_CROSS_HEADERS})
# Debian's versions are older than this clang, and do not know what it can do and no longer has.
add_compile_definitions(ASIO_HAS_CO_AWAIT ASIO_HAS_STD_COROUTINE BOOST_NO_CXX98_FUNCTION_BASE)

macro(jc_provide method name)
  if("${name}" MATCHES "^(Boost|spdlog|nlohmann_json|PkgConfig)$")
    set(${name}_FOUND TRUE)
  endif()
endmacro()
cmake_language(SET_DEPENDENCY_PROVIDER jc_provide SUPPORTED_METHODS FIND_PACKAGE)
foreach(library Boost::program_options spdlog::spdlog nlohmann_json::nlohmann_json)
  add_library(${library} INTERFACE IMPORTED GLOBAL)
endforeach()
target_compile_definitions(spdlog::spdlog INTERFACE SPDLOG_COMPILED_LIB SPDLOG_FMT_EXTERNAL)
function(pkg_check_modules prefix)
  if(NOT TARGET PkgConfig::${prefix})
    add_library(PkgConfig::${prefix} INTERFACE IMPORTED GLOBAL)
    target_compile_definitions(PkgConfig::${prefix} INTERFACE NCURSES_WIDECHAR=1)
  endif()
endfunction()
