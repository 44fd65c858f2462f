//! A Parquet file that is there whole or not at all.
//!
//! Rows are written in groups, so that memory is bounded by one group, whatever the file holds.
//!
//! **Invariant:** under its own name the file is complete: it is written beside, synced, and renamed at the end. Where the
//! export fails, what was written is removed.
//!
//! Not here: which columns there are.

use std::fs::{File, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;
use tempfile::TempPath;

use super::columns::{Cell, Column};
use crate::cli::failure::Failure;

/// The most rows of a group.
const GROUP_ROWS: usize = 1 << 16;
/// Bytes of cells from which on a group is written, whatever its rows: long lists would take much more.
const GROUP_BYTES: usize = 64 << 20;
/// What is asked of the system's own mask of permissions.
const MODE: u32 = 0o666;

/// The file, while it is written.
pub(super) struct TableFile {
    writer: SerializedFileWriter<File>,
    beside: TempPath,
    path: PathBuf,
    columns: Vec<Column>,
    group_rows: usize,
    in_group: usize,
    bytes: usize,
    rows: u64,
}

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Written {
    pub rows: u64,
    pub bytes: u64,
}

impl TableFile {
    /// Begins the file that will be `path`, with `notes` among its metadata.
    pub fn create(
        path: &Path,
        columns: Vec<Column>,
        notes: Vec<(&str, String)>,
    ) -> Result<Self, Failure> {
        let told = |fault: &dyn std::fmt::Display| cannot(path, fault);
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let name = path.file_name().ok_or_else(|| told(&"it names no file"))?;
        let beside = tempfile::Builder::new()
            .prefix(&format!(".{}.", name.to_string_lossy()))
            .suffix(".part")
            .permissions(Permissions::from_mode(MODE))
            .tempfile_in(folder.unwrap_or(Path::new(".")));
        let (file, beside) = beside.map_err(|fault| told(&fault))?.into_parts();
        let writer = writer(file, &columns, notes).map_err(|fault| told(&fault))?;
        let path = path.to_path_buf();
        let group_rows = GROUP_ROWS;
        Ok(Self { writer, beside, path, columns, group_rows, in_group: 0, bytes: 0, rows: 0 })
    }

    /// With groups of so many rows at most.
    #[cfg(test)]
    pub fn in_groups_of(self, group_rows: usize) -> Self {
        Self { group_rows, ..self }
    }

    /// Adds a row: a cell for each column, in their order.
    pub fn push(&mut self, row: impl IntoIterator<Item = Cell>) -> Result<(), Failure> {
        let mut row = row.into_iter();
        for column in &mut self.columns {
            self.bytes += column.push(row.next().unwrap_or(Cell::Nothing));
        }
        self.in_group += 1;
        self.rows += 1;
        if self.group_rows <= self.in_group || GROUP_BYTES <= self.bytes {
            self.write_group()?;
        }
        Ok(())
    }

    /// Writes what is left and gives the file its name.
    pub fn finish(mut self) -> Result<Written, Failure> {
        if 0 < self.in_group {
            self.write_group()?;
        }
        let Self { writer, beside, path, rows, .. } = self;
        let file = writer.into_inner().map_err(|fault| cannot(&path, &fault))?;
        let bytes = file.sync_all().and_then(|()| file.metadata()).map(|data| data.len());
        let bytes = bytes.map_err(|fault| cannot(&path, &fault))?;
        beside.persist(&path).map_err(|fault| cannot(&path, &fault.error))?;
        Ok(Written { rows, bytes })
    }

    fn write_group(&mut self) -> Result<(), Failure> {
        let written = write_group(&mut self.writer, &mut self.columns);
        (self.in_group, self.bytes) = (0, 0);
        written.map_err(|fault| cannot(&self.path, &fault))
    }
}

fn cannot(path: &Path, fault: &dyn std::fmt::Display) -> Failure {
    Failure::Other(format!("cannot write {}: {fault}", path.display()))
}

fn writer(
    file: File,
    columns: &[Column],
    notes: Vec<(&str, String)>,
) -> Result<SerializedFileWriter<File>, ParquetError> {
    let fields = columns.iter().map(Column::schema).collect::<Result<_, _>>()?;
    let schema = Type::group_type_builder("freshet").with_fields(fields).build()?;
    let notes = notes.into_iter().map(|(key, text)| KeyValue::new(key.to_owned(), text));
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_created_by(format!("freshet version {}", env!("CARGO_PKG_VERSION")))
        .set_key_value_metadata(Some(notes.collect()))
        .build();
    SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties))
}

fn write_group(
    writer: &mut SerializedFileWriter<File>,
    columns: &mut [Column],
) -> Result<(), ParquetError> {
    let mut group = writer.next_row_group()?;
    for column in columns {
        column.write(&mut group)?;
    }
    group.close().map(drop)
}

#[cfg(test)]
mod tests;
