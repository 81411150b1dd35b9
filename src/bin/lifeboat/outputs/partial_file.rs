//! A long result on its way to its name: `NAME.partial` until it is whole.
//!
//! To resume means to derive from the start and comparing with what is there already: cheap beside the
//! disk, and nothing is trusted that was not checked. A torn last line is cut off.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{ErrorKind, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use lifeboat::operations::resume::{MORE_WALLETS, difference};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::{
    args::paths::folder_of,
    bounded::read_start,
    errors::{
        catalogue::{Doing, Files, Lists, SIZE_LIMIT},
        failure::Failure,
    },
    outputs::{
        new_file::make_private,
        placement::{Folder, rename_new},
        result_name::ResultFile,
    },
};

const STEP: usize = 1 << 20;

/// A result that is being written or resumed.
pub(crate) struct PartialFile {
    file: File,
    path: PathBuf,
    partial: PathBuf,
    /// Bytes that are there already and have not been compared yet.
    kept: u64,
    /// Whether there are any, for those who tell of it.
    rechecks: Arc<AtomicBool>,
    digest: Sha256,
    written: u64,
    keep: bool,
    /// Whether it was there before this run.
    resumed: bool,
    /// What differed, when a comparison failed.
    difference: Option<&'static str>,
}

impl PartialFile {
    /// Refuses what could not be begun or resumed, and makes nothing: a question that nobody answers leaves nothing behind.
    pub(crate) fn check(path: &Path, resume: bool) -> Result<(), Failure> {
        if path.symlink_metadata().is_ok() {
            return Err(Failure::io(
                Doing::Create,
                path,
                &ErrorKind::AlreadyExists.into(),
            ));
        }
        let partial = partial_name(path);
        let existing = partial.symlink_metadata().ok();
        if existing.as_ref().is_some_and(|info| !info.is_file()) {
            return Err(
                Failure::new(Lists::PartialForeign, "not a file that a run left behind")
                    .about(&partial),
            );
        }
        // An empty one holds nothing: a run that was ended before it wrote.
        if existing.as_ref().is_some_and(|info| info.len() > 0) && !resume {
            let message = format!("an unfinished result exists at `{}`", partial.display());
            return Err(Failure::new(Lists::PartialExists, message));
        }
        let fail = |error| Failure::io(Doing::Create, &partial, &error);
        // A folder that cannot be synced, because one may only write into it, is refused before the work, not after it.
        Folder::open(folder_of(path)).map_err(fail)?;
        if existing.is_none() {
            make_private(&tempfile::tempfile_in(folder_of(path)).map_err(fail)?).map_err(fail)?;
        }
        Ok(())
    }

    /// Begins a result, or takes up the partial one.
    pub(crate) fn open(path: &Path, resume: bool) -> Result<Self, Failure> {
        Self::check(path, resume)?;
        let partial = partial_name(path);
        let existing = partial.symlink_metadata().ok();
        let exists = existing.as_ref().is_some_and(|info| info.len() > 0);
        let fail = |error| Failure::io(Doing::Create, &partial, &error);
        let mut options = OpenOptions::new();
        options
            .read(true)
            .write(true)
            .create_new(existing.is_none());
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        #[cfg(target_os = "linux")]
        std::os::unix::fs::OpenOptionsExt::custom_flags(
            &mut options,
            rustix::fs::OFlags::NOFOLLOW.bits().cast_signed(),
        );
        let file = options.open(&partial).map_err(fail)?;
        if existing.is_some() && !is_own(&file) {
            return Err(Failure::new(Lists::PartialForeign, "belongs to another user, or has a second name")
                .about(&partial)
                .hint("whoever made it could read the result: move it away, or give the result another name"));
        }
        // From here on, what this run made goes away with it when it fails.
        let mut begun = Self {
            file,
            path: path.to_owned(),
            partial: partial.clone(),
            kept: 0,
            rechecks: Arc::default(),
            digest: Sha256::new(),
            written: 0,
            keep: exists,
            resumed: exists,
            difference: None,
        };
        if let Err(TryLockError::WouldBlock) = begun.file.try_lock() {
            begun.keep = true;
            return Err(
                Failure::new(Lists::PartialBusy, "another run is writing this result")
                    .about(&partial),
            );
        }
        make_private(&begun.file).map_err(fail)?;
        if exists {
            begun.kept = begun
                .cut_torn_line()
                .map_err(|error| Failure::io(Doing::Read, &begun.partial, &error))?;
        }
        begun.tell_rechecks();
        Ok(begun)
    }

    /// Set as long as what is there already is compared.
    pub(crate) fn rechecks(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.rechecks)
    }

    fn tell_rechecks(&self) {
        self.rechecks.store(self.kept > 0, Ordering::Relaxed);
    }

    /// Whole lines that are there already.
    pub(crate) fn kept(&self) -> u64 {
        self.kept
    }

    /// The first lines that are there already; `None` when there are not so many.
    pub(crate) fn first_lines<const N: usize>(&mut self) -> std::io::Result<Option<[Vec<u8>; N]>> {
        self.file.rewind()?;
        let head = read_start(&self.file, self.kept.min(4 * STEP as u64))?;
        self.file.rewind()?;
        let mut lines = head
            .split_inclusive(|byte| *byte == b'\n')
            .map(<[u8]>::to_vec);
        let first: [Option<Vec<u8>>; N] = std::array::from_fn(|_| lines.next());
        Ok(first
            .iter()
            .all(Option::is_some)
            .then(|| first.map(Option::unwrap_or_default)))
    }

    /// Forgets what is there: it holds nothing that can be resumed.
    pub(crate) fn restart(&mut self) -> std::io::Result<()> {
        self.kept = 0;
        self.tell_rechecks();
        self.file.rewind()?;
        self.file.set_len(0)
    }

    /// From here on the partial result is worth keeping when the run fails.
    pub(crate) fn keep(&mut self) {
        self.keep = true;
    }

    /// What this run wrote is worth nothing; what it took up stays.
    pub(crate) fn discard(&mut self) {
        self.keep = self.resumed;
    }

    /// Why a run stopped writing, in the words of a person.
    pub(crate) fn failure(&mut self, error: &std::io::Error) -> Failure {
        if let Some(difference) = self.difference.take() {
            let message = format!("`{}` was begun with {difference}", self.partial.display());
            return Failure::new(Lists::ResumeDiffers, message);
        }
        if self.written == 0 && !self.resumed {
            self.keep = false;
            return Failure::io(Doing::Write, &self.path, error);
        }
        let failure = Failure::io(Doing::Write, &self.partial, error);
        let partial = self.partial.display();
        if failure.is(Files::FileSizeLimit) {
            // Going on in the same place would end at the same byte.
            return failure.hint_instead(SIZE_LIMIT).hint(format!(
                "what is done is kept in `{partial}`: copied to another disk, `--resume` goes on there"
            ));
        }
        failure.hint_instead(format!(
            "what is done is kept in `{partial}`; `--resume` goes on from there"
        ))
    }

    /// Makes what is written last, for a run that stops early. Returns the partial file.
    pub(crate) fn pause(&mut self) -> PathBuf {
        self.keep = true;
        let _ = self.file.sync_all();
        self.partial.clone()
    }

    /// Puts the whole result in its place.
    pub(crate) fn finish(mut self) -> Result<ResultFile, Failure> {
        if self.kept > 0 {
            self.difference = Some(MORE_WALLETS);
            return Err(self.failure(&std::io::Error::other("")));
        }
        self.keep = true;
        let folder = self
            .file
            .sync_all()
            .and_then(|()| Folder::open(folder_of(&self.path)));
        let folder = folder.map_err(|error| self.failure(&error))?;
        rename_new(&self.partial, &self.path).map_err(|error| self.unnamed(&error))?;
        if let Err(error) = folder.sync() {
            // A name that may not last is taken back, if the disk still does that.
            return Err(match rename_new(&self.path, &self.partial) {
                Ok(()) => self.failure(&error),
                Err(_) => Failure::may_not_last(&self.path, &error),
            });
        }
        Ok(ResultFile::new(
            self.path.clone(),
            self.digest.clone().finalize(),
            self.written,
        ))
    }

    /// Why the whole result did not get its name.
    fn unnamed(&mut self, error: &std::io::Error) -> Failure {
        if !matches!(
            error.kind(),
            ErrorKind::AlreadyExists | ErrorKind::Unsupported
        ) {
            return self.failure(error);
        }
        let whole = format!(
            "the whole result is in `{}`: move it where it belongs",
            self.partial.display()
        );
        Failure::io(Doing::Write, &self.path, error).hint_instead(whole)
    }

    /// Cuts the file after its last line end; zeros that a power failure left count as torn. Returns its length.
    fn cut_torn_line(&mut self) -> std::io::Result<u64> {
        let mut end = self.file.metadata()?.len();
        let mut block = Zeroizing::new(vec![0; STEP]);
        while end > 0 {
            let start = end.saturating_sub(STEP as u64);
            let part = block
                .get_mut(..usize::try_from(end - start).unwrap_or(STEP))
                .unwrap_or_default();
            self.file.seek(SeekFrom::Start(start))?;
            self.file.read_exact(part)?;
            if let Some(last) = part.iter().rposition(|byte| *byte == b'\n') {
                end = start + last as u64 + 1;
                break;
            }
            end = start;
        }
        self.file.set_len(end)?;
        self.file.rewind()?;
        Ok(end)
    }

    /// Compares the next bytes with those that are there. Returns how many of them was there.
    fn compare(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let length = usize::try_from(self.kept.min(bytes.len() as u64)).unwrap_or(bytes.len());
        let mut kept = Zeroizing::new(vec![0; length]);
        self.file.read_exact(&mut kept)?;
        let same = kept.iter().zip(bytes).take_while(|(a, b)| a == b).count();
        if same == length {
            self.kept -= length as u64;
            return Ok(length);
        }
        if kept.get(same) == Some(&0) {
            // Zeros where a line should be: the disk never got it. Go on from here.
            let end = self.written + same as u64;
            self.file.set_len(end)?;
            self.file.seek(SeekFrom::Start(end))?;
            self.kept = 0;
            return Ok(same);
        }
        self.difference = Some(difference(self.written, &kept, bytes, same));
        Err(std::io::Error::other("the unfinished result differs"))
    }
}

impl Write for PartialFile {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let done = if self.kept > 0 {
            let compared = self.compare(bytes)?;
            self.tell_rechecks();
            compared
        } else {
            self.file.write(bytes)?
        };
        self.digest.update(bytes.get(..done).unwrap_or_default());
        self.written += done as u64;
        Ok(done)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

impl Drop for PartialFile {
    fn drop(&mut self) {
        if !self.keep {
            let _ = std::fs::remove_file(&self.partial);
        }
    }
}

/// Whether nobody else made the file, and it goes by no other name.
#[cfg(unix)]
fn is_own(file: &File) -> bool {
    use std::os::unix::fs::MetadataExt;

    file.metadata()
        .is_ok_and(|info| info.uid() == rustix::process::geteuid().as_raw() && info.nlink() == 1)
}

#[cfg(not(unix))]
fn is_own(_file: &File) -> bool {
    true
}

/// `NAME.partial` beside `NAME`.
pub(crate) fn partial_name(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".partial");
    name.into()
}
