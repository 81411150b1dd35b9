//! For tests alone (debug builds, or the feature `memory-dump`): when a command is done, writes what is in the
//! process's memory to the file that `LIFEBOAT_MEMORY_DUMP` names, so that a test can look for secrets in it.

use std::{
    fs::File,
    io::{BufRead, BufReader, Write},
    ops::Range,
    os::unix::fs::FileExt,
};

const SWITCH: &str = "LIFEBOAT_MEMORY_DUMP";
const STEP: usize = 64 << 10;
/// Always there: shows that a dump holds what is in memory.
const CONTROL: &[u8] = b"what every dump of memory must hold";

/// A dump that was asked for; its files are open before the process is confined.
pub(crate) struct MemoryDump {
    memory: File,
    maps: File,
    out: File,
    control: Box<[u8]>,
}

impl MemoryDump {
    /// Prepares the dump that the environment asks for.
    pub(crate) fn prepare() -> Option<Self> {
        let out = File::create_new(std::env::var_os(SWITCH)?).ok()?;
        let (memory, maps) = (
            File::open("/proc/self/mem").ok()?,
            File::open("/proc/self/maps").ok()?,
        );
        Some(Self {
            memory,
            maps,
            out,
            control: CONTROL.into(),
        })
    }

    /// Writes everything that the process may write to, but the room it is read into.
    pub(crate) fn run(mut self) {
        let mut room = vec![0; STEP].into_boxed_slice();
        let own = room.as_ptr_range();
        let own = own.start.addr() as u64..own.end.addr() as u64;
        for line in BufReader::new(&self.maps).lines().map_while(Result::ok) {
            for part in writable(&line)
                .into_iter()
                .flat_map(|region| without(region, &own))
            {
                let _ = copy(&self.memory, part, &mut room, &mut self.out);
            }
        }
        std::hint::black_box(&self.control);
    }
}

/// The addresses of a line of `/proc/self/maps`, where they may be written to.
fn writable(line: &str) -> Option<Range<u64>> {
    let (range, rest) = line.split_once(' ')?;
    let (start, end) = range.split_once('-')?;
    let address = |text| u64::from_str_radix(text, 16).ok();
    rest.starts_with("rw")
        .then_some(address(start)?..address(end)?)
}

fn without(region: Range<u64>, own: &Range<u64>) -> [Range<u64>; 2] {
    let (first, second) = (
        own.start.clamp(region.start, region.end),
        own.end.clamp(region.start, region.end),
    );
    [region.start..first, second..region.end]
}

fn copy(memory: &File, part: Range<u64>, room: &mut [u8], out: &mut File) -> std::io::Result<()> {
    let mut at = part.start;
    while at < part.end {
        let wanted = usize::try_from((part.end - at).min(STEP as u64)).unwrap_or(0);
        let read = memory.read_at(room.get_mut(..wanted).unwrap_or_default(), at)?;
        out.write_all(room.get(..read).unwrap_or_default())?;
        at += read.max(1) as u64;
    }
    Ok(())
}
