//! From a checked event to what the log writer takes: enriched, identified, one draft per item.
//!
//! **Invariant:** apply needs nothing that is not in the draft. What the catalogue says of an item at
//! receipt is written down here.

use std::collections::HashSet;

use engine::record::{Identity, ItemDoc, ItemKind, Mode};
use engine::{CategoryId, Event, UserId};

use super::check::Checked;
use super::fault::{BodyError, Flaw, Warning};
use super::items::Named;
use super::moment::Settled;
use super::{Edge, Ingested, identity, properties, rooms};
use crate::event_log::draft::Draft;

/// Collects the drafts of one body.
#[derive(Debug, Default)]
pub struct Drafts {
    out: Ingested,
    warned: HashSet<Box<str>>,
}

impl Drafts {
    /// What has been collected, of a body of `entries` entries.
    #[must_use]
    pub fn finish(self, entries: usize) -> Ingested {
        Ingested { entries, ..self.out }
    }

    /// Notes that the entry at `index` is refused.
    pub fn reject(&mut self, index: usize, flaw: &Flaw) {
        self.out.rejected.push(super::fault::Rejected::new(index, flaw));
    }

    /// Takes the event at `index`.
    ///
    /// # Errors
    /// [`BodyError`] where the body has become too much.
    pub fn take(
        &mut self,
        index: usize,
        event: &Checked<'_>,
        identity: Identity,
        edge: &Edge<'_>,
    ) -> Result<(), BodyError> {
        let user = UserId::new(&event.user);
        let items: Vec<Option<&Named<'_>>> = match event.items.as_slice() {
            [] => vec![None],
            items => items.iter().map(Some).collect(),
        };
        for (ordinal, item) in items.into_iter().enumerate() {
            let identity = match identity {
                _ if event.listed => identity::of_item(&edge.key, identity, ordinal),
                _ => identity,
            };
            let draft = draft(&user, (event, ordinal), (item, identity), edge);
            if event.time.may_be_old && matches!(identity, Identity::Id(_)) {
                self.out.lookups.push(self.out.drafts.len());
            }
            self.push(index, draft, edge)?;
            self.warn_of_item(index, item);
        }
        self.warn_of_event(index, event);
        self.out.undeduplicated += usize::from(identity == Identity::None);
        Ok(())
    }

    fn push(&mut self, index: usize, draft: Draft, edge: &Edge<'_>) -> Result<(), BodyError> {
        if self.out.drafts.len() == edge.limits.body_events {
            return Err(BodyError::TooManyEvents { limit: edge.limits.body_events });
        }
        self.out.bytes += draft.size();
        if edge.limits.expanded_bytes < self.out.bytes {
            return Err(BodyError::TooLarge { limit: edge.limits.expanded_bytes });
        }
        self.out.drafts.push(draft);
        self.out.owners.push(index);
        Ok(())
    }

    fn warn_of_item(&mut self, index: usize, item: Option<&Named<'_>>) {
        let Some(Draft::Event { unknown_item: Some(name), .. }) = self.out.drafts.last() else {
            return;
        };
        if let Some(item) = item
            && self.warned.insert(name.clone())
        {
            let detail = format!(
                "`{}` is not in the catalogue; it was registered by name alone",
                super::fault::shorten(&item.item_id)
            );
            let pointer = item.pointer.clone();
            self.out.warnings.push(Warning { index, pointer, code: "unknown_item", detail });
        }
    }

    fn warn_of_event(&mut self, index: usize, event: &Checked<'_>) {
        if let Some((code, detail)) = of_time(&event.time) {
            let pointer = event.time_pointer.clone();
            self.out.warnings.push(Warning { index, pointer, code, detail });
        }
        if let Some(field) = event.foreign_recommendation {
            let detail = "this node gave no such id; it was kept in `properties`".to_owned();
            let (pointer, code) = (field.pointer(), "foreign_recommendation_id");
            self.out.warnings.push(Warning { index, pointer, code, detail });
        }
    }
}

/// What was done to a time, if anything that its sender should know.
fn of_time(time: &Settled) -> Option<(&'static str, String)> {
    let off = time.clock_off_ms.map(|off_ms| {
        let side = if off_ms < 0 { "behind" } else { "ahead" };
        format!("by `sent_at` the sender's clock is {} s {side}", off_ms.unsigned_abs() / 1000)
    });
    match (off, time.ahead_ms) {
        (None, None) => None,
        (Some(off), None) => {
            Some(("clock_corrected", format!("{off}; the event's time was corrected by as much")))
        }
        (None, Some(ahead_ms)) => Some((
            "clock_future",
            format!(
                "the event's time lies {ahead_ms} ms in the future; its receipt was taken. Send `sent_at` to have a wrong clock corrected"
            ),
        )),
        (Some(off), Some(ahead_ms)) => Some((
            "clock_future",
            format!(
                "{off}; corrected by as much the event's time lies {ahead_ms} ms in the future; its receipt was taken"
            ),
        )),
    }
}

/// The draft of an event's item at place `ordinal`, or of an event without one.
fn draft(
    user: &UserId,
    (event, ordinal): (&Checked<'_>, usize),
    (item, identity): (Option<&Named<'_>>, Identity),
    edge: &Edge<'_>,
) -> Draft {
    let known = item.and_then(|item| edge.catalogue.find(&item.item_id));
    let doc = known.as_ref().and_then(|entry| entry.doc.as_deref());
    let properties = match (ordinal, item) {
        (0, _) => event.properties.clone(),
        (_, Some(item)) => properties::of_extras(&item.extras),
        (_, None) => "".into(),
    };
    let mut unknown_item =
        item.filter(|_| known.is_none()).map(|item| item.item_id.as_ref().into());
    let mode = edge.import.map_or(Mode::Live, |import| import.mode);
    let mut record = Event {
        user: user.clone(),
        event_type: event.event_type,
        item: known.as_ref().map(|entry| entry.item),
        at: event.time.at,
        received_at: event.time.received_at,
        identity,
        mode,
        categories: doc.map(first_categories).unwrap_or_default(),
        kind: item.map_or(ItemKind::default(), |item| rooms::kind(&item.item_id, doc)),
        price: item.and_then(|item| item.price).or(doc.and_then(|doc| doc.price)),
        // The amount of a basket is one amount, whatever its items.
        value: event.value.filter(|_| ordinal == 0),
        position: item.and_then(|item| item.position),
        recommendation: event.recommendation,
        session_id: event.session_id.as_deref().map(Into::into),
        room_id: event.room_id.as_deref().map(Into::into),
        properties,
        origin: edge.origin,
    };
    if item.is_none() {
        unknown_item = rooms::name_item(&mut record, edge);
    }
    let shard = edge.key.shard_of(user, edge.shards);
    Draft::Event { shard, event: record, unknown_item }
}

pub(super) fn first_categories(doc: &ItemDoc) -> Vec<CategoryId> {
    doc.categories.iter().take(Event::MAX_CATEGORIES).map(|(category, _)| *category).collect()
}
