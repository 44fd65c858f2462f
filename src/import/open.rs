//! Opening what is to be imported: plain, gzipped, or standard input.
//!
//! Standard input is kept in a temporary file, because an import reads twice.

use std::fs::File;
use std::hash::Hasher as _;
use std::io::{self, BufRead, BufReader, Read, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use flate2::read::MultiGzDecoder;
use siphasher::sip128::{Hasher128 as _, SipHasher13};

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Why a file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The system says no.
    #[error("cannot read {path}: {source}", path = .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The format could not be told from the first line.
    #[error("cannot tell the format of {path}: say it with --format", path = .path.display())]
    UnknownFormat {
        /// The file.
        path: PathBuf,
    },
    /// The first line lacks columns that are needed.
    #[error("{0}")]
    Columns(#[from] super::MapError),
}

/// A file that can be read any number of times.
#[derive(Debug)]
pub struct ImportFile {
    name: PathBuf,
    file: File,
}

impl ImportFile {
    /// Opens a file, or standard input for `-`.
    ///
    /// # Errors
    /// [`OpenError::Io`] where it cannot be read.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let opened = if path == Path::new("-") { spool_stdin() } else { File::open(path) };
        let file = opened.map_err(|source| OpenError::Io { path: path.to_owned(), source })?;
        Ok(Self { name: path.to_owned(), file })
    }

    /// The file as it was named.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.name
    }

    /// The name that the node knows the source by: the file's own, without folders and `.gz`.
    #[must_use]
    pub fn source_name(&self) -> String {
        let name = self.name.file_name().map_or("-".into(), |name| name.to_string_lossy());
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        if name == "-" { "stdin".to_owned() } else { name.to_owned() }
    }

    /// The unpacked bytes from the start.
    ///
    /// # Errors
    /// [`OpenError::Io`] where it cannot be read.
    pub fn reader(&self) -> Result<Box<dyn BufRead>, OpenError> {
        self.unpacked().map_err(|source| OpenError::Io { path: self.name.clone(), source })
    }

    /// The same, with a digest of all bytes that were read.
    ///
    /// # Errors
    /// [`OpenError::Io`] where it cannot be read.
    pub fn reader_with_digest(&self) -> Result<(Box<dyn BufRead>, Digest), OpenError> {
        let digest = Digest::default();
        let hashing = Hashing { inner: self.reader()?, digest: digest.clone() };
        Ok((Box::new(BufReader::new(hashing)), digest))
    }

    fn unpacked(&self) -> io::Result<Box<dyn BufRead>> {
        let mut file = self.file.try_clone()?;
        file.seek(SeekFrom::Start(0))?;
        let mut reader = BufReader::new(file);
        if reader.fill_buf()?.starts_with(&GZIP_MAGIC) {
            return Ok(Box::new(BufReader::new(MultiGzDecoder::new(reader))));
        }
        Ok(Box::new(reader))
    }
}

fn spool_stdin() -> io::Result<File> {
    let mut spool = tempfile::tempfile()?;
    io::copy(&mut io::stdin().lock(), &mut spool)?;
    Ok(spool)
}

/// Hash of the bytes that went through a reader.
#[derive(Clone, Debug, Default)]
pub struct Digest(Arc<Mutex<SipHasher13>>);

impl Digest {
    /// Adds bytes.
    pub fn add(&self, bytes: &[u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes);
    }

    /// The hash so far, as 32 hexadecimal digits.
    #[must_use]
    pub fn hex(&self) -> String {
        let hash = self.0.lock().unwrap_or_else(PoisonError::into_inner).finish128();
        format!("{:016x}{:016x}", hash.h1, hash.h2)
    }
}

struct Hashing<R> {
    inner: R,
    digest: Digest,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let taken = self.inner.read(buffer)?;
        self.digest.add(&buffer[..taken]);
        Ok(taken)
    }
}
