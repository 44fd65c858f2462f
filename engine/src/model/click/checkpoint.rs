//! The click head's part of the model's checkpoint.
//!
//! | key | value |
//! |---|---|
//! | `4` | the header: dimensions, goals, shared weights, places, calibration, proof |
//! | `5`, chunk (u32) | bits and how many, then the names of its sixteen features |
//! | `6`, field, value (u32) | one feature's row |
//!
//! Rows go by the feature's name, so that a chunk that splits writes names and no rows. All integers are big endian in
//! keys and little endian in values.
//!
//! The header has a version 2, which ends with the unit that rows' sums of squares are kept in; version 1 has none.
//!
//! **Invariant:** a restored head goes on as the one that was cut, bit for bit, under the same configuration. Under another
//! number of dimensions it starts anew; goals that are no longer declared are dropped, new ones start.
//!
//! Not here: the model's other entries.

use std::hash::Hasher;

use bincode::{Decode, Encode};
use siphasher::sip::SipHasher13;

use super::calibration::{Surface, Window};
use super::chunk::{Feature, ROWS};
use super::config::{ClickGoal, GoalCounts};
use super::head::ClickHead;
use super::table::Place;
use crate::EventTypeId;
use crate::codec::{self, CodecError};
use crate::model::learner::SquaresUnit;
use crate::model::numeric::{LANE, Lane};
use crate::model::shared::Weights;
use crate::part::PartEntry;

/// Key of the header.
pub const HEADER: u8 = 4;
/// Keys of chunks.
pub const CHUNK: u8 = 5;
/// Keys of rows.
pub const ROW: u8 = 6;
/// Of chunks and rows.
const VERSION: u8 = 1;
/// Of the header.
const HEADER_VERSION: u8 = 2;
const SHORT: CodecError = CodecError::Damaged("an entry of the click head has a wrong length");

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
struct Header {
    first: HeaderV1,
    /// What rows' sums of squares are kept in; see [`SquaresUnit`].
    squares_unit: f32,
}

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
struct HeaderV1 {
    lanes: u32,
    learned: u64,
    mean_propensity: f32,
    mean_weight: f32,
    /// Event type, whether by value.
    goals: Vec<(u8, bool)>,
    /// Values and squares, one vector for each group of weights.
    weights: Vec<Vec<f32>>,
    examined: Vec<f32>,
    surfaces: Vec<(Option<u32>, [f32; 4])>,
    window: [f32; 4],
    proof: [f32; 6],
    ready: bool,
    chunks: u32,
}

/// What was found of a click head in a checkpoint, to be settled when all was seen.
#[derive(Debug, Default)]
pub struct FoundClicks {
    header: Option<Header>,
    chunks: Vec<(u32, u32, [Option<Feature>; ROWS])>,
    rows: Vec<(Feature, Vec<u8>)>,
}

impl ClickHead {
    /// What changed since the last cut.
    pub fn cut(&mut self, entries: &mut Vec<PartEntry>) {
        for key in std::mem::take(&mut self.stale) {
            if self.learned == 0 || !self.has_entry(&key) {
                entries.push(PartEntry { key, value: None });
            }
        }
        if self.learned == self.learned_cut && !self.changed {
            return;
        }
        self.learned_cut = self.learned;
        self.changed = false;
        entries.push(PartEntry { key: vec![HEADER], value: Some(self.header()) });
        let (uncut, gone) = self.table.take_uncut();
        for change in uncut {
            if change.names {
                let key = key(CHUNK, &change.chunk.to_be_bytes());
                entries.push(PartEntry { key, value: Some(self.chunk_bytes(change.chunk)) });
            }
            for within in (0..ROWS).filter(|within| change.rows & 1 << within != 0) {
                let place = Place { chunk: change.chunk, within };
                let feature = self.table.slot(change.chunk).chunk.feature(within);
                let Some(feature) = feature else { continue };
                entries
                    .push(PartEntry { key: row_key(feature), value: Some(self.row_bytes(place)) });
            }
        }
        entries.extend(gone.into_iter().map(|gone| PartEntry { key: row_key(gone), value: None }));
    }

    /// Has everything written with the next cut.
    pub fn recut(&mut self) {
        self.learned_cut = 0;
        self.table.recut();
    }

    /// Lays what was found over a new head.
    ///
    /// # Errors
    /// [`CodecError`] where it does not fit together.
    pub fn settle(&mut self, found: &FoundClicks) -> Result<(), CodecError> {
        let Some(Header { first: header, squares_unit }) = &found.header else {
            let none = found.chunks.is_empty() && found.rows.is_empty();
            return if none {
                Ok(())
            } else {
                Err(CodecError::Damaged("the click head has no header"))
            };
        };
        if header.lanes as usize != self.config.lanes {
            self.stale = found.keys();
            return Ok(());
        }
        if header.chunks as usize != found.chunks.len() {
            return Err(CodecError::Damaged("chunks of the click head are missing"));
        }
        self.lay_header(header)?;
        self.squares = SquaresUnit::of(*squares_unit, self.config.rates.start);
        self.table.bare();
        for (prefix, depth, names) in &found.chunks {
            let chunk = self.table.lay(*prefix, *depth);
            for (within, feature) in names.iter().enumerate() {
                if let Some(feature) = feature {
                    self.table.lay_feature(Place { chunk, within }, *feature);
                }
            }
        }
        if !self.table.settle() || self.table.held() != found.rows.len() {
            return Err(CodecError::Damaged("features of the click head do not fit together"));
        }
        for (feature, bytes) in &found.rows {
            self.lay_row(*feature, bytes, &header.goals)?;
        }
        self.table.forget_uncut();
        self.learned_cut = self.learned;
        Ok(())
    }

    /// Whether this head writes an entry of that key.
    fn has_entry(&self, key: &[u8]) -> bool {
        match key {
            [CHUNK, number @ ..] => number.try_into().is_ok_and(|number| {
                (u32::from_be_bytes(number) as usize) < self.table.slots().len()
            }),
            [ROW, field, value @ ..] => value.try_into().is_ok_and(|value| {
                let feature = Feature { field: *field, value: u32::from_be_bytes(value) };
                self.table.laid(feature).is_some()
            }),
            _ => true,
        }
    }

    /// A digest of all that training reads.
    pub fn digest(&self, hasher: &mut SipHasher13) {
        hasher.write(&self.header());
        for number in 0..self.table.slots().len() as u32 {
            hasher.write(&self.chunk_bytes(number));
            for within in 0..ROWS {
                if self.table.slot(number).chunk.feature(within).is_some() {
                    hasher.write(&self.row_bytes(Place { chunk: number, within }));
                }
            }
        }
    }

    #[expect(clippy::expect_used, reason = "memory takes any bytes; only reading can fail")]
    fn header(&self) -> Vec<u8> {
        let goals = self.goals.iter().map(|goal| name_of(goal.spec)).collect();
        let surfaces = self.calibration.surfaces.iter();
        let window = self.calibration.window;
        let proof = self.proof;
        let first = HeaderV1 {
            lanes: self.config.lanes as u32,
            learned: self.learned,
            mean_propensity: self.mean_propensity,
            mean_weight: self.positions.mean_weight,
            goals,
            weights: self.groups(),
            examined: self.positions.examined.to_vec(),
            surfaces: surfaces.map(|surface| (surface.key, line(&surface.line))).collect(),
            window: [window.seen, window.predicted, window.clicks, window.last],
            proof: [
                proof.seen,
                proof.clicks,
                proof.loss,
                proof.rate_loss,
                proof.total_clicks,
                proof.total_others,
            ],
            ready: proof.ready,
            chunks: self.table.slots().len() as u32,
        };
        let header = Header { first, squares_unit: self.squares.unit() };
        codec::encode(HEADER_VERSION, &header).expect("a header encodes into memory")
    }

    fn groups(&self) -> Vec<Vec<f32>> {
        fn both<const N: usize>(weights: &Weights<N>) -> Vec<f32> {
            weights.values.iter().chain(&weights.squares).copied().collect()
        }
        let shared = &self.shared;
        let mut groups = vec![
            both(&shared.bias),
            both(&shared.interactions),
            both(&shared.dense),
            both(&self.positions.logits),
        ];
        groups.extend(self.goals.iter().map(|goal| both(&goal.line)));
        groups
    }

    fn lay_header(&mut self, header: &HeaderV1) -> Result<(), CodecError> {
        self.learned = header.learned;
        self.mean_propensity = header.mean_propensity;
        self.positions.mean_weight = header.mean_weight;
        let [bias, interactions, dense, logits, goals @ ..] = &header.weights[..] else {
            return Err(SHORT);
        };
        lay(&mut self.shared.bias, bias)?;
        lay(&mut self.shared.interactions, interactions)?;
        lay(&mut self.shared.dense, dense)?;
        lay(&mut self.positions.logits, logits)?;
        for (name, line) in header.goals.iter().zip(goals) {
            if let Some(goal) = self.goals.iter_mut().find(|goal| name_of(goal.spec) == *name) {
                lay(&mut goal.line, line)?;
            }
        }
        if header.examined.len() != self.positions.examined.len() || header.surfaces.is_empty() {
            return Err(SHORT);
        }
        self.positions.examined.copy_from_slice(&header.examined);
        let surfaces = header.surfaces.iter();
        self.calibration.surfaces = surfaces
            .map(|(key, [a, b, c, d])| Surface {
                key: *key,
                line: Weights { values: [*a, *b], squares: [*c, *d] },
            })
            .collect();
        let [seen, predicted, clicks, last] = header.window;
        self.calibration.window = Window { seen, predicted, clicks, last };
        let [seen, clicks, loss, rate_loss, total_clicks, total_others] = header.proof;
        self.proof = super::proof::Proof {
            seen,
            clicks,
            loss,
            rate_loss,
            total_clicks,
            total_others,
            ready: header.ready,
        };
        Ok(())
    }

    fn chunk_bytes(&self, number: u32) -> Vec<u8> {
        let slot = self.table.slot(number);
        let mut bytes = vec![VERSION];
        bytes.extend(slot.prefix.to_le_bytes());
        bytes.extend(slot.depth.to_le_bytes());
        for within in 0..ROWS {
            let feature = slot.chunk.feature(within);
            bytes.push(u8::from(feature.is_some()));
            let feature = feature.unwrap_or(Feature { field: 0, value: 0 });
            bytes.push(feature.field);
            bytes.extend(feature.value.to_le_bytes());
        }
        bytes
    }

    fn row_bytes(&self, place: Place) -> Vec<u8> {
        let slot = self.table.slot(place.chunk);
        let (columns, lanes) = (self.table.column_count(), self.config.lanes);
        let mut bytes = vec![VERSION, u8::from(slot.chunk.is_admitted(place.within))];
        bytes.extend(slot.touched[place.within].to_le_bytes());
        bytes.extend(slot.seen[place.within].to_le_bytes());
        let mut put = |number: f32| bytes.extend(number.to_le_bytes());
        for lane in slot.chunk.vector(place.within) {
            lane.0.iter().for_each(|number| put(*number));
        }
        for lane in &slot.squares[columns + place.within * lanes..][..lanes] {
            lane.0.iter().for_each(|sum| put(self.squares.kept(*sum)));
        }
        for column in 0..columns {
            put(slot.chunk.weights(column)[place.within]);
            put(self.squares.kept(slot.squares[column].0[place.within]));
        }
        bytes
    }

    fn lay_row(
        &mut self,
        feature: Feature,
        bytes: &[u8],
        goals: &[(u8, bool)],
    ) -> Result<(), CodecError> {
        let (lanes, squares) = (self.config.lanes, self.squares);
        let columns = self.table.column_count();
        let mut reader = Reader(bytes);
        let [version, admitted] = reader.take::<2>()?;
        if version != VERSION {
            return Err(CodecError::Version { found: version, newest: VERSION });
        }
        let place = self.table.laid(feature);
        let place = place.ok_or(CodecError::Damaged("a row of the click head has no chunk"))?;
        let (touched, seen) = (reader.word()?, reader.word()?);
        let slot = self.table.write(place);
        (slot.touched[place.within], slot.seen[place.within]) = (touched, seen);
        if admitted == 1 {
            slot.chunk.admit(place.within);
        }
        reader.lanes(slot.chunk.vector_mut(place.within))?;
        let sums = &mut slot.squares[columns + place.within * lanes..][..lanes];
        reader.lanes(sums)?;
        sums.iter_mut().flat_map(|lane| &mut lane.0).for_each(|sum| *sum = squares.sum(*sum));
        let names = self.goals.iter().map(|goal| name_of(goal.spec));
        let names: Vec<_> = names.collect();
        for number in 0..=goals.len() {
            let (weight, sum) = (reader.float()?, reader.float()?);
            let column = match number.checked_sub(1) {
                None => Some(0),
                Some(goal) => names.iter().position(|name| *name == goals[goal]).map(|it| it + 1),
            };
            if let Some(column) = column {
                let slot = self.table.write(place);
                *slot.chunk.weight_mut(column, place.within) = weight;
                slot.squares[column].0[place.within] = squares.sum(sum);
            }
        }
        if reader.0.is_empty() { Ok(()) } else { Err(SHORT) }
    }
}

impl FoundClicks {
    fn keys(&self) -> Vec<Vec<u8>> {
        let chunks = (0..self.chunks.len() as u32).map(|number| key(CHUNK, &number.to_be_bytes()));
        let rows = self.rows.iter().map(|(feature, _)| row_key(*feature));
        std::iter::once(vec![HEADER]).chain(chunks).chain(rows).collect()
    }

    /// Takes an entry, which is one of the click head's. Entries come in the order of their keys.
    ///
    /// # Errors
    /// [`CodecError`] where its bytes are damaged.
    pub fn take(&mut self, key: &[u8], value: &[u8]) -> Result<(), CodecError> {
        match key {
            [HEADER] => self.header = Some(header(value)?),
            [CHUNK, number @ ..] => {
                let number = u32::from_be_bytes(number.try_into().map_err(|_| SHORT)?);
                if number as usize != self.chunks.len() {
                    return Err(CodecError::Damaged("a chunk of the click head is missing"));
                }
                self.chunks.push(chunk(value)?);
            }
            [ROW, field, number @ ..] => {
                let value_of = u32::from_be_bytes(number.try_into().map_err(|_| SHORT)?);
                self.rows.push((Feature { field: *field, value: value_of }, value.to_vec()));
            }
            _ => return Err(SHORT),
        }
        Ok(())
    }
}

fn header(bytes: &[u8]) -> Result<Header, CodecError> {
    if bytes.first() == Some(&1) {
        let first = codec::decode(1, bytes)?;
        return Ok(Header { first, squares_unit: 1.0 });
    }
    codec::decode(HEADER_VERSION, bytes)
}

fn chunk(bytes: &[u8]) -> Result<(u32, u32, [Option<Feature>; ROWS]), CodecError> {
    let mut reader = Reader(bytes);
    let [version] = reader.take()?;
    if version != VERSION {
        return Err(CodecError::Version { found: version, newest: VERSION });
    }
    let (prefix, depth) = (reader.word()?, reader.word()?);
    let mut names = [None; ROWS];
    for name in &mut names {
        let [there, field] = reader.take()?;
        let value = reader.word()?;
        *name = (there == 1).then_some(Feature { field, value });
    }
    if reader.0.is_empty() { Ok((prefix, depth, names)) } else { Err(SHORT) }
}

fn lay<const N: usize>(weights: &mut Weights<N>, numbers: &[f32]) -> Result<(), CodecError> {
    if numbers.len() != 2 * N {
        return Err(SHORT);
    }
    let (values, squares) = numbers.split_at(N);
    weights.values.copy_from_slice(values);
    weights.squares.copy_from_slice(squares);
    Ok(())
}

fn line(weights: &Weights<2>) -> [f32; 4] {
    let ([a, b], [c, d]) = (weights.values, weights.squares);
    [a, b, c, d]
}

/// How a goal is told from others, for ever.
fn name_of(goal: ClickGoal) -> (u8, bool) {
    let EventTypeId(event_type) = goal.event_type;
    (event_type, goal.counts == GoalCounts::Values)
}

fn row_key(feature: Feature) -> Vec<u8> {
    let mut rest = vec![feature.field];
    rest.extend(feature.value.to_be_bytes());
    key(ROW, &rest)
}

fn key(kind: u8, rest: &[u8]) -> Vec<u8> {
    let mut key = vec![kind];
    key.extend(rest);
    key
}

/// What is left of an entry.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], CodecError> {
        let (these, rest) = self.0.split_first_chunk().ok_or(SHORT)?;
        self.0 = rest;
        Ok(*these)
    }

    fn word(&mut self) -> Result<u32, CodecError> {
        self.take().map(u32::from_le_bytes)
    }

    fn float(&mut self) -> Result<f32, CodecError> {
        self.take().map(f32::from_le_bytes)
    }

    fn lanes(&mut self, into: &mut [Lane]) -> Result<(), CodecError> {
        for lane in into {
            for number in lane.0.iter_mut().take(LANE) {
                *number = self.float()?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
