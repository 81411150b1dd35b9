//! The running program: its version, and the SHA-256 of its file. Evidence names both; people compare them with what they
//! wrote down.

use std::{
    fs::File,
    io::{Read, Result, Seek},
};

use sha2::{Digest, Sha256};

use crate::outcomes::parts::Tool;

/// The version, with the commit when it is known.
pub(crate) const VERSION: &str = env!("LIFEBOAT_VERSION");

/// The file, where the system tells which one it is.
pub(crate) struct Program(Option<File>);

impl Program {
    /// To be called before the process is confined, which then opens only what the command line names.
    pub(crate) fn open() -> Self {
        Self(system::open().ok())
    }

    /// The SHA-256 of its bytes, in hexadecimal; `None` where the system does not tell.
    pub(crate) fn sha256(&self) -> Option<String> {
        let digest = self.0.as_ref().map(digest);
        digest.and_then(Result::ok).map(hex::encode)
    }

    /// This program, for evidence.
    pub(crate) fn tool(&self) -> Tool {
        Tool {
            name: "lifeboat",
            version: VERSION,
            sha256: self.sha256(),
        }
    }
}

fn digest(mut file: &File) -> Result<[u8; 32]> {
    file.rewind()?;
    let (mut digest, mut part) = (Sha256::new(), vec![0; 1 << 16]);
    loop {
        let length = file.read(&mut part)?;
        if length == 0 {
            return Ok(digest.finalize().into());
        }
        digest.update(part.get(..length).unwrap_or_default());
    }
}

#[cfg(target_os = "linux")]
mod system {
    use std::{fs::File, io::Result};

    /// The very file, even if another one has got its name since.
    pub(crate) fn open() -> Result<File> {
        File::open("/proc/self/exe")
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::{fs::File, io::Result};

    pub(crate) fn open() -> Result<File> {
        std::env::current_exe().and_then(File::open)
    }
}
