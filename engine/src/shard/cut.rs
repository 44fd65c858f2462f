//! A shard's checkpoint: keyed rows out, keyed rows in, and the digest that says two shards are equal.
//!
//! **Format**, version 1. Every value starts with a version byte. Numbers in keys are big endian.
//!
//! | key | value |
//! |---|---|
//! | `h` | [`Header`] |
//! | `u` user id | packed user, see [`crate::user::packed`] |
//! | `l` | what is declared, and how it lies in `u`, in front of which it comes (see [`crate::features::active`]) |
//! | `p` user id | profile text |
//! | `d` generation u64, row u32 | remembered ids, u64 little endian each |
//! | `s` source u64 | highest position |
//! | `j` number u64 | [`Marks`]: what became of the places of that list, of a version of its own: 2; 1 holds nothing back |
//! | `w` number u64 | served list, of a version of its own: 3; 2 is without declared features, 1 a list of version 1 records |
//!
//! **Invariant:** a cut holds only what changed since the last one. A caller that abandons a cut must
//! keep its entries and write those that the next cut does not replace.

use std::sync::Arc;

use bincode::{Decode, Encode};
use siphasher::sip::SipHasher13;
use std::hash::Hasher;

use super::dedup::RowKey;
use super::join::marks::{Marks, MarksV1};
use super::{ApplyConfig, ShardState};
use crate::codec::{self, CodecError};
use crate::features::Declared;
use crate::part::{Part, PartEntry, PartOwner};
use crate::record::{Served, ServedV1, ServedV3};
use crate::user::{PackedUser, User};
use crate::{Sequence, ShardId, UserId};

/// Version byte of every row but the users', which have their own.
const ROW_VERSION: u8 = 1;
/// Version byte of a list that waits.
const LIST_VERSION: u8 = 3;
/// The one before, without declared features.
const OLDER_LIST: u8 = 2;
/// Version byte of a list's marks.
const MARKS_VERSION: u8 = 2;

/// The one row that is written at each cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
struct Header {
    /// Last record applied.
    offset: Sequence,
}

impl ShardState {
    /// What changed since the last cut, and the offset.
    pub fn cut(&mut self) -> Part {
        let mut entries = vec![row(b'h', &[], codec_row(&Header { offset: self.offset }))];
        if let Some(active) = self.active.take_row() {
            entries.push(row(b'l', &[], Some(active)));
        }
        for (id, bytes) in self.users.take_changed() {
            entries.push(row(b'u', id.as_str().as_bytes(), Some(bytes)));
        }
        for id in std::mem::take(&mut self.changed_profiles) {
            let value = self.profiles.get(&id).and_then(codec_row);
            entries.push(row(b'p', id.as_str().as_bytes(), value));
        }
        let (rows, gone) = self.recent_ids.take_changed();
        entries.extend(rows.into_iter().map(|(key, names)| id_row(key, Some(&names))));
        entries.extend(gone.into_iter().map(|key| id_row(key, None)));
        for source in std::mem::take(&mut self.changed_sources) {
            let value = self.sources.get(&source).and_then(codec_row);
            entries.push(row(b's', &source.to_be_bytes(), value));
        }
        let (lists, marks) = self.waiting.take_changed();
        for (number, served) in lists {
            entries.push(row(b'w', &number.to_be_bytes(), served.and_then(list_row)));
        }
        for (number, marks) in marks {
            entries.push(row(b'j', &number.to_be_bytes(), marks.and_then(marks_row)));
        }
        Part { owner: PartOwner::Shard(self.shard), entries }
    }

    /// A shard out of every entry of a cut.
    ///
    /// # Errors
    /// [`CodecError`] at the first entry that is damaged or of a version not known.
    pub fn restore(
        shard: ShardId,
        config: Arc<ApplyConfig>,
        entries: impl Iterator<Item = (Vec<u8>, Vec<u8>)>,
    ) -> Result<Self, CodecError> {
        let mut state = Self::new(shard, config);
        for (key, value) in entries {
            state.restore_row(&key, &value)?;
        }
        state.active.restored(state.offset);
        Ok(state)
    }

    /// Hash of all that records made, in one order, so that equal shards, and only they, have equal digests.
    ///
    /// The model's rows are left out: when they come depends on publications, and not on the log alone.
    #[must_use]
    pub fn digest(&self) -> u64 {
        let mut hasher = SipHasher13::new();
        hasher.write_u64(self.offset.0);
        for user in self.users.sorted() {
            for part in user.without_row() {
                write_bytes(&mut hasher, part);
            }
        }
        let mut profiles: Vec<(&UserId, &Box<str>)> = self.profiles.iter().collect();
        profiles.sort_unstable();
        for (id, text) in profiles {
            write_bytes(&mut hasher, id.as_str().as_bytes());
            write_bytes(&mut hasher, text.as_bytes());
        }
        for (generation, name) in self.recent_ids.sorted() {
            hasher.write_u64(generation);
            hasher.write_u64(name);
        }
        let mut sources: Vec<(&u64, &u64)> = self.sources.iter().collect();
        sources.sort_unstable();
        for (source, position) in sources {
            hasher.write_u64(*source);
            hasher.write_u64(*position);
        }
        self.hash_waiting_lists(&mut hasher);
        hasher.finish()
    }

    /// Hash of the lists that wait, and of what became of their items so far.
    pub(super) fn waiting_lists_digest(&self) -> u64 {
        let mut hasher = SipHasher13::new();
        self.hash_waiting_lists(&mut hasher);
        hasher.finish()
    }

    fn hash_waiting_lists(&self, hasher: &mut SipHasher13) {
        for list in self.waiting.iter() {
            write_bytes(hasher, &list_row(&list.served).unwrap_or_default());
            let marks = list.marks.as_ref().and_then(marks_row);
            write_bytes(hasher, &marks.unwrap_or_default());
        }
    }

    fn restore_row(&mut self, key: &[u8], value: &[u8]) -> Result<(), CodecError> {
        let (kind, name) = key.split_first().ok_or(CodecError::Empty)?;
        match kind {
            b'h' => self.offset = codec::decode::<Header>(ROW_VERSION, value)?.offset,
            b'u' => {
                let mut user = std::mem::take(&mut self.scratch);
                let packed = PackedUser::from_checkpoint(value, &mut user)?;
                if packed.id().as_bytes() != name {
                    return Err(CodecError::Damaged("a user under another's key"));
                }
                let carried = self.carry(&mut user);
                self.schedule(packed.id(), &user);
                if carried == Carried::Changed {
                    let packed = PackedUser::pack(packed.id(), &user, &mut Vec::new());
                    self.users.restore_changed(packed);
                } else {
                    self.users.restore(packed);
                }
                self.scratch = user;
            }
            b'l' => {
                self.carrier = self.active.restore(value)?;
            }
            b'p' => {
                let id = std::str::from_utf8(name).map_err(|_| CodecError::Damaged("user id"))?;
                let profile = codec::decode(ROW_VERSION, value)?;
                self.profiles.insert(UserId::new(id), profile);
            }
            b'd' => {
                let (generation, row) = name.split_at_checked(8).ok_or(SHORT_KEY)?;
                let row = u32::from_be_bytes(*row.as_array().ok_or(SHORT_KEY)?);
                let key = RowKey { generation: number(generation)?, row };
                self.recent_ids.restore(key, &read_ids(value)?);
            }
            b's' => {
                let position = codec::decode(ROW_VERSION, value)?;
                self.sources.insert(number(name)?, position);
            }
            b'j' => {
                self.waiting.restore_marks(number(name)?, read_marks(value)?)?;
            }
            b'w' => {
                self.waiting.restore(read_list(value)?)?;
            }
            _ => return Err(CodecError::Damaged("a row of no known kind")),
        }
        Ok(())
    }
}

/// What became of a user out of a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Carried {
    /// What they have is declared now, too.
    AsItWas,
    /// Something was brought into another form, or dropped.
    Changed,
}

impl ShardState {
    /// Brings a user's features and patterns to what is declared now.
    fn carry(&self, user: &mut User) -> Carried {
        let Declared { plan, patterns, .. } = self.declared();
        let mut dropped = user.patterns.drop_unknown(patterns);
        if let Some(carrier) = &self.carrier {
            // Blocks of one tag may still be of another meaning: half filled ones.
            let before = user.declared.clone();
            user.declared.carry(carrier, plan);
            dropped += u64::from(user.declared != before);
        } else {
            dropped += user.declared.drop_unknown(plan);
        }
        if 0 < dropped { Carried::Changed } else { Carried::AsItWas }
    }
}

const SHORT_KEY: CodecError = CodecError::Damaged("a key of another length");

fn number(bytes: &[u8]) -> Result<u64, CodecError> {
    let bytes: [u8; 8] = bytes.try_into().map_err(|_| SHORT_KEY)?;
    Ok(u64::from_be_bytes(bytes))
}

fn row(kind: u8, name: &[u8], value: Option<Vec<u8>>) -> PartEntry {
    let mut key = Vec::with_capacity(1 + name.len());
    key.push(kind);
    key.extend_from_slice(name);
    PartEntry { key, value }
}

/// A value that cannot be encoded is one that no record could have carried: records have the same limit.
fn codec_row<T: Encode>(value: &T) -> Option<Vec<u8>> {
    versioned(ROW_VERSION, value)
}

fn list_row(value: &Served) -> Option<Vec<u8>> {
    versioned(LIST_VERSION, value)
}

fn marks_row(value: &Marks) -> Option<Vec<u8>> {
    versioned(MARKS_VERSION, value)
}

fn read_marks(value: &[u8]) -> Result<Marks, CodecError> {
    if value.first() == Some(&ROW_VERSION) {
        return codec::decode::<MarksV1>(ROW_VERSION, value).map(Marks::from);
    }
    codec::decode(MARKS_VERSION, value)
}

fn read_list(value: &[u8]) -> Result<Served, CodecError> {
    match value.first() {
        Some(&ROW_VERSION) => codec::decode::<ServedV1>(ROW_VERSION, value).map(Served::from),
        Some(&OLDER_LIST) => codec::decode::<ServedV3>(OLDER_LIST, value).map(Served::from),
        _ => codec::decode(LIST_VERSION, value),
    }
}

fn versioned<T: Encode>(version: u8, value: &T) -> Option<Vec<u8>> {
    let bytes = codec::encode(version, value);
    debug_assert!(bytes.is_ok(), "a value out of a record fits the codec");
    bytes.ok()
}

fn id_row(key: RowKey, names: Option<&[u64]>) -> PartEntry {
    let mut name = key.generation.to_be_bytes().to_vec();
    name.extend_from_slice(&key.row.to_be_bytes());
    let value = names.map(|names| {
        let mut bytes = Vec::with_capacity(1 + 8 * names.len());
        bytes.push(ROW_VERSION);
        bytes.extend(names.iter().flat_map(|name| name.to_le_bytes()));
        bytes
    });
    row(b'd', &name, value)
}

fn read_ids(value: &[u8]) -> Result<Vec<u64>, CodecError> {
    let (&found, body) = value.split_first().ok_or(CodecError::Empty)?;
    if found != ROW_VERSION {
        return Err(CodecError::Version { found, newest: ROW_VERSION });
    }
    let (names, rest) = body.as_chunks::<8>();
    if !rest.is_empty() {
        return Err(CodecError::Trailing(rest.len()));
    }
    Ok(names.iter().map(|bytes| u64::from_le_bytes(*bytes)).collect())
}

fn write_bytes(hasher: &mut SipHasher13, bytes: &[u8]) {
    hasher.write_u64(bytes.len() as u64);
    hasher.write(bytes);
}
