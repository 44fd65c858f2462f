//! About how many bytes of log a record takes: enough to know when the log has grown by 64 MiB.
//!
//! Not here: the exact size. Only encoding would tell, and the log writer has done that already.

use engine::{Record, RecordBody};

/// Key, fixed fields and the log's own overhead.
const FIXED: usize = 64;

/// Roughly the bytes that `record` takes in the log.
pub(crate) fn log_bytes(record: &Record) -> u64 {
    let texts = match &record.body {
        RecordBody::Event { event, .. } => {
            let optional = [&event.session_id, &event.room_id];
            let named: usize = optional.into_iter().flatten().map(|text| text.len()).sum();
            event.user.as_str().len() + event.properties.len() + named
        }
        RecordBody::Served { served, .. } => {
            let declared = served.declared.as_ref().map_or(0, |values| values.bytes());
            served.user.as_str().len() + 12 * served.items.len() + declared
        }
        RecordBody::ConfigActivated { declared, .. } => declared.as_ref().map_or(0, |it| it.len()),
        RecordBody::ItemRegistered { item_id, .. } => item_id.len(),
        RecordBody::ItemPut { doc, .. } => {
            let title = doc.title.as_deref().map_or(0, str::len);
            doc.item_id.len() + doc.properties.len() + title + 16 * doc.categories.len()
        }
        RecordBody::UserPut { user, profile, .. } => user.as_str().len() + profile.len(),
        _ => 0,
    };
    (FIXED + texts) as u64
}
