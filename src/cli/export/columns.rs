//! Columns of an export: what each cell is, and the bytes that a row group is made of.
//!
//! A list is written as Parquet's three levels (`list`, `element`), so that every reader knows it for one.
//!
//! **Invariant:** every column has as many cells as there are rows, whatever kinds of cells were put in: one of another
//! kind than the column's is nothing.
//!
//! Not here: files (see [`super::file`]), which columns there are (see [`super::features`], [`super::samples`]).

use std::io::Write;
use std::sync::Arc;

use engine::Timestamp;
use parquet::basic::{LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::column::writer::ColumnWriterImpl;
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::writer::{SerializedColumnWriter, SerializedRowGroupWriter};
use parquet::schema::types::{Type, TypePtr};

/// What the cells of a column are; each may be null.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Whole numbers.
    Long,
    /// Numbers.
    Double,
    /// Times, in milliseconds, UTC.
    Time,
    /// Texts.
    Text,
    /// Lists of numbers.
    Doubles,
    /// Lists of texts, each of which may be null.
    Texts,
    /// Lists of categories, each with a number.
    Sums,
    /// Lists of names, each with a class.
    Classes,
}

/// One cell.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    /// Null.
    Nothing,
    /// A whole number.
    Long(i64),
    /// A number.
    Double(f64),
    /// A time.
    Time(Timestamp),
    /// A text.
    Text(ByteArray),
    /// Numbers.
    Doubles(Vec<f64>),
    /// Texts; `None` where one is not known.
    Texts(Vec<Option<ByteArray>>),
    /// Categories with their numbers.
    Sums(Vec<(Option<ByteArray>, f64)>),
    /// Names with their classes.
    Classes(Vec<(ByteArray, u8)>),
}

/// A column, and the cells of the row group that is under way.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub name: String,
    pub kind: Kind,
    leaves: Vec<Leaf>,
}

/// What Parquet calls a column: values, and where they stand.
#[derive(Clone, Debug)]
struct Leaf {
    values: Values,
    defined: Vec<i16>,
    repeated: Vec<i16>,
}

#[derive(Clone, Debug)]
enum Values {
    Longs(Vec<i64>),
    Doubles(Vec<f64>),
    Texts(Vec<ByteArray>),
}

/// Levels of lists: the list is there; it has an element; the element is known.
const LIST: i16 = 1;
const ELEMENT: i16 = 2;
const KNOWN: i16 = 3;

impl Kind {
    /// How the schema's documentation calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Long => "int64",
            Self::Double => "double",
            Self::Time => "timestamp[ms, UTC]",
            Self::Text => "string",
            Self::Doubles => "list<double>",
            Self::Texts => "list<string>",
            Self::Sums => "list<struct<category: string, value: double>>",
            Self::Classes => "list<struct<input: string, class: int64>>",
        }
    }

    fn leaves(self) -> Vec<Leaf> {
        let longs = || Leaf::of(Values::Longs(Vec::new()));
        let doubles = || Leaf::of(Values::Doubles(Vec::new()));
        let texts = || Leaf::of(Values::Texts(Vec::new()));
        match self {
            Self::Long | Self::Time => vec![longs()],
            Self::Double | Self::Doubles => vec![doubles()],
            Self::Text | Self::Texts => vec![texts()],
            Self::Sums => vec![texts(), doubles()],
            Self::Classes => vec![texts(), longs()],
        }
    }

    const fn is_list(self) -> bool {
        matches!(self, Self::Doubles | Self::Texts | Self::Sums | Self::Classes)
    }

    fn schema(self, name: &str) -> Result<Type, ParquetError> {
        let optional = Repetition::OPTIONAL;
        let primitive = |name, physical, repetition| {
            Type::primitive_type_builder(name, physical).with_repetition(repetition)
        };
        let text = |name| {
            let bytes = primitive(name, Physical::BYTE_ARRAY, optional);
            bytes.with_logical_type(Some(LogicalType::String)).build()
        };
        match self {
            Self::Long => primitive(name, Physical::INT64, optional).build(),
            Self::Double => primitive(name, Physical::DOUBLE, optional).build(),
            Self::Time => {
                let utc = LogicalType::timestamp(true, TimeUnit::MILLIS);
                primitive(name, Physical::INT64, optional).with_logical_type(Some(utc)).build()
            }
            Self::Text => text(name),
            Self::Doubles => {
                let number = primitive("element", Physical::DOUBLE, Repetition::REQUIRED);
                list(name, number.build()?)
            }
            Self::Texts => list(name, text("element")?),
            Self::Sums => {
                let number = primitive("value", Physical::DOUBLE, Repetition::REQUIRED);
                list(name, pair(text("category")?, number.build()?)?)
            }
            Self::Classes => {
                let class = primitive("class", Physical::INT64, Repetition::REQUIRED);
                list(name, pair(text("input")?, class.build()?)?)
            }
        }
    }
}

/// An element of two members.
fn pair(name: Type, number: Type) -> Result<Type, ParquetError> {
    let element = Type::group_type_builder("element");
    let members = vec![Arc::new(name), Arc::new(number)];
    element.with_fields(members).with_repetition(Repetition::REQUIRED).build()
}

fn list(name: &str, element: Type) -> Result<Type, ParquetError> {
    let group = |name, inner: Type, repetition| {
        Type::group_type_builder(name)
            .with_repetition(repetition)
            .with_fields(vec![Arc::new(inner)])
    };
    let repeated = group("list", element, Repetition::REPEATED).build()?;
    let outer = group(name, repeated, Repetition::OPTIONAL);
    outer.with_logical_type(Some(LogicalType::List)).build()
}

impl Cell {
    /// A text.
    pub fn text(text: &str) -> Self {
        Self::Text(text.into())
    }

    /// A text, where there is one.
    pub fn text_of(text: Option<&str>) -> Self {
        text.map_or(Self::Nothing, Self::text)
    }

    /// A number, where there is one.
    pub fn double_of(number: Option<f32>) -> Self {
        number.map_or(Self::Nothing, |number| Self::Double(f64::from(number)))
    }

    /// A whole number, where there is one.
    pub fn long_of(number: Option<impl Into<i64>>) -> Self {
        number.map_or(Self::Nothing, |number| Self::Long(number.into()))
    }

    fn is_list(&self) -> bool {
        use Cell::{Classes, Doubles, Sums, Texts};
        matches!(self, Doubles(_) | Texts(_) | Sums(_) | Classes(_))
    }

    /// A count or a place; none is so great that it would not fit.
    pub fn count(number: u64) -> Self {
        Self::Long(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl Column {
    pub fn new(name: impl Into<String>, kind: Kind) -> Self {
        Self { name: name.into(), kind, leaves: kind.leaves() }
    }

    /// Adds a cell; about how many bytes that takes.
    pub fn push(&mut self, cell: Cell) -> usize {
        match (&mut *self.leaves, self.kind, cell) {
            ([leaf], Kind::Long, Cell::Long(number)) => leaf.put_long(1, 0, number),
            ([leaf], Kind::Time, Cell::Time(at)) => {
                leaf.put_long(1, 0, at.as_millis().cast_signed())
            }
            ([leaf], Kind::Double, Cell::Double(number)) => leaf.put_double(1, 0, number),
            ([leaf], Kind::Text, Cell::Text(text)) => leaf.put_text(1, 0, text),
            ([leaf], Kind::Doubles, Cell::Doubles(numbers)) if !numbers.is_empty() => numbers
                .into_iter()
                .enumerate()
                .map(|(place, number)| leaf.put_double(ELEMENT, again(place), number))
                .sum(),
            ([leaf], Kind::Texts, Cell::Texts(texts)) if !texts.is_empty() => texts
                .into_iter()
                .enumerate()
                .map(|(place, text)| leaf.put_element(again(place), text))
                .sum(),
            ([names, sums], Kind::Sums, Cell::Sums(all)) if !all.is_empty() => all
                .into_iter()
                .enumerate()
                .map(|(place, (name, sum))| {
                    names.put_element(again(place), name)
                        + sums.put_double(ELEMENT, again(place), sum)
                })
                .sum(),
            ([names, classes], Kind::Classes, Cell::Classes(all)) if !all.is_empty() => all
                .into_iter()
                .enumerate()
                .map(|(place, (name, class))| {
                    names.put_element(again(place), Some(name))
                        + classes.put_long(ELEMENT, again(place), i64::from(class))
                })
                .sum(),
            (leaves, kind, cell) => {
                let is_empty = cell.is_list();
                let level = if kind.is_list() && is_empty { LIST } else { 0 };
                leaves.iter_mut().map(|leaf| leaf.put_level(level, 0)).sum()
            }
        }
    }

    /// The column's part of the schema.
    pub fn schema(&self) -> Result<TypePtr, ParquetError> {
        self.kind.schema(&self.name).map(Arc::new)
    }

    /// Writes the cells as the next of a row group, and begins anew.
    pub fn write<W: Write + Send>(
        &mut self,
        group: &mut SerializedRowGroupWriter<'_, W>,
    ) -> Result<(), ParquetError> {
        let is_list = self.kind.is_list();
        for leaf in &mut self.leaves {
            let no_more = || ParquetError::General("the schema has fewer columns".to_owned());
            let mut writer = group.next_column()?.ok_or_else(no_more)?;
            leaf.write(&mut writer, is_list)?;
            writer.close()?;
            leaf.clear();
        }
        Ok(())
    }
}

/// Level of an element of a list: the first begins it.
fn again(place: usize) -> i16 {
    i16::from(0 < place)
}

impl Leaf {
    fn of(values: Values) -> Self {
        Self { values, defined: Vec::new(), repeated: Vec::new() }
    }

    fn put_level(&mut self, defined: i16, repeated: i16) -> usize {
        self.defined.push(defined);
        self.repeated.push(repeated);
        2 * size_of::<i16>()
    }

    fn put_long(&mut self, defined: i16, repeated: i16, number: i64) -> usize {
        if let Values::Longs(longs) = &mut self.values {
            longs.push(number);
        }
        self.put_level(defined, repeated) + size_of::<i64>()
    }

    fn put_double(&mut self, defined: i16, repeated: i16, number: f64) -> usize {
        if let Values::Doubles(doubles) = &mut self.values {
            doubles.push(number);
        }
        self.put_level(defined, repeated) + size_of::<f64>()
    }

    fn put_text(&mut self, defined: i16, repeated: i16, text: ByteArray) -> usize {
        let bytes = text.len() + size_of::<ByteArray>();
        if let Values::Texts(texts) = &mut self.values {
            texts.push(text);
        }
        self.put_level(defined, repeated) + bytes
    }

    fn put_element(&mut self, repeated: i16, text: Option<ByteArray>) -> usize {
        match text {
            Some(text) => self.put_text(KNOWN, repeated, text),
            None => self.put_level(ELEMENT, repeated),
        }
    }

    fn write(
        &self,
        writer: &mut SerializedColumnWriter<'_>,
        is_list: bool,
    ) -> Result<(), ParquetError> {
        let (defined, repeated) = (Some(&*self.defined), is_list.then_some(&*self.repeated));
        let written = match &self.values {
            Values::Longs(longs) => {
                let writer: &mut ColumnWriterImpl<'_, Int64Type> = writer.typed();
                writer.write_batch(longs, defined, repeated)
            }
            Values::Doubles(doubles) => {
                let writer: &mut ColumnWriterImpl<'_, DoubleType> = writer.typed();
                writer.write_batch(doubles, defined, repeated)
            }
            Values::Texts(texts) => {
                let writer: &mut ColumnWriterImpl<'_, ByteArrayType> = writer.typed();
                writer.write_batch(texts, defined, repeated)
            }
        };
        written.map(drop)
    }

    fn clear(&mut self) {
        self.defined.clear();
        self.repeated.clear();
        match &mut self.values {
            Values::Longs(longs) => longs.clear(),
            Values::Doubles(doubles) => doubles.clear(),
            Values::Texts(texts) => texts.clear(),
        }
    }
}
