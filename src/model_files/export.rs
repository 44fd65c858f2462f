//! A model to a stream of bytes: the header, then tensor by tensor, row by row.
//!
//! **Invariant:** no tensor is ever held whole.
//!
//! Not here: whose model (the caller has a copy whose tables are shared until somebody writes).

use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::Arc;

use engine::ItemIndex;
use engine::model::Learner;
use engine::model::exchange::CarriedRow;
use safetensors::Dtype;
use safetensors::tensor::{Metadata, TensorInfo};

use super::{
    AGE, BIAS, COUNTS, ENDS, FORMAT, FORMAT_VERSION, HIGHEST, IDS, LAST, RECENT, SHARED, SQUARES,
    VECTOR,
};

/// Bytes of the header's length.
const LENGTH_BYTES: usize = 8;

/// What is said of a model beside its tables.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// Which version it is.
    pub version: u32,
    /// What its vectors start from.
    pub seed: u64,
    /// Sequence of the last sample learned from.
    pub trained_through: u64,
}

/// A model on its way out.
#[derive(Debug)]
pub struct Export {
    learner: Box<Learner>,
    /// Items with a name, and their names.
    items: Vec<(ItemIndex, Arc<str>)>,
    recent: Vec<u32>,
    header: Vec<u8>,
    data: usize,
}

impl Export {
    /// Plans the file: which rows it has, and where each tensor lies.
    ///
    /// # Errors
    /// Where the header cannot be made.
    pub fn plan(
        learner: Box<Learner>,
        about: About,
        name: impl Fn(ItemIndex) -> Option<Arc<str>>,
    ) -> io::Result<Self> {
        let known = learner.items().known().iter();
        let items: Vec<_> = known.filter_map(|item| Some((*item, name(*item)?))).collect();
        let rows: HashMap<ItemIndex, u32> =
            items.iter().zip(0..).map(|((item, _), row)| (*item, row)).collect();
        let recent = learner.carried_recent();
        let recent = recent.iter().filter_map(|item| rows.get(item).copied()).collect();
        let mut export = Self { learner, items, recent, header: Vec::new(), data: 0 };
        export.lay_out(about)?;
        Ok(export)
    }

    /// Bytes of the whole file.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        (LENGTH_BYTES + self.header.len() + self.data) as u64
    }

    /// Writes it.
    ///
    /// # Errors
    /// What `into` says.
    pub fn write(&self, into: &mut impl Write) -> io::Result<()> {
        into.write_all(&(self.header.len() as u64).to_le_bytes())?;
        into.write_all(&self.header)?;
        let mut end = 0_u64;
        for (_, name) in &self.items {
            end += name.len() as u64;
            into.write_all(&end.to_le_bytes())?;
        }
        self.each_row(|row| floats(into, &row.vector))?;
        self.each_row(|row| floats(into, &row.last))?;
        self.each_row(|row| floats(into, &[row.bias]))?;
        self.each_row(|row| floats(into, &row.counts))?;
        self.each_row(|row| floats(into, &row.squares))?;
        let shared = self.learner.carried_shared();
        floats(into, &shared.weights)?;
        floats(into, &shared.highest)?;
        self.each_row(|row| into.write_all(&row.age.to_le_bytes()))?;
        for row in &self.recent {
            into.write_all(&row.to_le_bytes())?;
        }
        self.items.iter().try_for_each(|(_, name)| into.write_all(name.as_bytes()))
    }

    fn each_row(&self, mut visit: impl FnMut(CarriedRow) -> io::Result<()>) -> io::Result<()> {
        let rows = self.items.iter().filter_map(|(item, _)| self.learner.carried_row(*item));
        for row in rows {
            visit(row)?;
        }
        Ok(())
    }

    fn lay_out(&mut self, about: About) -> io::Result<()> {
        let shared = self.learner.carried_shared();
        let (n, d) = (self.items.len(), self.learner.dimensions());
        let ids = self.items.iter().map(|(_, name)| name.len()).sum();
        let plan = [
            (ENDS, Dtype::U64, vec![n]),
            (VECTOR, Dtype::F32, vec![n, d]),
            (LAST, Dtype::F32, vec![n, d]),
            (BIAS, Dtype::F32, vec![n]),
            (COUNTS, Dtype::F32, vec![n, shared.highest.len()]),
            (SQUARES, Dtype::F32, vec![n, 3]),
            (SHARED, Dtype::F32, vec![shared.weights.len()]),
            (HIGHEST, Dtype::F32, vec![shared.highest.len()]),
            (AGE, Dtype::U32, vec![n]),
            (RECENT, Dtype::U32, vec![self.recent.len()]),
            (IDS, Dtype::U8, vec![ids]),
        ];
        let mut tensors = Vec::with_capacity(plan.len());
        for (name, dtype, shape) in plan {
            let bytes = shape.iter().product::<usize>() * dtype.bitsize() / 8;
            let data_offsets = (self.data, self.data + bytes);
            tensors.push((name.to_owned(), TensorInfo { dtype, shape, data_offsets }));
            self.data += bytes;
        }
        let words = [
            ("format", FORMAT.to_owned()),
            ("format_version", FORMAT_VERSION.to_owned()),
            ("program", concat!("freshet ", env!("CARGO_PKG_VERSION")).to_owned()),
            ("version", about.version.to_string()),
            ("dimensions", d.to_string()),
            ("items", n.to_string()),
            ("seed", format!("{:016x}", about.seed)),
            ("trained", shared.trained.to_string()),
            ("trained_through", about.trained_through.to_string()),
            ("events", shared.events.to_string()),
        ];
        let words = words.into_iter().map(|(name, word)| (name.to_owned(), word)).collect();
        let metadata = Metadata::new(Some(words), tensors).map_err(io::Error::other)?;
        self.header = serde_json::to_vec(&metadata)?;
        // Tensors begin on a multiple of eight, as the format asks.
        self.header.resize(self.header.len().next_multiple_of(8), b' ');
        Ok(())
    }
}

fn floats(into: &mut impl Write, numbers: &[f32]) -> io::Result<()> {
    numbers.iter().try_for_each(|number| into.write_all(&number.to_le_bytes()))
}
