//! Tables that were brought in, kept as files beside the log until no replay of it can ask for them.
//!
//! A file holds the entries of the learner's checkpoint, under this node's numbers of items: the catalogue may grow
//! afterwards, and replay must find what was there live. Its name is the digest of what is in it. The learner's thread takes
//! what was just brought in from memory; a replay reads the file.
//!
//! **Invariant:** a file is synced, under its name, before the command that names it is logged.
//!
//! **Invariant:** a file is there for as long as the log holds the record that names it, which is until two cuts hold the
//! version made of it, and longer: every replay finds what was there live.
//!
//! Not here: safetensors.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::hash::Hasher;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use engine::Sequence;
use engine::model::versions::ModelFiles;
use engine::model::{Learner, ModelConfig};
use siphasher::sip::SipHasher13;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::import::most_bytes;

const MAGIC: &[u8; 8] = b"frshtmd1";
const EXTENSION: &str = "model";
/// The longest key or value: a block of last positives has 4 KiB, a header some tens.
const MOST_ENTRY: u32 = 16 << 20;

/// The files, and what was just brought in.
#[derive(Debug)]
pub struct KeptModels {
    dir: PathBuf,
    seed: u64,
    config: ModelConfig,
    state: Mutex<State>,
    turn: Semaphore,
}

#[derive(Debug, Default)]
struct State {
    /// Made, and not taken by the learner yet.
    ready: BTreeMap<u64, Learner>,
    /// The record that names each file; none before it is logged.
    named_at: BTreeMap<u64, Option<Sequence>>,
    /// What named a file that is being taken in once more, before.
    before: BTreeMap<u64, Option<Sequence>>,
}

impl KeptModels {
    /// The files in `dir`, which is made where it is not there. Those that are there already may be named by any record up
    /// to `last`.
    ///
    /// # Errors
    /// Where the folder cannot be made or read.
    pub fn open(
        dir: PathBuf,
        (seed, config): (u64, ModelConfig),
        last: Sequence,
    ) -> io::Result<Self> {
        fs::create_dir_all(&dir)?;
        let mut named_at = BTreeMap::new();
        for entry in fs::read_dir(&dir)? {
            let path = entry?.path();
            match digest_of(&path) {
                Some(digest) => drop(named_at.insert(digest, Some(last))),
                // Left behind by a stop while it was written.
                None => drop(fs::remove_file(&path)),
            }
        }
        let state = Mutex::new(State { named_at, ..State::default() });
        Ok(Self { dir, seed, config, state, turn: Semaphore::new(1) })
    }

    /// Files in `dir` for a replay that changes nothing there.
    #[must_use]
    pub fn read_only(dir: PathBuf, (seed, config): (u64, ModelConfig)) -> Self {
        let state = Mutex::new(State::default());
        Self { dir, seed, config, state, turn: Semaphore::new(1) }
    }

    /// Their folder within a data directory.
    #[must_use]
    pub fn within(data_dir: &Path) -> PathBuf {
        data_dir.join("models")
    }

    /// Where files may be put that are being taken in.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Waits for its turn: one model is brought in at a time, since each takes disk and memory.
    pub async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        self.turn.acquire().await.ok()
    }

    /// Bytes of the largest file that is taken in: one with as many rows as the model holds items.
    #[must_use]
    pub fn most_bytes(&self) -> u64 {
        most_bytes(&self.config)
    }

    /// What a model must fit.
    #[must_use]
    pub fn expected(&self) -> (u64, ModelConfig) {
        (self.seed, self.config.clone())
    }

    /// Keeps `learner` and says by which digest.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn keep(&self, mut learner: Learner) -> io::Result<u64> {
        learner.recut();
        let part = learner.cut();
        let mut entries: Vec<_> = part
            .entries
            .iter()
            .filter_map(|entry| Some((&entry.key, entry.value.as_ref()?)))
            .collect();
        entries.sort_unstable();
        let mut file = tempfile::NamedTempFile::new_in(&self.dir)?;
        let mut hashed = Hashed { into: BufWriter::new(&mut file), hasher: SipHasher13::new() };
        hashed.write_all(MAGIC)?;
        for (key, value) in entries {
            for bytes in [key, value] {
                hashed.write_all(&(bytes.len() as u32).to_le_bytes())?;
                hashed.write_all(bytes)?;
            }
        }
        hashed.into.flush()?;
        let digest = hashed.hasher.finish();
        drop(hashed);
        file.as_file().sync_all()?;
        // From here on nothing removes the file, even where a record before named the same.
        let before = self.state().named_at.insert(digest, None).flatten();
        file.persist(self.path(digest)).map_err(|fault| fault.error)?;
        File::open(&self.dir)?.sync_all()?;
        let mut state = self.state();
        state.before.insert(digest, before);
        state.ready.insert(digest, learner);
        Ok(digest)
    }

    /// The record that names `digest` is at `sequence`; `None` where there is none.
    pub fn named(&self, digest: u64, sequence: Option<Sequence>) {
        let mut state = self.state();
        let before = state.before.remove(&digest).flatten();
        if let Some(named) = sequence.or(before) {
            state.named_at.insert(digest, Some(named));
        } else {
            state.named_at.remove(&digest);
            drop(fs::remove_file(self.path(digest)));
        }
        if sequence.is_none() {
            state.ready.remove(&digest);
        }
    }

    /// The learner has come to the record that names `digest`, and taken what it wanted.
    pub fn settled(&self, digest: u64) {
        self.state().ready.remove(&digest);
    }

    /// Removes the files whose records have left the log: all up to `trimmed`.
    pub fn forget(&self, trimmed: Sequence) {
        let mut state = self.state();
        let gone: Vec<u64> = state
            .named_at
            .iter()
            .filter(|(_, named)| named.is_some_and(|named| named <= trimmed))
            .map(|(digest, _)| *digest)
            .collect();
        for digest in gone {
            state.named_at.remove(&digest);
            if let Err(fault) = fs::remove_file(self.path(digest)) {
                tracing::warn!(%fault, "a model's file could not be removed");
            }
        }
    }

    fn read(&self, digest: u64) -> io::Result<Learner> {
        let mut file = BufReader::new(File::open(self.path(digest))?);
        let mut hasher = SipHasher13::new();
        let mut magic = [0; MAGIC.len()];
        file.read_exact(&mut magic)?;
        hasher.write(&magic);
        let mut entries = Vec::new();
        while let Some(key) = read_bytes(&mut file, &mut hasher)? {
            let value = read_bytes(&mut file, &mut hasher)?.ok_or(io::ErrorKind::UnexpectedEof)?;
            entries.push((key, value));
        }
        if &magic != MAGIC || hasher.finish() != digest {
            return Err(io::Error::other("it is damaged: its digest is another"));
        }
        Learner::restore(self.seed, self.config.clone(), entries).map_err(io::Error::other)
    }

    fn path(&self, digest: u64) -> PathBuf {
        self.dir.join(format!("{digest:016x}.{EXTENSION}"))
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ModelFiles for KeptModels {
    fn load(&self, digest: u64) -> Result<Learner, String> {
        if let Some(ready) = self.state().ready.remove(&digest) {
            return Ok(ready);
        }
        let told = |fault: io::Error| format!("{}: {fault}", self.path(digest).display());
        let read = self.read(digest).map_err(told);
        read.map_err(|fault| {
            tracing::error!(%fault, "a model that the log names cannot be read; its command is refused");
            metrics::counter!("freshet_model_files_unreadable_total").increment(1);
            // What is kept of it follows from the log alone, not from this machine's paths.
            "its file is missing or damaged".to_owned()
        })
    }
}

/// Writes on and hashes what passes.
struct Hashed<W> {
    into: W,
    hasher: SipHasher13,
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.into.write(bytes)?;
        self.hasher.write(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.into.flush()
    }
}

/// Bytes behind their length; `None` at the end of the file.
fn read_bytes(file: &mut impl Read, hasher: &mut SipHasher13) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0; 4];
    if file.read(&mut length[..1])? == 0 {
        return Ok(None);
    }
    file.read_exact(&mut length[1..])?;
    hasher.write(&length);
    let length = u32::from_le_bytes(length);
    if MOST_ENTRY < length {
        return Err(io::Error::other("it is damaged: an entry is too long"));
    }
    let mut bytes = vec![0; length as usize];
    file.read_exact(&mut bytes)?;
    hasher.write(&bytes);
    Ok(Some(bytes))
}

fn digest_of(path: &Path) -> Option<u64> {
    let name = path.file_name()?.to_str()?.strip_suffix(&format!(".{EXTENSION}"))?;
    (name.len() == 16).then(|| u64::from_str_radix(name, 16).ok())?
}
