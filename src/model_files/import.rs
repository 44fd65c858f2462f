//! A model from a file: checked against what this node expects, read row by row.
//!
//! **Invariant:** no tensor is ever held whole; nothing is taken in before the header was found to fit.
//!
//! **Invariant:** rows of items that this node has not heard of are left out and counted: their numbers are the log's to
//! give.
//!
//! Not here: what numbers may be (see `engine::model::exchange`).

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use engine::ItemIndex;
use engine::model::exchange::{CarriedRow, CarriedShared, CarryError, Carrying};
use engine::model::numeric::LANE;
use engine::model::{Learner, ModelConfig};
use safetensors::Dtype;
use safetensors::tensor::Metadata;

use super::{
    AGE, ALL, BIAS, COUNTS, ENDS, FORMAT, FORMAT_VERSION, HIGHEST, IDS, LAST, RECENT, SHARED,
    SQUARES, VECTOR,
};

/// The longest header that is read: many times what eleven tensors and a trainer's own words take.
const MOST_HEADER: u64 = 1 << 20;
/// The most rows of last choices that are read; a node keeps some ten thousand.
const MOST_RECENT: usize = 1 << 24;
/// The most shared weights that are read; there are some hundred.
const MOST_SHARED: usize = 1 << 16;
/// The longest name of an item.
const MOST_NAME: u64 = 256;

/// Bytes of the largest file that a model of `config` can be read from.
pub(super) fn most_bytes(config: &ModelConfig) -> u64 {
    let dimensions = (config.lanes * LANE) as u64;
    // Two vectors, bias, three counts, three sums, age, where the name ends, and the name.
    let row = 2 * 4 * dimensions + 4 * (1 + 3 + 3 + 1) + 8 + MOST_NAME;
    let others = MOST_HEADER + 4 * (MOST_RECENT + MOST_SHARED) as u64 + 64;
    config.max_items as u64 * row + others
}

/// A model that was read.
#[derive(Debug)]
pub struct Imported {
    /// It.
    pub learner: Learner,
    /// Rows taken in.
    pub items: usize,
    /// Rows of items that this node has not heard of.
    pub unknown_items: usize,
}

/// Why a file cannot be taken in.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// It is no safetensors file.
    #[error("the file is no safetensors file: {0}")]
    NotSafetensors(String),
    /// It is one of something else.
    #[error("the metadata say `{name}` is `{found}`, and `{expected}` is expected")]
    Metadata {
        /// Name of the word.
        name: &'static str,
        /// What it says.
        found: String,
        /// What is expected.
        expected: String,
    },
    /// One of the metadata is no number.
    #[error("the metadata say `{name}` is `{found}`, and {expected} is expected")]
    Word {
        /// Its name.
        name: &'static str,
        /// What it says.
        found: String,
        /// What is expected.
        expected: &'static str,
    },
    /// A tensor that nobody would read.
    #[error("the file has a tensor `{found}`, and only these are known: {}", ALL.join(", "))]
    Unknown {
        /// Its name.
        found: String,
    },
    /// A row that is not there is named.
    #[error("`recent` names row {row}, and there are {rows}, from 0")]
    NoRow {
        /// Which.
        row: u32,
        /// How many there are.
        rows: usize,
    },
    /// A tensor that is needed is not there.
    #[error("the file has no tensor `{0}`")]
    Missing(&'static str),
    /// A tensor is of another type or shape.
    #[error("tensor `{name}` is {found}, and {expected} is expected")]
    Shape {
        /// Its name.
        name: &'static str,
        /// What it is.
        found: String,
        /// What is expected.
        expected: String,
    },
    /// The items' names cannot be told apart.
    #[error("the name of row {row} {fault}")]
    Name {
        /// Which row, from 0.
        row: usize,
        /// What is wrong with it.
        fault: &'static str,
    },
    /// More rows than the model holds items.
    #[error(
        "the file has {rows} rows, and this node's model holds {most} items (`model.max_items`)"
    )]
    TooManyRows {
        /// Rows of the file.
        rows: usize,
        /// Items that the model holds.
        most: usize,
    },
    /// None of the items is known here.
    #[error("this node has heard of none of the {0} items")]
    NoneKnown(usize),
    /// A number cannot be taken in.
    #[error(transparent)]
    Carry(#[from] CarryError),
    /// It cannot be read.
    #[error("the file cannot be read: {0}")]
    Io(#[from] io::Error),
}

/// Reads the model in the file at `path` for a node of this seed and configuration.
///
/// # Errors
/// [`ImportError`] where it is none, or does not fit.
pub fn import(
    path: &Path,
    (seed, config): (u64, ModelConfig),
    index_of: impl Fn(&str) -> Option<ItemIndex>,
) -> Result<Imported, ImportError> {
    let file = Tensors::open(path)?;
    let (rows, dimensions) = file.checked(config.lanes * LANE)?;
    let most = config.max_items;
    if most < rows {
        return Err(ImportError::TooManyRows { rows, most });
    }
    let mut carrying = Carrying::begin(seed, config, &file.shared()?)?;
    let mut columns = Columns::open(&file, rows, dimensions)?;
    let mut met = HashSet::new();
    let (mut items, mut unknown_items) = (Vec::with_capacity(rows), 0);
    for number in 0..rows {
        let (name, row) = columns.next(number)?;
        let item = index_of(&name);
        if item.is_some_and(|item| !met.insert(item)) {
            return Err(ImportError::Name { row: number, fault: "stands twice" });
        }
        match item {
            Some(item) => carrying.row(item, &row)?,
            None => unknown_items += 1,
        }
        items.push(item);
    }
    if unknown_items == rows {
        return Err(ImportError::NoneKnown(rows));
    }
    let recent = file.recent(&items)?;
    let learner = carrying.finish(&recent);
    Ok(Imported { learner, items: rows - unknown_items, unknown_items })
}

/// A file's tensors.
struct Tensors<'a> {
    path: &'a Path,
    metadata: Metadata,
    /// Where the first byte of the first tensor is.
    data: u64,
}

impl<'a> Tensors<'a> {
    fn open(path: &'a Path) -> Result<Self, ImportError> {
        let odd = |why: &str| ImportError::NotSafetensors(why.to_owned());
        let mut file = File::open(path)?;
        let total = file.metadata()?.len();
        let mut length = [0; 8];
        file.read_exact(&mut length).map_err(|_| odd("it is too short"))?;
        let length = u64::from_le_bytes(length);
        if MOST_HEADER < length || total < 8 + length {
            return Err(odd("its header is longer than it"));
        }
        let mut header = Vec::with_capacity(length as usize);
        file.by_ref().take(length).read_to_end(&mut header)?;
        let metadata: Metadata = serde_json::from_slice(&header)
            .map_err(|fault| ImportError::NotSafetensors(fault.to_string()))?;
        let data = 8 + length;
        if total - data != metadata.data_len() as u64 {
            return Err(odd("its tensors end before or behind its end"));
        }
        Ok(Self { path, metadata, data })
    }

    /// Rows and dimensions, where format, names and metadata fit a node of `expected` dimensions.
    fn checked(&self, expected: usize) -> Result<(usize, usize), ImportError> {
        self.insist("format", FORMAT)?;
        self.insist("format_version", FORMAT_VERSION)?;
        let tensors = self.metadata.tensors();
        let mut unknown: Vec<&String> =
            tensors.keys().filter(|name| !ALL.contains(&name.as_str())).collect();
        unknown.sort_unstable();
        if let Some(found) = unknown.first() {
            return Err(ImportError::Unknown { found: (*found).clone() });
        }
        let (dtype, shape) = self.info(VECTOR).ok_or(ImportError::Missing(VECTOR))?;
        let [rows, dimensions] = shape[..] else {
            let found = format!("{dtype:?} {shape:?}");
            let expected = "F32 [items, dimensions]".into();
            return Err(ImportError::Shape { name: VECTOR, found, expected });
        };
        if dimensions != expected {
            return Err(CarryError::Dimensions { found: dimensions, expected }.into());
        }
        for (name, there) in [("items", rows), ("dimensions", dimensions)] {
            let there = there.to_string();
            if self.word(name).is_some_and(|said| said != there) {
                self.insist(name, &there)?;
            }
        }
        // Rows go by their items' names, so any seed will do; one that is none tells of damage.
        let hexadecimal = |word: &str| word.len() == 16 && u64::from_str_radix(word, 16).is_ok();
        match self.word("seed").filter(|word| !hexadecimal(word)) {
            None => Ok((rows, dimensions)),
            Some(word) => {
                let (found, expected) = (word.to_owned(), "a number of 16 hexadecimal digits");
                Err(ImportError::Word { name: "seed", found, expected })
            }
        }
    }

    fn word(&self, name: &str) -> Option<&str> {
        self.metadata.metadata().as_ref()?.get(name).map(String::as_str)
    }

    /// A number among the metadata; 0 where nothing is said.
    fn number(&self, name: &'static str) -> Result<u64, ImportError> {
        let Some(word) = self.word(name) else { return Ok(0) };
        word.parse().map_err(|_| ImportError::Word {
            name,
            found: word.to_owned(),
            expected: "a whole number",
        })
    }

    fn insist(&self, name: &'static str, expected: &str) -> Result<(), ImportError> {
        let found = self.word(name).unwrap_or("not said");
        if found == expected {
            return Ok(());
        }
        let (found, expected) = (found.to_owned(), expected.to_owned());
        Err(ImportError::Metadata { name, found, expected })
    }

    fn info(&self, name: &str) -> Option<(Dtype, &[usize])> {
        self.metadata.info(name).map(|info| (info.dtype, &info.shape[..]))
    }

    /// A reader at the first byte of a tensor; `None` where it is not there.
    fn reader(
        &self,
        name: &'static str,
        dtype: Dtype,
        shape: &[usize],
    ) -> Result<Option<BufReader<File>>, ImportError> {
        let Some(info) = self.metadata.info(name) else { return Ok(None) };
        if info.dtype != dtype || info.shape != shape {
            return Err(ImportError::Shape {
                name,
                found: format!("{:?} {:?}", info.dtype, info.shape),
                expected: format!("{dtype:?} {shape:?}"),
            });
        }
        // A file handle of its own: clones of one share their place.
        let mut file = File::open(self.path)?;
        file.seek(SeekFrom::Start(self.data + info.data_offsets.0 as u64))?;
        Ok(Some(BufReader::with_capacity(1 << 16, file)))
    }

    fn need(
        &self,
        name: &'static str,
        dtype: Dtype,
        shape: &[usize],
    ) -> Result<BufReader<File>, ImportError> {
        self.reader(name, dtype, shape)?.ok_or(ImportError::Missing(name))
    }

    /// A tensor of one dimension of at most so many numbers; `None` where it is not there.
    fn list(
        &self,
        name: &'static str,
        dtype: Dtype,
        most: usize,
    ) -> Result<Option<(usize, BufReader<File>)>, ImportError> {
        let Some((found, shape)) = self.info(name) else { return Ok(None) };
        match shape {
            [length] if *length <= most => {
                Ok(self.reader(name, dtype, shape)?.map(|reader| (*length, reader)))
            }
            _ => Err(ImportError::Shape {
                name,
                found: format!("{found:?} {shape:?}"),
                expected: format!("{dtype:?} of one dimension and at most {most} numbers"),
            }),
        }
    }

    /// The last choices among `items`, which has `None` for those that are left out.
    fn recent(&self, items: &[Option<ItemIndex>]) -> Result<Vec<ItemIndex>, ImportError> {
        let Some((length, mut reader)) = self.list(RECENT, Dtype::U32, MOST_RECENT)? else {
            return Ok(Vec::new());
        };
        let mut recent = Vec::new();
        for _ in 0..length {
            let row = u32::from_le_bytes(bytes(&mut reader)?);
            let rows = items.len();
            let item = items.get(row as usize).ok_or(ImportError::NoRow { row, rows })?;
            recent.extend(item);
        }
        Ok(recent)
    }

    fn shared(&self) -> Result<CarriedShared, ImportError> {
        let mut shared = CarriedShared {
            events: self.number("events")?,
            trained: self.number("trained")?,
            ..CarriedShared::default()
        };
        if let Some((length, mut reader)) = self.list(SHARED, Dtype::F32, MOST_SHARED)? {
            shared.weights = floats(&mut reader, length)?;
        }
        if let Some(mut reader) = self.reader(HIGHEST, Dtype::F32, &[shared.highest.len()])? {
            shared.highest = array(&mut reader)?;
        }
        Ok(shared)
    }
}

/// A reader for each of the items' tensors.
struct Columns {
    dimensions: usize,
    end: u64,
    ids_bytes: u64,
    ends: BufReader<File>,
    ids: BufReader<File>,
    vector: BufReader<File>,
    last: Option<BufReader<File>>,
    bias: Option<BufReader<File>>,
    counts: Option<BufReader<File>>,
    squares: Option<BufReader<File>>,
    age: Option<BufReader<File>>,
}

impl Columns {
    fn open(file: &Tensors<'_>, rows: usize, dimensions: usize) -> Result<Self, ImportError> {
        let (ids_bytes, ids) =
            file.list(IDS, Dtype::U8, usize::MAX)?.ok_or(ImportError::Missing(IDS))?;
        Ok(Self {
            dimensions,
            end: 0,
            ids_bytes: ids_bytes as u64,
            ends: file.need(ENDS, Dtype::U64, &[rows])?,
            ids,
            vector: file.need(VECTOR, Dtype::F32, &[rows, dimensions])?,
            last: file.reader(LAST, Dtype::F32, &[rows, dimensions])?,
            bias: file.reader(BIAS, Dtype::F32, &[rows])?,
            counts: file.reader(COUNTS, Dtype::F32, &[rows, 3])?,
            squares: file.reader(SQUARES, Dtype::F32, &[rows, 3])?,
            age: file.reader(AGE, Dtype::U32, &[rows])?,
        })
    }

    fn next(&mut self, row: usize) -> Result<(String, CarriedRow), ImportError> {
        let name = self.name(row)?;
        let vector = floats(&mut self.vector, self.dimensions)?;
        let last = match &mut self.last {
            Some(last) => floats(last, self.dimensions)?,
            None => Vec::new(),
        };
        let [bias] = optional(&mut self.bias)?;
        let counts = optional(&mut self.counts)?;
        let squares = optional(&mut self.squares)?;
        let age = match &mut self.age {
            Some(age) => u32::from_le_bytes(bytes(age)?),
            None => 0,
        };
        Ok((name, CarriedRow { vector, last, bias, counts, age, squares }))
    }

    fn name(&mut self, row: usize) -> Result<String, ImportError> {
        let end = u64::from_le_bytes(bytes(&mut self.ends)?);
        let odd = |fault| ImportError::Name { row, fault };
        if end <= self.end || self.ids_bytes < end {
            return Err(odd("is empty, or ends behind all names"));
        }
        let length = end - self.end;
        self.end = end;
        if MOST_NAME < length {
            return Err(odd("has more than 256 bytes"));
        }
        let mut name = vec![0; length as usize];
        self.ids.read_exact(&mut name)?;
        String::from_utf8(name).map_err(|_| odd("is no UTF-8"))
    }
}

fn bytes<const N: usize>(reader: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    reader.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn array<const N: usize>(reader: &mut impl Read) -> io::Result<[f32; N]> {
    let mut numbers = [0.0; N];
    for number in &mut numbers {
        *number = f32::from_le_bytes(bytes(reader)?);
    }
    Ok(numbers)
}

fn optional<const N: usize>(reader: &mut Option<BufReader<File>>) -> io::Result<[f32; N]> {
    reader.as_mut().map_or(Ok([0.0; N]), array)
}

fn floats(reader: &mut impl Read, count: usize) -> io::Result<Vec<f32>> {
    (0..count).map(|_| Ok(f32::from_le_bytes(bytes(reader)?))).collect()
}
