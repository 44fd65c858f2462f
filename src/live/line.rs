//! Lines that are written once and shared by all who are sent them.

use actix_web::web::Bytes;

use super::protocol::{Data, Published, publication};

/// A publication as it goes out, in the form of the protocol; the data can be read out of it again.
#[derive(Clone, Debug)]
pub(super) struct Line {
    text: Bytes,
    data: (usize, usize),
}

impl Line {
    /// The line that says that `data` was published in `channel`; `offset` is 0 where the channel has none.
    ///
    /// What is no JSON goes out as `null`: a line that is left out would be a gap.
    pub(super) fn of(channel: &str, offset: u64, data: &str) -> Self {
        let data = readable(channel, data);
        let text = publication(channel, Published::new(offset, &data));
        // The data stands behind the channel's name, and a name cannot hold what begins it: a quote would be escaped.
        let begin = text.find(DATA).map_or(0, |at| at + DATA.len());
        let end = begin + data.as_str().len();
        Self { text: Bytes::from(text), data: (begin, end) }
    }

    /// The whole line.
    pub(super) fn as_frame_line(&self) -> &[u8] {
        &self.text
    }

    /// The data alone.
    pub(super) fn data(&self) -> &[u8] {
        &self.text[self.data.0..self.data.1]
    }
}

/// What begins the data in a line.
const DATA: &str = "\"pub\":{\"data\":";

/// `data` as it can be sent.
pub(super) fn readable(channel: &str, data: &str) -> Data {
    Data::of_text(data).unwrap_or_else(|error| {
        tracing::error!(channel, %error, "what was to be published is no JSON");
        Data::null()
    })
}

#[cfg(test)]
mod tests;
