# As cmake/linux/packages.cmake: all of it is in the base, and Capsicum in its libc.
set(JC_BSD util)
set(JC_SANDBOX "")
