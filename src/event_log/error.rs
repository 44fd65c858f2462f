//! Why a log could not be opened or appended to.
//!
//! Not here: why it could not be read; that is [`engine::log::LogError`], declared with the port.

use std::path::PathBuf;

use engine::codec::CodecError;

/// Why the log in a directory was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process holds the directory.
    #[error("{} is in use by another process; a data directory serves one node at a time", .dir.display())]
    InUse {
        /// The directory.
        dir: PathBuf,
    },
    /// A file holds bytes that were not written like that.
    #[error(
        "{} is damaged at byte {offset} ({reason}) and more was written behind it; \
         restore the data directory from a backup", .file.display()
    )]
    Damaged {
        /// The file.
        file: PathBuf,
        /// Where the damage begins.
        offset: u64,
        /// What is wrong there.
        reason: &'static str,
    },
    /// The directory was made for another number of shards.
    #[error("{} was made with {stored} shards, the configuration asks for {asked}; the number is fixed", .dir.display())]
    Shards {
        /// The directory.
        dir: PathBuf,
        /// What it was made with.
        stored: u16,
        /// What the configuration says.
        asked: u16,
    },
    /// The directory is of a format that this program does not read, or not a log at all.
    #[error("{}: {source}", .dir.display())]
    Format {
        /// The directory.
        dir: PathBuf,
        /// What is wrong with its first entry.
        source: CodecError,
    },
    /// The directory holds records but has lost the entry that says whose they are.
    #[error("{} holds records but no node identity", .dir.display())]
    NoIdentity {
        /// The directory.
        dir: PathBuf,
    },
    /// A file could not be read or written.
    #[error("{}: {source}", .path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The storage engine said no.
    #[error("{}: {message}", .dir.display())]
    Storage {
        /// The directory.
        dir: PathBuf,
        /// What it said; names the file where one is to blame.
        message: String,
    },
    /// The system gave no random bytes for the node's key.
    #[error("no random bytes for a new node's key: {0}")]
    Entropy(String),
}

/// Why drafts were not appended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// The disk or the storage engine refused a write; the log takes nothing until it is opened again.
    #[error("the log could not be written: {0}")]
    Disk(String),
    /// One record is larger than the log takes; nothing of its submission was written.
    #[error("a record of {bytes} bytes is larger than the log takes")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// The writer has been stopped.
    #[error("the log writer has been stopped")]
    Stopped,
}
