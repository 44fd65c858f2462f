//! From the bytes of a request to drafts for the log: parse, resolve, check, enrich, identify.
//!
//! Pure: bytes, key, types, catalogue and the time of receipt in; drafts, refusals and warnings out.
//! The steps, one file each: [`frame`] cuts the body into entries, [`object`] reads an entry's members
//! without building their values, [`dialect`] puts them into [`field`]s, [`check`] makes typed values of
//! them, [`identity`] says what makes a resent event the same, [`drafts`] enriches and expands.
//!
//! **Invariant:** every entry of a body ends as drafts or as a refusal that names it; nothing is dropped.
//!
//! **Invariant:** the same body gives the same identities.
//!
//! Not here: whether an event is known to the log already, and the waiting for it. Only the draft of an
//! event that may be older than what shards remember is marked for a look on the disk.

pub mod check;
pub mod dialect;
pub mod drafts;
pub mod fault;
pub mod field;
pub mod frame;
pub mod identity;
pub mod items;
pub mod limits;
pub mod moment;
pub mod names;
pub mod object;
pub mod pointer;
pub mod properties;
pub mod rooms;
pub mod tally;

use engine::record::{Identity, Mode};
use engine::rooms::RoomsView;
use engine::{EventTypes, NodeKey};

use crate::catalogue::Catalogue;
use crate::event_log::draft::Draft;
use check::Checked;
use dialect::{Dialect, Rows};
use drafts::Drafts;
use fault::{BodyError, Fault, Flaw, Rejected, Warning};
use frame::{Entry, Framed, Framing};
use identity::Ordinals;
use limits::Limits;
use moment::Receipt;
use names::TypeNames;
use object::Object;

const ROWS: field::WholeRange =
    field::WholeRange { least: 1, most: identity::LAST_ROW, words: "a row of the source, from 1" };

/// What the edge knows when a body arrives.
#[derive(Clone, Copy, Debug)]
pub struct Edge<'n> {
    /// The data directory's key.
    pub key: NodeKey,
    /// Number of shards.
    pub shards: u16,
    /// Types by number.
    pub types: &'n EventTypes,
    /// Types by name.
    pub names: &'n TypeNames,
    /// Items by name.
    pub catalogue: &'n Catalogue,
    /// Live rooms that are open.
    pub rooms: &'n RoomsView,
    /// When the body arrived, and by which clock.
    pub receipt: Receipt,
    /// What a body may hold.
    pub limits: Limits,
    /// Whether the events are rows of an import.
    pub import: Option<Import>,
    /// Keyed hash of the network that the body came from, 0 where it is not known.
    pub origin: u32,
    /// The one user that the sender may speak for, where a token says so; events that name nobody are theirs.
    pub speaker: Option<&'n str>,
}

/// An import's source and way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Import {
    /// Keyed hash of its name and digest, by [`identity::source`].
    pub source: u64,
    /// Whether its events move trends.
    pub mode: Mode,
}

/// A body as it arrived.
#[derive(Clone, Copy, Debug)]
pub struct Body<'b> {
    /// Unpacked bytes.
    pub bytes: &'b [u8],
    /// The form of its events.
    pub dialect: Dialect,
    /// Whether the sender said that it is lines.
    pub framing: Framing,
    /// The `Idempotency-Key` header.
    pub idempotency_key: Option<&'b str>,
}

/// What a body holds.
#[derive(Debug, Default)]
pub struct Ingested {
    /// Entries sent.
    pub entries: usize,
    /// Whether the body was one event and no list.
    pub single: bool,
    /// Pointer in the body of the list that holds the entries; empty where the body is the list.
    pub list: &'static str,
    /// Drafts for the log, in the order of the entries.
    pub drafts: Vec<Draft>,
    /// For each draft, the place of its entry in the body.
    pub owners: Vec<usize>,
    /// Places in `drafts` of those whose id must be looked for on the disk before they are logged.
    pub lookups: Vec<usize>,
    /// Entries refused, in order.
    pub rejected: Vec<Rejected>,
    /// What was done to entries that were taken.
    pub warnings: Vec<Warning>,
    /// Entries without an identity.
    pub undeduplicated: usize,
    /// About how much memory the drafts take.
    pub bytes: usize,
    /// The last row of an import that was read, refused or not; 0 for none.
    pub last_row: u64,
}

/// Reads a body.
///
/// # Errors
/// [`BodyError`] where nothing of it can be taken.
pub fn ingest(body: Body<'_>, edge: &Edge<'_>) -> Result<Ingested, BodyError> {
    if let Some(key) = body.idempotency_key
        && !(1..=limits::ID_BYTES).contains(&key.len())
    {
        return Err(BodyError::IdempotencyKey { found: key.len() });
    }
    let reader = Reader {
        body,
        edge,
        envelope: Object::default(),
        envelope_hash: None,
        ordinals: Ordinals::default(),
        drafts: Drafts::default(),
        last_row: 0,
    };
    match frame::cut(body.bytes, body.framing, &edge.limits)? {
        Framed::Many(entries) => reader.all(&entries),
        Framed::Single(entry) => reader.single(entry),
    }
}

/// Goes through one body.
struct Reader<'b, 'n> {
    body: Body<'b>,
    edge: &'n Edge<'n>,
    /// What stands around the events.
    envelope: Object<'b>,
    envelope_hash: Option<u64>,
    ordinals: Ordinals,
    drafts: Drafts,
    /// Row of the import that was read last.
    last_row: u64,
}

impl<'b> Reader<'b, '_> {
    fn single(mut self, entry: Entry<'b>) -> Result<Ingested, BodyError> {
        frame::check_envelope(entry, &self.edge.limits)?;
        let object = Object::parse(entry.bytes, "").map_err(of_body)?;
        let envelope = self.body.dialect.unwrap(object).map_err(of_body)?;
        let Some(events) = envelope.events else {
            self.settle(0, self.check_size(entry).map(|()| envelope.object))?;
            return Ok(Ingested { single: true, ..self.finish(1) });
        };
        field::kind_of_array(events.raw).map_err(|fault| of_body(events.flaw(fault)))?;
        let entries = frame::array(events.raw.as_bytes(), 0, &self.edge.limits)?;
        if entries.is_empty() {
            return Err(BodyError::Empty);
        }
        let around = entry.bytes.len() - events.raw.len();
        let limit = self.edge.limits.event_bytes;
        if limit < around {
            return Err(of_body(Fault::TooLarge { found: around, limit }.at("")));
        }
        self.envelope_hash =
            identity::envelope_hash(&self.edge.key, &envelope.object).map_err(of_body)?;
        self.envelope = envelope.object;
        let list = if events.name == "batch" { "/batch" } else { "/events" };
        self.all(&entries).map(|ingested| Ingested { list, ..ingested })
    }

    fn all(mut self, entries: &[Entry<'b>]) -> Result<Ingested, BodyError> {
        for (index, entry) in entries.iter().enumerate() {
            let object = self.check_size(*entry).and_then(|()| Object::parse(entry.bytes, ""));
            if object.is_err() {
                self.pass_over(*entry);
            }
            self.settle(index, object)?;
        }
        Ok(self.finish(entries.len()))
    }

    fn finish(self, entries: usize) -> Ingested {
        Ingested { last_row: self.last_row, ..self.drafts.finish(entries) }
    }

    fn check_size(&self, entry: Entry<'_>) -> Result<(), Flaw> {
        let Limits { event_bytes: limit, depth, .. } = self.edge.limits;
        if limit < entry.bytes.len() {
            return Err(Fault::TooLarge { found: entry.bytes.len(), limit }.at(""));
        }
        if depth < entry.depth {
            return Err(Fault::TooDeep { limit: depth }.at(""));
        }
        Ok(())
    }

    /// Takes or refuses the entry at `index`.
    fn settle(&mut self, index: usize, object: Result<Object<'b>, Flaw>) -> Result<(), BodyError> {
        match object.and_then(|object| self.event(index, &object)) {
            Ok((event, identity)) => self.drafts.take(index, &event, identity, self.edge),
            Err(flaw) => {
                self.drafts.reject(index, &flaw);
                Ok(())
            }
        }
    }

    fn event(
        &mut self,
        index: usize,
        object: &Object<'b>,
    ) -> Result<(Checked<'b>, Identity), Flaw> {
        // First, so that a row that is refused is behind the import all the same.
        let row = self.edge.import.map(|_| self.row(object)).transpose()?;
        let rows = if self.edge.import.is_some() { Rows::Numbered } else { Rows::No };
        let parsed = self.body.dialect.read(object, &self.envelope, rows)?;
        let event = check::check(parsed, self.body.dialect, self.edge)?;
        let identity = self.identity(index, &event, (object, row))?;
        Ok((event, identity))
    }

    fn identity(
        &mut self,
        index: usize,
        event: &Checked<'_>,
        (object, row): (&Object<'_>, Option<u64>),
    ) -> Result<Identity, Flaw> {
        let key = &self.edge.key;
        // Also reads every value once, so that no draft carries text that is not JSON to the last digit.
        let fields = identity::fields_hash(key, object, "")?;
        if let (Some(import), Some(row)) = (self.edge.import, row) {
            return Ok(identity::of_row(import.source, row));
        }
        if let Some(id) = &event.event_id {
            return Ok(identity::given(key, &event.id_scope, id));
        }
        if let Some(idempotency_key) = self.body.idempotency_key {
            return Ok(identity::keyed(key, idempotency_key, index));
        }
        if !event.own_time {
            return Ok(Identity::None);
        }
        Ok(self.ordinals.derived(key, identity::enclosed(key, fields, self.envelope_hash)))
    }

    /// Notes the row of an entry that is refused unread, where it can be told.
    fn pass_over(&mut self, entry: Entry<'_>) {
        if self.edge.import.is_some()
            && let Ok(object) = Object::parse(entry.bytes, "")
        {
            // Refused as it is: another reason adds nothing.
            let _ = self.row(&object);
        }
    }

    /// The row that an imported event says it is, behind all before it.
    fn row(&mut self, object: &Object<'_>) -> Result<u64, Flaw> {
        let (name, pointer) = (field::SOURCE_POSITION, "/source_position");
        let raw = object.get(name).filter(|raw| *raw != "null");
        let raw = raw.ok_or_else(|| Fault::Missing { name, hint: "" }.at(pointer))?;
        let found = field::whole(raw, ROWS).map_err(|fault| fault.at(pointer))?;
        let before = std::mem::replace(&mut self.last_row, found);
        if found <= before {
            self.last_row = before;
            return Err(Fault::NotGrowing { found, before }.at(pointer));
        }
        Ok(found)
    }
}

/// A flaw of a body that is one value: broken JSON is the body's, anything else its envelope's.
fn of_body(flaw: Flaw) -> BodyError {
    match flaw.fault {
        Fault::InvalidJson { what, offset } => BodyError::InvalidJson { what, offset },
        fault => BodyError::Envelope { pointer: flaw.pointer, fault },
    }
}

#[cfg(test)]
pub(crate) mod tests;
