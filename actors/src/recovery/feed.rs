//! What follows the shards in recovery: item activity, live rooms, and behind activity the learner, each on a thread of its own.
//!
//! **Invariant:** activity and learner take the same steps in the same order as live; nothing is shed.
//!
//! Not here: reading the log, applying records.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use engine::ItemActivity;
use engine::model::{Learned, Lesson, Versions};
use engine::rooms::{LiveRooms, LiveSaid};

use super::{Chunk, Fed};
use crate::activity::absorb;
use crate::flight::{Outputs, Said};
use crate::learner::teach;
use crate::rooms::RoomBatch;

/// Lessons that travel together: with what neighbours say, 4 MiB at most.
const LESSONS: usize = 256;

/// Messages of lessons that may wait for the learner; past them activity waits.
const LESSONS_WAITING: usize = 8;

/// Joins what the workers say of each chunk, feeds it to activity, and what comes of it to the learner.
pub(super) fn feed(
    Fed { activity, rooms, learner }: Fed<'_>,
    chunks: &Receiver<Chunk>,
    said: &[Receiver<Said>],
) {
    thread::scope(|scope| {
        let (to_learner, lessons) = sync_channel(LESSONS_WAITING);
        let learns = learner.is_some();
        if let Some(learner) = learner {
            scope.spawn(move || learn(learner, &lessons));
        }
        feed_rest((activity, rooms), chunks, said, learns.then_some(&to_learner));
    });
}

fn feed_rest(
    (activity, rooms): (&mut ItemActivity, &mut LiveRooms),
    chunks: &Receiver<Chunk>,
    said: &[Receiver<Said>],
    to_learner: Option<&SyncSender<Vec<Lesson>>>,
) {
    while let Ok(records) = chunks.recv() {
        let mut of_workers = Vec::with_capacity(said.len());
        for worker in said {
            match worker.recv() {
                Ok(of_worker) => of_workers.push(of_worker),
                Err(_) => return, // the worker failed, and says why itself
            }
        }
        let mut outputs = Outputs::join(records, of_workers.into_iter());
        if let Some(batch) = RoomBatch::of(&mut outputs) {
            // What was said then was sent then; whoever comes back is told from the channels.
            batch.tell(rooms, &mut LiveSaid::default());
        }
        let outputs = outputs.assign_all();
        let mut lessons = Vec::new();
        absorb(activity, outputs, |lesson| {
            lessons.push(lesson);
            if lessons.len() == LESSONS {
                hand_over(&mut lessons, to_learner);
            }
        });
        hand_over(&mut lessons, to_learner);
    }
}

/// A learner that is gone has panicked outside of a lesson, and its thread says so.
fn hand_over(lessons: &mut Vec<Lesson>, to_learner: Option<&SyncSender<Vec<Lesson>>>) {
    let lessons = std::mem::take(lessons);
    if let Some(to_learner) = to_learner.filter(|_| !lessons.is_empty()) {
        drop(to_learner.send(lessons));
    }
}

fn learn(learner: &mut Versions, lessons: &Receiver<Vec<Lesson>>) {
    while let Ok(lessons) = lessons.recv() {
        teach(learner, &lessons, |learned| {
            if learned == Learned::Refused {
                metrics::counter!("freshet_model_refused_total").increment(1);
            }
        });
    }
}
