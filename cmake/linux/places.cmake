# Where installed files lie that the two systems keep in different places.
set(JC_EXAMPLESDIR ${CMAKE_INSTALL_DOCDIR}/examples)
