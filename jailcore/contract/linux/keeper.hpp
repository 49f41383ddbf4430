// jkeeper, what of a jail runs on the host's side, for as long as the jail needs it, with or without a
// router. A jail is given the ends of sockets and pipes that lead here, and never a file of the host's: its
// root can reach what its processes hold, and change the modes, owners and lengths of files.
//
//   jkeeper members    tells jinit whether anybody but jinit is left in the jail; ends with jinit
//   jkeeper log        copies what a command in the jail prints to the console log; ends with the last
//                      process that could print more
//   jkeeper mounts     keeps the mount namespace that it is started in: what the hooks of the jail's start
//                      have mounted, for those of its end; ends with jinit
//
// It finds the descriptors below.
#pragma once

namespace jailcore {

enum KeeperMembersFd : int {
    keeper_jinit = 3,  // socket to jinit (jailcore/contract/linux/jinit.hpp, jinit_members)
    keeper_events = 4, // cgroup.events of the cgroup that all others are in (cgroups(7))
};

enum KeeperLogFd : int {
    keeper_pipe = 0,        // what is printed
    keeper_log = 1,         // open for appending
    keeper_host_mounts = 3, // mount namespace to be in: the starter's would keep what is mounted for the jail
    keeper_asker = 4, // socket of the starter: each byte is answered when all printed before is in the log
};

enum KeeperMountsFd : int {
    keeper_jail = 3, // pidfd of jinit
};

// All of jkeeper. Returns its exit status.
int keeper_main(int argc, char** argv);

} // namespace jailcore
