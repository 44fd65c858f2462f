//! Models to files and from files, over the node's interface.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::VERSIONS;
use crate::cli::client::Client;
use crate::cli::failure::Failure;
use crate::cli::output::count;

/// Writes a version's file; the champion's where none is named.
pub(super) fn export(
    client: &Client,
    version: Option<u32>,
    file: Option<&Path>,
) -> Result<(), Failure> {
    let version = match version {
        Some(version) => u64::from(version),
        None => client.get(VERSIONS)?["versions"][0]["version"].as_u64().unwrap_or(0),
    };
    let path = format!("{VERSIONS}/{version}/export");
    if file == Some(Path::new("-")) {
        client.download(&path, &mut io::stdout().lock())?;
        return Ok(());
    }
    let named = PathBuf::from(format!("freshet-main-{version}.safetensors"));
    let target = file.unwrap_or(&named);
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty());
    let unwritable =
        |fault: io::Error| Failure::Other(format!("cannot write {}: {fault}", target.display()));
    // Under its name only once it is whole.
    let folder = folder.unwrap_or(Path::new("."));
    let mut written = tempfile::NamedTempFile::new_in(folder).map_err(unwritable)?;
    let bytes = client.download(&path, &mut written)?;
    written.flush().map_err(unwritable)?;
    written.persist(target).map_err(|fault| unwritable(fault.error))?;
    eprintln!("version {version}: {} bytes in {}", count(bytes), target.display());
    Ok(())
}

/// Sends a file to be a challenger's tables.
pub(super) fn import(client: &Client, file: &Path) -> Result<Value, Failure> {
    let unreadable =
        |fault: io::Error| Failure::Usage(format!("cannot read {}: {fault}", file.display()));
    client.upload(VERSIONS, &File::open(file).map_err(unreadable)?)
}
