# As cmake/linux/places.cmake, by hier(7), and the service for rc(8), which Linux's distributions each have their own of.
set(JC_EXAMPLESDIR ${CMAKE_INSTALL_DATADIR}/examples/jconsole)
file(READ ${PROJECT_SOURCE_DIR}/packaging/freebsd/port/files/jrouterd.in script)
string(REPLACE %%PREFIX%% ${CMAKE_INSTALL_PREFIX} script "${script}")
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/etc/rc.d/jrouterd CONTENT "${script}" @ONLY)
install(PROGRAMS ${PROJECT_BINARY_DIR}/etc/rc.d/jrouterd DESTINATION etc/rc.d)
