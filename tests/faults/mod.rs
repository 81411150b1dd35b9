//! What is left when a run ends at a bad moment: killed at any system call, or with a disk that takes no more.
//!
//! - `kills`: SIGKILL before and after every system call on the folder of a result, and at random moments
//! - `write_faults`: every such call fails once, or from then on
//! - `poor_disks`: file systems that lack what results are named with, full and read-only disks
//! - `subjects`: the commands that write files, and what they may leave

mod kills;
mod poor_disks;
mod subjects;
mod write_faults;
