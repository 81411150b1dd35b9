//! The machine as its own tables show it: network interfaces, swap, limits, hibernation. Nothing is sent, nothing but
//! these tables is opened, and all of it is read before the process is confined.

use std::{collections::BTreeSet, fs, path::Path};

use lifeboat::formats::printable;

/// Interfaces of this network namespace, a line each, two lines of heads.
const INTERFACES: &str = "/proc/self/net/dev";
/// What the kernel says of each; may be of another namespace, where it was mounted.
const FLAGS: &str = "/sys/class/net";
const UP: u32 = 0x1;
const LOOPBACK: u32 = 0x8;

/// What was read.
pub(crate) struct Machine {
    /// Network interfaces other than loopback; `None` where the system has no such table.
    pub(crate) interfaces: Option<Vec<Interface>>,
    /// Files and partitions that memory may be swapped to; `None` where the system has no such table.
    pub(crate) swaps: Option<Vec<String>>,
    /// Whether the system can write its memory to disk and switch off; `None` where nothing tells.
    pub(crate) hibernates: Option<bool>,
    /// Where the system sends core dumps.
    pub(crate) core_pattern: Option<String>,
    /// The generator of the hardware, where there is one.
    pub(crate) hardware_generator: Option<String>,
}

/// A network interface.
pub(crate) struct Interface {
    /// Its name, such as `eth0`.
    pub(crate) name: String,
    /// Whether it is switched on, cable or not.
    pub(crate) is_up: bool,
}

impl Machine {
    /// Reads the tables.
    pub(crate) fn read() -> Self {
        let line = |path: &str| {
            fs::read_to_string(path)
                .ok()
                .map(|text| text.trim().to_owned())
        };
        let swaps = line("/proc/swaps").map(|table| first_columns(&table, 1));
        let has_swap = swaps.as_ref().is_none_or(|swaps| !swaps.is_empty());
        Self {
            interfaces: interfaces(),
            hibernates: line("/sys/power/disk")
                .map(|modes| !modes.contains("[disabled]") && has_swap),
            swaps,
            core_pattern: line("/proc/sys/kernel/core_pattern"),
            hardware_generator: line("/sys/class/misc/hw_random/rng_current")
                .filter(|name| name != "none"),
        }
    }

    /// Names of interfaces that are up.
    pub(crate) fn interfaces_up(&self) -> Vec<String> {
        let all = self.interfaces.iter().flatten();
        all.filter(|interface| interface.is_up)
            .map(|interface| printable(&interface.name))
            .collect()
    }
}

/// Where the kernel does not say of every interface whether it is up, each counts as up.
fn interfaces() -> Option<Vec<Interface>> {
    let table = fs::read(INTERFACES).ok()?;
    let names = first_columns(&String::from_utf8_lossy(&table), 2);
    let described: Option<BTreeSet<String>> = fs::read_dir(FLAGS).ok().map(|entries| {
        let names = entries
            .flatten()
            .filter(|entry| entry.path().join("flags").exists());
        names
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect()
    });
    let same = described == Some(names.iter().cloned().collect());
    let all = names
        .into_iter()
        .map(|name| (flags(&name).filter(|_| same), name));
    let others =
        all.filter(|(flags, name)| flags.map_or(name != "lo", |flags| flags & LOOPBACK == 0));
    let seen = others.map(|(flags, name)| Interface {
        is_up: flags.is_none_or(|flags| flags & UP != 0),
        name,
    });
    Some(seen.collect())
}

fn flags(name: &str) -> Option<u32> {
    let text = fs::read_to_string(Path::new(FLAGS).join(name).join("flags")).ok()?;
    u32::from_str_radix(text.trim().trim_start_matches("0x"), 16).ok()
}

fn first_columns(table: &str, heads: usize) -> Vec<String> {
    let lines = table.lines().skip(heads);
    // `eth0:123` stands for `eth0: 123` in the table of interfaces.
    lines
        .filter_map(|line| {
            line.split([' ', '\t', ':'])
                .find(|word| !word.is_empty())
                .map(str::to_owned)
        })
        .collect()
}
