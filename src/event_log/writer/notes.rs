//! For the crash driver: after each sync, how much of the WAL is sure to survive a power cut.
//!
//! With the `failpoints` feature and `FRESHET_SYNC_NOTES` set to a path, a line `<wal file> <length>` is
//! added to that file after each synced write. The driver kills the node, cuts the WAL to the last such
//! length and starts it again. Without the feature this is nothing.
//!
//! Not here: any part in what ships.

#[cfg(feature = "failpoints")]
pub(super) use on::Notes;

#[cfg(not(feature = "failpoints"))]
pub(super) use off::Notes;

#[cfg(not(feature = "failpoints"))]
mod off {
    use std::path::Path;

    pub struct Notes;

    impl Notes {
        pub fn open(_: &Path) -> Self {
            Self
        }

        #[expect(clippy::unused_self, reason = "the twin that takes notes needs it")]
        pub fn synced(&self) {}
    }
}

#[cfg(feature = "failpoints")]
mod on {
    use std::fs::{File, OpenOptions};
    use std::io::Write as _;
    use std::path::{Path, PathBuf};

    use crate::event_log::local;

    pub struct Notes {
        dir: PathBuf,
        file: Option<File>,
    }

    impl Notes {
        pub fn open(dir: &Path) -> Self {
            let open = |path: &Path| OpenOptions::new().create(true).append(true).open(path);
            let file = std::env::var_os("FRESHET_SYNC_NOTES").and_then(|path| {
                open(Path::new(&path))
                    .inspect_err(|error| tracing::error!(%error, "no sync notes"))
                    .ok()
            });
            let notes = Self { dir: dir.to_path_buf(), file };
            // What opening wrote is synced, too.
            notes.synced();
            notes
        }

        pub fn synced(&self) {
            let Some(mut file) = self.file.as_ref() else { return };
            if let Some((name, length)) = local::synced_wal(&self.dir)
                && let Err(error) = writeln!(file, "{name} {length}")
            {
                tracing::error!(%error, "no sync note");
            }
        }
    }
}
