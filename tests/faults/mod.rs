//! What is left when a run ends at a bad moment: killed at any system call, or with a disk that takes no more.

mod kills;
mod poor_disks;
mod subjects;
mod write_faults;
