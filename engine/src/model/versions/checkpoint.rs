//! The versions' checkpoint: every version's entries under a place of its own, and one entry that says who is who.
//!
//! | key | value |
//! |---|---|
//! | as the learner's, below `0x40` | of the version in place 0: the first champion, wherever it stands now |
//! | `0x40` | who is in which place, and all that is no table |
//! | `0x41`, place (u32), key of a learner's | of the version in that place |
//!
//! Who takes over from whom moves no entry. A version that changes no more is written once.
//!
//! **Invariant:** versions restored go on as those that were cut, bit for bit.
//!
//! Not here: a learner's own entries (see [`crate::model::checkpoint`]).

use std::collections::BTreeMap;
use std::hash::Hasher;

use bincode::{Decode, Encode};
use siphasher::sip::SipHasher13;

use super::clickthrough::ClickThrough;
use super::command::{CommandOutcome, ModelChanges};
use super::guard::Guard;
use super::report::{Learning, Note, Origin};
use super::version::Version;
use super::{Next, Versions, VersionsConfig};
use crate::codec::{self, CodecError};
use crate::model::checkpoint::RestoreError;
use crate::model::learner::Learner;
use crate::model::watch::{Duel, Watch};
use crate::part::{Part, PartEntry, PartOwner};

const REGISTRY: u8 = 0x40;
const PLACED: u8 = 0x41;
/// Without clicks by version, and without how much ever happened.
const FIRST: u8 = 1;
const VERSION: u8 = 2;

type Entries = Vec<(Vec<u8>, Vec<u8>)>;

/// Who is who, and all that is no table.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
struct Registry {
    first: FirstRegistry,
    through: ClickThrough,
    noted: u64,
}

/// What the first format held.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
struct FirstRegistry {
    champion: Seat,
    challenger: Option<Seat>,
    previous: Option<Seat>,
    copies: Vec<Seat>,
    newest_good: bool,
    since: u64,
    guard_duel: Duel,
    duel: Duel,
    canary: u16,
    learning: Learning,
    /// Version, place, era.
    next: [u32; 3],
    notes: Vec<Note>,
    outcomes: Vec<(u64, CommandOutcome)>,
}

/// A version but for its learner.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
struct Seat {
    number: u32,
    place: u32,
    era: u32,
    squares_unit: f32,
    origin: Origin,
    changes: ModelChanges,
    inherits: Option<u32>,
    watch: Watch,
}

impl Versions {
    /// What changed since the last cut.
    pub fn cut(&mut self) -> Part {
        let registry = self.registry().bytes();
        let mut entries = std::mem::take(&mut self.leaving);
        entries.push(PartEntry { key: vec![REGISTRY], value: Some(registry) });
        cut_version(&mut self.champion, &mut entries);
        self.champion.written = false;
        if let Some(challenger) = &mut self.challenger {
            cut_version(challenger, &mut entries);
            challenger.written = false;
        }
        for still in self.previous.iter_mut().chain(&mut self.guard.copies) {
            cut_version(still, &mut entries);
        }
        Part { owner: PartOwner::Model, entries }
    }

    /// Versions from the entries of their cuts, in the order of their keys; a champion that has seen nothing from none.
    ///
    /// # Errors
    /// [`RestoreError`], also where seed or dimensions are others than the cuts'.
    pub fn restore(
        config: VersionsConfig,
        entries: impl IntoIterator<Item = (Vec<u8>, Vec<u8>)>,
    ) -> Result<Self, RestoreError> {
        let (registry, mut places) = sort_out(entries)?;
        let Some(Registry { first: registry, through, noted }) = registry else {
            let first = places.remove(&0).unwrap_or_default();
            let learner = Learner::restore(config.seed, config.model.clone(), first)?;
            return Ok(Self::of(config, learner));
        };
        let mut seat = |seat: Seat| {
            let entries = places.remove(&seat.place).unwrap_or_default();
            seat.restore(&config, entries)
        };
        let champion = seat(registry.champion)?;
        let challenger = registry.challenger.map(&mut seat).transpose()?;
        let previous = registry.previous.map(&mut seat).transpose()?;
        let copies = registry.copies.into_iter().map(&mut seat).collect::<Result<_, _>>()?;
        let [version, place, era] = registry.next;
        let mut versions = Self::of(config, Learner::new(0, crate::model::ModelConfig::default()));
        versions.published = champion.learner.users.published();
        Ok(Self {
            champion,
            challenger,
            previous: previous.map(still),
            guard: Guard {
                copies: Vec::into_iter(copies).map(still).collect(),
                newest_good: registry.newest_good,
                since: registry.since,
                duel: registry.guard_duel,
            },
            duel: registry.duel,
            through,
            canary: registry.canary,
            learning: registry.learning,
            next: Next { version, place, era },
            noted,
            notes: registry.notes.into(),
            outcomes: registry.outcomes.into(),
            ..versions
        })
    }

    /// Has the entries of a version that is kept no longer removed with the next cut.
    pub(super) fn leave(&mut self, mut version: Version) {
        version.learner.recut();
        let part = version.learner.cut();
        let gone = part.entries.into_iter();
        let place = version.place;
        self.leaving
            .extend(gone.map(|entry| PartEntry { key: placed(place, entry.key), value: None }));
    }

    pub(super) fn leave_all(&mut self, versions: impl IntoIterator<Item = Version>) {
        for version in versions {
            self.leave(version);
        }
    }

    /// A digest of everything that learning and the guard read, but for the champion's users' rows: they are here or with
    /// their shards.
    #[must_use]
    pub fn digest_of_tables(&self) -> u64 {
        let mut hasher = SipHasher13::new();
        hasher.write(&self.registry().bytes());
        hasher.write_u64(self.champion.learner.digest_of_tables());
        for version in self.challenger.iter().chain(&self.previous).chain(&self.guard.copies) {
            hasher.write_u64(version.learner.digest());
        }
        hasher.finish()
    }

    fn registry(&self) -> Registry {
        let first = FirstRegistry {
            champion: Seat::of(&self.champion),
            challenger: self.challenger.as_ref().map(Seat::of),
            previous: self.previous.as_ref().map(Seat::of),
            copies: self.guard.copies.iter().map(Seat::of).collect(),
            newest_good: self.guard.newest_good,
            since: self.guard.since,
            guard_duel: self.guard.duel.clone(),
            duel: self.duel.clone(),
            canary: self.canary,
            learning: self.learning,
            next: [self.next.version, self.next.place, self.next.era],
            notes: self.notes.iter().cloned().collect(),
            outcomes: self.outcomes.iter().cloned().collect(),
        };
        Registry { first, through: self.through, noted: self.noted }
    }
}

impl Registry {
    #[expect(clippy::expect_used, reason = "memory takes any bytes; only reading can fail")]
    fn bytes(&self) -> Vec<u8> {
        codec::encode(VERSION, self).expect("it encodes into memory")
    }

    fn read(bytes: &[u8]) -> Result<Self, CodecError> {
        if bytes.first() != Some(&FIRST) {
            return codec::decode(VERSION, bytes);
        }
        let first: FirstRegistry = codec::decode(FIRST, bytes)?;
        let noted = first.notes.len() as u64;
        Ok(Self { first, through: ClickThrough::default(), noted })
    }
}

impl Seat {
    fn of(version: &Version) -> Self {
        Self {
            number: version.number,
            place: version.place,
            era: version.learner.users.era(),
            squares_unit: version.learner.squares_unit(),
            origin: version.origin.clone(),
            changes: version.changes.clone(),
            inherits: version.inherits,
            watch: version.watch.clone(),
        }
    }

    fn restore(self, config: &VersionsConfig, entries: Entries) -> Result<Version, RestoreError> {
        let model = self.changes.apply(&config.model);
        let model = model.map_err(|_| CodecError::Damaged("changes of a version"))?;
        let mut learner = Learner::restore(config.seed, model, entries)?;
        learner.set_squares_unit(self.squares_unit);
        learner.users.set_era(self.era);
        Ok(Version {
            number: self.number,
            origin: self.origin,
            changes: self.changes,
            inherits: self.inherits,
            place: self.place,
            written: false,
            learner,
            watch: self.watch,
        })
    }
}

/// A version that changes no more and stands in the checkpoint.
fn still(version: Version) -> Version {
    Version { written: true, ..version }
}

fn cut_version(version: &mut Version, entries: &mut Vec<PartEntry>) {
    if std::mem::replace(&mut version.written, true) {
        return;
    }
    let place = version.place;
    let part = version.learner.cut();
    let placed = part
        .entries
        .into_iter()
        .map(|entry| PartEntry { key: placed(place, entry.key), value: entry.value });
    entries.extend(placed);
}

fn placed(place: u32, key: Vec<u8>) -> Vec<u8> {
    if place == 0 {
        return key;
    }
    [&[PLACED], &place.to_be_bytes()[..], &key].concat()
}

/// The registry, and every place's entries.
fn sort_out(
    entries: impl IntoIterator<Item = (Vec<u8>, Vec<u8>)>,
) -> Result<(Option<Registry>, BTreeMap<u32, Entries>), CodecError> {
    let mut registry = None;
    let mut places: BTreeMap<u32, Entries> = BTreeMap::new();
    for (key, value) in entries {
        match &key[..] {
            [REGISTRY] => registry = Some(Registry::read(&value)?),
            [PLACED, a, b, c, d, rest @ ..] => {
                let place = u32::from_be_bytes([*a, *b, *c, *d]);
                places.entry(place).or_default().push((rest.to_vec(), value));
            }
            _ => places.entry(0).or_default().push((key, value)),
        }
    }
    Ok((registry, places))
}

#[cfg(test)]
mod tests;
