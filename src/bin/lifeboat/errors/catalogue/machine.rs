//! The machine and the program itself.

use super::{Area, Code, not_verified, refused};

pub(super) const MACHINE: Area = Area {
    title: "This machine and this program",
    codes: CODES,
};

const CODES: &[Code] = &[
    not_verified(
        "air_gap",
        "`--require-air-gap` was given, and a network interface other than loopback is switched on. Whether a cable is in \
         it does not matter. Nothing was read yet.",
        "Pull the cable, switch radio off, and take the interfaces down: `ip link set NAME down`. \
         `lifeboat doctor` lists them.",
    ),
    not_verified(
        "air_gap_unknown",
        "`--require-air-gap` was given, and this system has no table of network interfaces that lifeboat can read: `/proc` \
         is not mounted, or it is not Linux.",
        "Look yourself that no network is there, and go on without `--require-air-gap`.",
    ),
    refused(
        "not_confined",
        "`--require-confinement` was given, and this system cannot refuse the process sockets or files: a kernel older than \
         Linux 5.13, one with Landlock switched off, a container that forbids it, or another system.",
        "Use a live system with a newer kernel. On a machine you trust, and which is offline, the command does the same \
         without `--require-confinement`.",
    ),
    not_verified(
        "wrong_answers",
        "The program gives other answers than the known ones to public test data: a broken build, a processor or memory \
         that miscalculates. Whatever it makes here is not to be believed.",
        "Do not use it. Build it again from source, on another machine; compare with `lifeboat doctor` there.",
    ),
    not_verified(
        "wrong_computation",
        "The first and the last record of every block are derived in two ways, and here the two did not agree: the processor \
         or the memory of this machine computes wrongly. Other records may be wrong too.",
        "Do not use what was written. Run the same command on another machine, without `--resume`. `lifeboat doctor` may or \
         may not find the fault: it tries less.",
    ),
    refused(
        "internal_error",
        "lifeboat met something that its authors held to be impossible, and stopped. What it held was wiped; nothing stands \
         under the name of a result.",
        "Try it with `--threads 1`, or with another version. Report the place in the message and the command, without any \
         secret.",
    ),
];
