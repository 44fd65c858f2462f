//! Publications as server-sent events: lines of text in an answer that does not end.
//!
//! Publications of the stream carry an id, `epoch:offset`, by which a client that comes back says up to where it has the
//! channel; the latest of a kind carries none, so that it does not move that place.
//!
//! Not here: the answer (see `http/room_stream`).

use std::sync::Arc;

use actix_web::web::Bytes;

use super::inbox::Publication;
use super::line::Line;
use super::source::{Published, Since};

/// A line that says nothing: proxies keep the connection open.
pub const COMMENT: &[u8] = b":\n\n";

/// Publications of the stream.
pub(super) fn publications(publications: &[Arc<Publication>]) -> Bytes {
    let mut text = Vec::new();
    for it in publications {
        event(&mut text, Some((&it.epoch, it.offset)), it.line.data());
    }
    Bytes::from(text)
}

/// The latest of a kind.
pub(super) fn latest(line: &Line) -> Bytes {
    let mut text = Vec::new();
    event(&mut text, None, line.data());
    Bytes::from(text)
}

/// The beginning: where the channel stands, and what was missed. `recovered` says whether that is all.
pub(super) fn beginning(epoch: &str, offset: u64, recovered: Option<bool>) -> Bytes {
    let mut data = serde_json::json!({"kind": "subscribed", "epoch": epoch, "offset": offset});
    if let Some(recovered) = recovered {
        data["recovered"] = recovered.into();
    }
    let mut text = Vec::new();
    event(&mut text, Some((epoch, offset)), data.to_string().as_bytes());
    Bytes::from(text)
}

/// What was missed, one event each.
pub(super) fn missed(channel: &str, published: &[Published]) -> Bytes {
    let mut text = Vec::new();
    for it in published {
        let data = super::line::readable(channel, &it.data);
        event(&mut text, Some((&it.epoch, it.offset)), data.as_str().as_bytes());
    }
    Bytes::from(text)
}

/// How long a client is to wait before it comes back.
pub(super) fn retry(after_ms: u64) -> Bytes {
    Bytes::from(format!("retry: {after_ms}\n\n"))
}

fn event(text: &mut Vec<u8>, id: Option<(&str, u64)>, data: &[u8]) {
    if let Some((epoch, offset)) = id {
        text.extend_from_slice(format!("id: {epoch}:{offset}\n").as_bytes());
    }
    text.extend_from_slice(b"data: ");
    text.extend_from_slice(data);
    text.extend_from_slice(b"\n\n");
}

/// Reads `Last-Event-ID`; `None` for what is no id of ours.
#[must_use]
pub fn since(last_event_id: &str) -> Option<Since> {
    let (epoch, offset) = last_event_id.trim().rsplit_once(':')?;
    Some(Since { epoch: epoch.to_owned(), offset: offset.parse().ok()? })
}
