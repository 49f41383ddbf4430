// Where the tests can make the kernel fail. Each wrapper of the kernel layers (pty/kernel.hpp,
// jailcore/linux/kernel.hpp) asks fault() before it enters the kernel. Installed programs are linked with
// fault_none.cpp, which never objects; tests and the twins of the programs with tests/twin/fault_plan.cpp.
#pragma once

namespace kernel {

// 0: go on. Otherwise the errno with which the call named `call` must fail, without having entered the
// kernel.
int fault(const char* call);

// What a helper must be given in its environment ("NAME=value") to follow the same plan; nullptr where there
// is none.
const char* fault_environment();

} // namespace kernel
