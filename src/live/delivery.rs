//! What goes to many at once: publications and the latest of a kind, encoded once for all connections of a worker.
//!
//! Publications that wait for a worker together go out together: one frame, one write for each connection, however many
//! there are. So a worker that falls behind catches up.

use std::cell::OnceCell;
use std::sync::Arc;

use actix_web::web::Bytes;

use super::frame;
use super::inbox::{Publication, Told};
use super::line::Line;
use super::sse;
use crate::clock::Stopwatch;

/// In which form a connection takes what it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Frames of a WebSocket.
    Frames,
    /// Events of an answer that does not end.
    Events,
}

/// Publications of one channel and epoch that follow each other; never empty.
pub(super) struct Batch {
    publications: Vec<Arc<Publication>>,
    frame: OnceCell<Bytes>,
    events: OnceCell<Bytes>,
}

impl Batch {
    /// These, which follow each other.
    pub(super) fn of(publications: Vec<Arc<Publication>>) -> Self {
        Self { publications, frame: OnceCell::new(), events: OnceCell::new() }
    }

    pub(super) fn publications(&self) -> &[Arc<Publication>] {
        &self.publications
    }

    /// The life of the channel.
    pub(super) fn epoch(&self) -> &str {
        &self.publications[0].epoch
    }

    /// The oldest offset.
    pub(super) fn first(&self) -> u64 {
        self.publications[0].offset
    }

    /// The newest offset.
    pub(super) fn last(&self) -> u64 {
        self.first() + self.publications.len() as u64 - 1
    }

    /// The channel.
    pub(super) fn channel(&self) -> &Arc<str> {
        &self.publications[0].channel
    }

    /// For how long the oldest has been on its way.
    pub(super) fn since(&self) -> Stopwatch {
        self.publications[0].since
    }

    /// What is sent to whoever has all before `next`.
    pub(super) fn bytes(&self, form: Form, next: u64) -> Bytes {
        let known = next.saturating_sub(self.first()) as usize;
        let whole = match form {
            Form::Frames => &self.frame,
            Form::Events => &self.events,
        };
        match known {
            0 => whole.get_or_init(|| encode(form, &self.publications)).clone(),
            known => encode(form, &self.publications[known..]),
        }
    }
}

fn encode(form: Form, publications: &[Arc<Publication>]) -> Bytes {
    match form {
        Form::Frames => frame::text(publications.iter().map(|it| it.line.as_frame_line())),
        Form::Events => sse::publications(publications),
    }
}

/// The latest of a kind, in every form.
pub(super) struct Latest {
    line: Line,
    frame: OnceCell<Bytes>,
    event: OnceCell<Bytes>,
}

impl Latest {
    /// This line.
    pub(super) fn of(line: Line) -> Self {
        Self { line, frame: OnceCell::new(), event: OnceCell::new() }
    }

    /// What is sent.
    pub(super) fn bytes(&self, form: Form) -> Bytes {
        let encoded = match form {
            Form::Frames => {
                self.frame.get_or_init(|| frame::text([self.line.as_frame_line()].into_iter()))
            }
            Form::Events => self.event.get_or_init(|| sse::latest(&self.line)),
        };
        encoded.clone()
    }
}

/// One thing to do for all who follow a channel.
pub(super) enum Round {
    /// Publications that follow each other.
    Batch(Batch),
    /// The latest of a kind.
    Latest {
        /// The channel.
        channel: Arc<str>,
        /// The kind; `None` for what happened.
        kind: Option<&'static str>,
        /// What it says.
        latest: Latest,
        /// Runs since it was told.
        since: Stopwatch,
    },
    /// Every connection is to be closed.
    ShutDown,
}

/// What an inbox held, in rounds: publications of a channel together, whatever lies between them.
pub(super) fn rounds(told: Vec<Told>) -> Vec<Round> {
    let mut rounds = Vec::new();
    let mut open: Vec<Vec<Arc<Publication>>> = Vec::new();
    for told in told {
        match told {
            Told::Published(publication) => join(&mut open, publication),
            Told::State { channel, kind, line, since } => {
                rounds.push(Round::Latest { channel, kind, latest: Latest::of(line), since });
            }
            Told::ShutDown => rounds.push(Round::ShutDown),
        }
    }
    // Publications first: a shutdown behind them lets them out.
    let batches = open.into_iter().map(|publications| Round::Batch(Batch::of(publications)));
    batches.chain(rounds).collect()
}

/// Behind the channel's newest where it follows that, else as the first of a batch of its own.
fn join(open: &mut Vec<Vec<Arc<Publication>>>, publication: Arc<Publication>) {
    let same =
        |batch: &&mut Vec<Arc<Publication>>| Arc::ptr_eq(&batch[0].channel, &publication.channel);
    let follows = |batch: &Vec<Arc<Publication>>| {
        let newest = &batch[batch.len() - 1];
        *newest.epoch == *publication.epoch && newest.offset + 1 == publication.offset
    };
    match open.iter_mut().rev().find(same) {
        Some(batch) if follows(batch) => batch.push(publication),
        _ => open.push(vec![publication]),
    }
}

#[cfg(test)]
mod tests;
