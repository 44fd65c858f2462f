//! What waits to go to the learner: brought into commit order, sent a few hundred at a time, never held back.
//!
//! Item activity answers each message with its lessons. Answers may be seen out of order, so they are joined by
//! the number of their question. While a cut is taken, lessons of commits behind it wait apart until the
//! learner was asked for its part.
//!
//! **Invariant:** lessons leave in commit order.
//!
//! **Invariant:** nothing here makes a commit wait. Samples are shed by [`Lessons::backlog`]; past [`MOST_WAITING`]
//! counts are dropped.
//!
//! Not here: what is shed (see [`crate::shedding`]).

use std::collections::{BTreeMap, VecDeque};

use engine::model::Lesson;
use engine::model::lesson::SAMPLE_WORK;

/// Work in a message, that of 256 samples: some 10 ms of learning, so that cuts and publications come between.
const WORK: usize = 256 * SAMPLE_WORK;

/// Counts and samples in a message; a count takes a hundredth of a sample.
const LESSONS: usize = 4_096;

/// Messages to the learner under way: one that is handled and one behind it, so that it never idles.
const MESSAGES: usize = 2;

/// Lessons that may wait before counts are dropped: 16 bytes each, ten seconds of the most that a node takes in.
const MOST_WAITING: usize = 1_000_000;

/// Lessons on their way to the learner.
#[derive(Debug, Default)]
pub(super) struct Lessons {
    /// Questions to activity so far, and how many of their answers are joined.
    asked: u64,
    joined: u64,
    /// Answers that are not, by number.
    answered: BTreeMap<u64, Vec<Lesson>>,
    waiting: VecDeque<Lesson>,
    under_way: usize,
    /// Work that was given out and not done yet, wherever it is.
    backlog: usize,
}

impl Lessons {
    /// Samples that were given out and not learned from yet; so many impressions as are the work of one count as one.
    pub(super) fn backlog(&self) -> usize {
        self.backlog.div_ceil(SAMPLE_WORK)
    }

    /// A task of so much work is given out.
    pub(super) fn give_out(&mut self, work: usize) {
        self.backlog += work;
    }

    /// The number of the next question to activity.
    pub(super) fn ask(&mut self) -> u64 {
        self.asked += 1;
        self.asked - 1
    }

    /// How many questions there were so far.
    pub(super) fn asked(&self) -> u64 {
        self.asked
    }

    /// Takes the answer to a question in which `work` was given out.
    pub(super) fn answer(&mut self, number: u64, work: usize, lessons: Vec<Lesson>) {
        // Activity may have lost some to a panic.
        self.backlog -= work - lessons.iter().map(Lesson::work).sum::<usize>();
        self.answered.insert(number, lessons);
    }

    /// Lets all answers go: nobody learns.
    pub(super) fn forget(&mut self) {
        self.answered.clear();
    }

    /// Joins the answers there are, in order, up to the question `border`; how many counts were dropped.
    pub(super) fn join(&mut self, border: Option<u64>) -> u64 {
        let mut dropped = 0;
        while border.is_none_or(|border| self.joined < border)
            && let Some(lessons) = self.answered.remove(&self.joined)
        {
            self.joined += 1;
            for lesson in lessons {
                if self.waiting.len() < MOST_WAITING || !matches!(lesson, Lesson::Count(..)) {
                    self.waiting.push_back(lesson);
                } else {
                    dropped += 1;
                }
            }
        }
        dropped
    }

    /// Whether everything before the question `border` has been sent to the learner.
    pub(super) fn sent_up_to(&self, border: u64) -> bool {
        self.joined == border && self.waiting.is_empty()
    }

    /// The next message, if it is time for one.
    pub(super) fn next(&mut self) -> Option<Vec<Lesson>> {
        if MESSAGES <= self.under_way || self.waiting.is_empty() {
            return None;
        }
        self.under_way += 1;
        let mut work = 0;
        let fits = |lesson: &&Lesson| {
            work += lesson.work();
            work <= WORK
        };
        let lessons = self.waiting.iter().take(LESSONS).take_while(fits).count();
        Some(self.waiting.drain(..lessons).collect())
    }

    /// A message of so much work was taught.
    pub(super) fn taught(&mut self, work: usize) {
        self.under_way -= 1;
        self.backlog -= work;
    }
}

#[cfg(test)]
mod tests;
