//! Lines that are written once and shared by all who are sent them.

use actix_web::web::Bytes;

use super::protocol::{Data, Published, publication};

/// The line that says that `data` was published in `channel`; `offset` is 0 where the channel has none.
///
/// What is no JSON goes out as `null`: a line that is left out would be a gap.
pub(super) fn of(channel: &str, offset: u64, data: &str) -> Bytes {
    Bytes::from(publication(channel, Published::new(offset, &readable(channel, data))))
}

/// `data` as it can be sent.
pub(super) fn readable(channel: &str, data: &str) -> Data {
    Data::of_text(data).unwrap_or_else(|error| {
        tracing::error!(channel, %error, "what was to be published is no JSON");
        Data::null()
    })
}
