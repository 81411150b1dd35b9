//! The machine and the program itself.

use crate::errors::code::codes;

codes! {
    pub(crate) enum Machine: "This machine and this program";

    AirGap {
        code: "air_gap",
        exit: [NotVerified],
        cause: "`--require-air-gap` was given, and a network interface other than loopback is \
            switched on. Whether a cable is in it does not matter. Nothing was read yet.",
        remedy: "Pull the cable, switch radio off, and take the interfaces down: `sudo ip link set NAME \
            down`. `lifeboat doctor` lists them.",
    }

    AirGapUnknown {
        code: "air_gap_unknown",
        exit: [NotVerified],
        cause: "`--require-air-gap` was given, and this system has no table of network interfaces \
            that lifeboat can read: `/proc` is not mounted, or it is not Linux.",
        remedy: "Look yourself that no network is there, and go on without `--require-air-gap`.",
        hint: "look yourself, and go on without `--require-air-gap`",
    }

    NotConfined {
        code: "not_confined",
        exit: [CouldNotRun],
        cause: "`--require-confinement` was given, and this system cannot refuse the process \
            sockets or files: a kernel older than Linux 5.13, one with Landlock switched off, a \
            container that forbids it, or another system.",
        remedy: "Use a live system with a newer kernel. On a machine you trust, and which is \
            offline, the command does the same without `--require-confinement`.",
        hint: "use Linux 5.13 or newer with Landlock and seccomp, outside of containers that \
            forbid them; or, on a machine you trust, go on without `--require-confinement`",
    }

    WrongAnswers {
        code: "wrong_answers",
        exit: [NotVerified],
        cause: "The program gives other answers than the known ones to public test data: a broken \
            build, a processor or memory that miscalculates. Whatever it makes here is not to be \
            believed.",
        remedy: "Do not use it. Build it again from source, on another machine; compare with \
            `lifeboat doctor` there.",
        hint: "use it for nothing: build it again from source, on another machine if this one's \
            memory may be faulty",
    }

    WrongComputation {
        code: "wrong_computation",
        exit: [NotVerified],
        cause: "The first and the last record of every block are derived in two ways, and here the \
            two did not agree: the processor or the memory of this machine computes wrongly. Other \
            records may be wrong too.",
        remedy: "Do not use what was written. Run the same command on another machine, without \
            `--resume`. `lifeboat doctor` may or may not find the fault: it tries less.",
        hint: "do not use this machine or what it wrote: run the same command on another machine",
    }

    InternalError {
        code: "internal_error",
        exit: [CouldNotRun],
        cause: "lifeboat met something that its authors held to be impossible, and stopped. What \
            it held was wiped; no result file was created.",
        remedy: "Try it with `--threads 1`, or with another version. Report the place in the \
            message and the command, without any secret.",
        hint: "no result file was created; run it again with `--threads 1`, or with \
            another version",
        hint: "report the place and the command, without any secret",
    }
}
