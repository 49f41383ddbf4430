// The jails that run, as a starter asks the kernel.
#pragma once

#include "jailcore/freebsd/kernel_jails.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace jailcore {

// None that is dying. They throw pty::StepError.
std::vector<KernelJail> running_jails();
std::optional<KernelJail> find_running(const std::string& name);
// That very jail: a name, and with time a number, is given to another.
bool runs(const KernelJail& jail);
// Whether the kernel holds it still, dying.
bool is_held(const KernelJail& jail);
// The numbers of it and of the jails in it, of dying ones too.
std::vector<int32_t> numbers_of(const KernelJail& jail);

// A jail without a process, a name or an end of its own, for `jail -r` to undo what belongs to another that
// is not there any more. Throws pty::StepError.
int32_t make_placeholder();

// jail_remove(2), which may find that it is gone. False with errno set.
bool remove_jail(int32_t jid);

// Until there is none left: a process that forked while it was killed is found again (FreeBSD-SA-21:04).
// Throws StartFailure where one does not end, pty::StepError.
void end_processes(const std::vector<int32_t>& jids);

// /var/run/jail_NAME.id, as rc.d/jail has it. False with errno set.
bool write_id_file(const KernelJail& jail);
void remove_id_file(const std::string& name);

} // namespace jailcore
