// What is wrong with a jail's /dev/ptmx and /dev/pts, from what was found there. Pure: linux/ptmx_facts.hpp
// finds, linux/ptmx_repair.cpp mends. Linux, Documentation/filesystems/devpts.rst: every mount of devpts is
// an instance of its own; /dev/ptmx opens the one mounted on `pts` beside it.
#pragma once

#include "jailcore/enter/check_report.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace jailcore {

inline constexpr const char* deleted_root_cause = "the jail's root directory was deleted";
inline constexpr const char* deleted_root_mend =
    "stop the jail, make the directory of its path anew, and start it";

enum class NodeKind { absent, link, file, directory, characters, fifo, other };

struct PtmxFacts {
    bool root_deleted = false;   // the jail's root directory is in no folder any more
    bool root_read_only = false; // the mount, or the filesystem itself
    bool host_mounts = false;    // the jail has no mounts of its own: a mend would be one of the host's /dev

    NodeKind dev = NodeKind::absent; // /dev
    bool dev_mounted = false;        // a filesystem of its own
    std::string dev_type;            // of its filesystem
    bool dev_host = false;           // it is the host's own directory
    bool dev_read_only = false;
    unsigned dev_mode = 0; // its permission bits

    NodeKind pts = NodeKind::absent; // /dev/pts
    bool pts_mounted = false;
    bool pts_nodev = false;
    bool pts_read_only = false;
    std::string pts_type;
    bool pts_host = false;  // the instance is one of the host's own
    bool host_root = false; // the jail's whole tree is the host's, so that this is as it should be

    int multiplexer_error = 0;     // errno of looking at pts/ptmx; EXDEV: something is mounted over it
    unsigned multiplexer_mode = 0; // its permission bits
    int allocation_error = 0;      // errno of making a terminal there

    NodeKind ptmx = NodeKind::absent; // /dev/ptmx
    bool ptmx_mounted = false;        // something is bound to it
    bool ptmx_nodev = false;
    std::string ptmx_type;      // of its filesystem
    bool ptmx_instance = false; // it is the pts/ptmx of the instance on /dev/pts
    unsigned ptmx_mode = 0;     // permission bits
    unsigned ptmx_major = 0;    // of a device
    unsigned ptmx_minor = 0;
    std::string link;          // its target
    bool link_dangles = false; // that does not exist
};

enum class PtmxMend {
    none,
    make_dev,
    open_dev,
    mount_devpts,
    uncover_multiplexer,
    open_multiplexer,
    open_node,
    link
};
struct PtmxFinding {
    CheckWeight weight = CheckWeight::fault;
    std::string fault; // its name
    std::string cause;
    std::string mend; // what is to be done
    PtmxMend by = PtmxMend::none;
};

// In the order in which they are to be mended; mending one can bring another to light. Empty: all is well.
std::vector<PtmxFinding> judge_ptmx(const PtmxFacts& facts);

// Whether it is the host's /dev, or its file system, that the jail sees: what is changed there the host sees.
bool is_host_dev(const PtmxFacts& facts);
// Whether something can be mounted over /dev/ptmx, where the folder cannot be changed.
bool is_coverable(const PtmxFacts& facts);
// Whether there is a mend of ours for it that is not known to fail.
bool is_mendable(const PtmxFacts& facts, const PtmxFinding& finding);

// The first of that weight; nullptr where there is none.
const PtmxFinding* first_of(const std::vector<PtmxFinding>& findings, CheckWeight weight);

} // namespace jailcore
