# As cmake/linux/packages.cmake: all of it is in the base, and Capsicum in its libc.
set(JC_BSD util)
set(JC_SANDBOX "")
if(NOT CMAKE_CROSSCOMPILING)
  # The base's compiler does not look where the ports' headers are; libraries come with their paths.
  find_path(JC_PORTS_HEADERS asio.hpp REQUIRED)
  include_directories(SYSTEM ${JC_PORTS_HEADERS})
  # The base's ncurses, whose header asks for wide characters by a macro.
  add_library(PkgConfig::NCURSESW INTERFACE IMPORTED GLOBAL)
  target_compile_definitions(PkgConfig::NCURSESW INTERFACE NCURSES_WIDECHAR=1)
  target_link_libraries(PkgConfig::NCURSESW INTERFACE ncursesw)
endif()
