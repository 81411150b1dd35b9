//! The file of the running program, so that evidence can name it: opened before the sandbox shuts, hashed when it is wanted.

use std::{fs::File, io::Read};

use sha2::{Digest, Sha256};

/// The file, where the system lets it be read.
pub(crate) fn open() -> Option<File> {
    // On Linux it is this very file, whatever is under its name by now.
    let path = match cfg!(target_os = "linux") {
        true => "/proc/self/exe".into(),
        false => std::env::current_exe().ok()?,
    };
    File::open(path).ok()
}

/// Its SHA-256, in hexadecimal.
pub(crate) fn sha256(mut program: &File) -> Option<String> {
    let mut digest = Sha256::new();
    let mut block = vec![0; 64 << 10];
    loop {
        let length = program.read(&mut block).ok()?;
        let part = block.get(..length)?;
        if part.is_empty() {
            return Some(hex::encode(digest.finalize()));
        }
        digest.update(part);
    }
}
