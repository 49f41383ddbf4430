# What this tree takes from Linux's distributions that FreeBSD has in its base.
pkg_check_modules(BSD REQUIRED IMPORTED_TARGET libbsd-overlay) # overlay: headers by the names that FreeBSD gives them
pkg_check_modules(SECCOMP REQUIRED IMPORTED_TARGET libseccomp)
set(JC_BSD PkgConfig::BSD)         # pidfile(3)
set(JC_SANDBOX PkgConfig::SECCOMP) # filters of system calls
