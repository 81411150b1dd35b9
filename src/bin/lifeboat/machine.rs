//! The machine as its own tables show it: network interfaces, swap, limits, hibernation. Nothing is sent, nothing but
//! these tables is opened, and all of it is read before the process is confined.

use std::{collections::BTreeSet, fs, path::Path};

/// Interfaces of this network namespace, a line each, two lines of heads.
const INTERFACES: &str = "/proc/self/net/dev";
/// What the kernel says of each; may be of another namespace, where it was mounted.
const FLAGS: &str = "/sys/class/net";
/// Tables whose first or last column names interfaces that are up.
const ROUTES: [&str; 2] = ["/proc/self/net/route", "/proc/self/net/if_inet6"];

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
        let line = |path: &str| fs::read_to_string(path).ok().map(|text| text.trim().to_owned());
        Self {
            interfaces: interfaces(),
            swaps: line("/proc/swaps").map(|table| first_columns(&table, 1)),
            hibernates: line("/sys/power/disk").map(|modes| !modes.contains("[disabled]") && can_resume()),
            core_pattern: line("/proc/sys/kernel/core_pattern"),
            hardware_generator: line("/sys/class/misc/hw_random/rng_current").filter(|name| name != "none"),
        }
    }

    /// Names of interfaces that are up.
    pub(crate) fn interfaces_up(&self) -> Vec<&str> {
        let all = self.interfaces.iter().flatten();
        all.filter(|interface| interface.is_up).map(|interface| interface.name.as_str()).collect()
    }
}

fn interfaces() -> Option<Vec<Interface>> {
    let table = fs::read_to_string(INTERFACES).ok()?;
    let routed: BTreeSet<String> = ROUTES.iter().flat_map(|table| words_of(table)).collect();
    let names = first_columns(&table, 2).into_iter().map(|name| name.trim_end_matches(':').to_owned());
    let all = names.map(|name| (flags(&name), name));
    let others = all.filter(|(flags, name)| flags.map_or(name != "lo", |flags| flags & LOOPBACK == 0));
    let seen = others.map(|(flags, name)| Interface {
        is_up: flags.is_some_and(|flags| flags & UP != 0) || routed.contains(&name),
        name,
    });
    Some(seen.collect())
}

fn flags(name: &str) -> Option<u32> {
    let text = fs::read_to_string(Path::new(FLAGS).join(name).join("flags")).ok()?;
    u32::from_str_radix(text.trim().trim_start_matches("0x"), 16).ok()
}

/// A partition to hibernate to is set.
fn can_resume() -> bool {
    fs::read_to_string("/sys/power/resume").is_ok_and(|device| device.trim() != "0:0")
}

fn words_of(table: &str) -> Vec<String> {
    let text = fs::read_to_string(table).unwrap_or_default();
    text.split_whitespace().map(str::to_owned).collect()
}

fn first_columns(table: &str, heads: usize) -> Vec<String> {
    let lines = table.lines().skip(heads);
    // `eth0:123` stands for `eth0: 123` in the table of interfaces.
    lines.filter_map(|line| line.split([' ', '\t', ':']).find(|word| !word.is_empty()).map(str::to_owned)).collect()
}
