//! Gathers submissions for one commit from what is waiting.
//!
//! Not here: waiting. A batch begins with a submission that is there.

use crossbeam_channel::Receiver;

use super::{COMMIT_BYTES, COMMIT_RECORDS, Command, Submission};
use crate::event_log::Draft;

/// Submissions of one commit.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) submissions: Vec<Submission>,
    records: usize,
    bytes: usize,
}

/// What ended the gathering.
#[derive(Debug)]
pub(super) enum Next {
    /// Nothing more is waiting.
    Nothing,
    /// This is waiting and did not fit.
    Full(Submission),
    /// The writer is to end.
    Stop,
}

impl Batch {
    /// A commit with `first` in it and whatever else is waiting and fits.
    pub(super) fn gather(first: Submission, waiting: &Receiver<Command>) -> (Self, Next) {
        let mut batch = Self::default();
        batch.add(first);
        loop {
            match waiting.try_recv() {
                Ok(Command::Append(next)) if batch.fits(&next) => batch.add(next),
                Ok(Command::Append(next)) => return (batch, Next::Full(next)),
                Ok(Command::Stop) => return (batch, Next::Stop),
                // A sender that is gone shows at the next blocking receive.
                Err(_) => return (batch, Next::Nothing),
            }
        }
    }

    fn add(&mut self, submission: Submission) {
        self.records += submission.drafts.len();
        self.bytes += size(&submission);
        self.submissions.push(submission);
    }

    fn fits(&self, next: &Submission) -> bool {
        self.records + next.drafts.len() <= COMMIT_RECORDS
            && self.bytes + size(next) <= COMMIT_BYTES
    }
}

fn size(submission: &Submission) -> usize {
    submission.drafts.iter().map(Draft::size).sum()
}
