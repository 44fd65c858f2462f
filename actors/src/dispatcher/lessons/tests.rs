//! Tests of the way of lessons to the learner.

use engine::model::lesson::CLICK_WORK;
use engine::model::{ClickOutcome, ClickRow, ClickSample, Effort, ModelUser, Sample};
use engine::retrieval::NeighbourStrengths;
use engine::{ItemIndex, Sequence};

use super::*;

/// Samples in a message.
const SAMPLES: usize = WORK / SAMPLE_WORK;

fn count(item: u32) -> Lesson {
    Lesson::Count(ItemIndex(item))
}

fn learn(item: u32) -> Lesson {
    let sample = Sample {
        sequence: Sequence(u64::from(item)),
        item: ItemIndex(item),
        weight: 1.0,
        user: ModelUser::default(),
        recent: Vec::new(),
    };
    Lesson::Learn(Box::new((sample, NeighbourStrengths::default())), Effort::Full)
}

fn click(sequence: u32) -> Lesson {
    Lesson::Click(Box::new(ClickSample {
        sequence: Sequence(u64::from(sequence)),
        user_hash: 1,
        row: ClickRow::default(),
        position: 1,
        propensity: 1.0,
        outcome: ClickOutcome::Unclicked,
        weight: 1.0,
        version: 0,
    }))
}

fn items(lessons: Option<Vec<Lesson>>) -> Vec<u32> {
    let item = |lesson| match lesson {
        Lesson::Learn(learned, _) => learned.0.item.0,
        Lesson::Count(item) | Lesson::Describe(item, _) => item.0,
        Lesson::Click(click) => click.sequence.0 as u32,
        Lesson::Command(..) => unreachable!("none was told"),
    };
    lessons.into_iter().flatten().map(item).collect()
}

#[test]
fn answers_are_joined_in_the_order_of_their_questions() {
    let mut lessons = Lessons::default();
    let asked: Vec<_> = (0..3).map(|_| lessons.ask()).collect();
    lessons.answer(asked[2], 0, vec![count(3)]);
    lessons.join(None);
    assert_eq!(lessons.next(), None);
    lessons.answer(asked[0], 0, vec![count(1)]);
    lessons.join(None);
    assert_eq!(items(lessons.next()), [1]);
    lessons.answer(asked[1], 0, vec![count(2)]);
    lessons.join(None);
    assert_eq!(items(lessons.next()), [2, 3]);
}

#[test]
fn lessons_behind_a_cut_wait_apart_until_it_is_past() {
    let mut lessons = Lessons::default();
    let before = lessons.ask();
    let border = lessons.asked();
    let behind = lessons.ask();
    lessons.answer(behind, 0, vec![count(2)]);
    lessons.join(Some(border));
    assert!(!lessons.sent_up_to(border), "the answer before is not there yet");
    lessons.answer(before, 0, vec![count(1)]);
    lessons.join(Some(border));
    assert!(!lessons.sent_up_to(border));
    assert_eq!(items(lessons.next()), [1]);
    assert!(lessons.sent_up_to(border));
    lessons.join(None);
    assert_eq!(items(lessons.next()), [2]);
}

#[test]
fn two_messages_are_under_way_and_none_holds_more_samples_than_it_may() {
    let mut lessons = Lessons::default();
    let number = lessons.ask();
    let many = 3 * SAMPLES as u32;
    (0..many).for_each(|_| lessons.give_out(SAMPLE_WORK));
    lessons.answer(number, many as usize * SAMPLE_WORK, (0..many).map(learn).collect());
    lessons.join(None);
    let (first, second) = (lessons.next(), lessons.next());
    assert_eq!((items(first).len(), items(second).len()), (SAMPLES, SAMPLES));
    assert_eq!(lessons.next(), None);
    lessons.taught(WORK);
    assert_eq!(lessons.backlog(), 2 * SAMPLES);
    assert_eq!(items(lessons.next())[0], 2 * SAMPLES as u32);
}

#[test]
fn samples_that_activity_lost_are_no_backlog() {
    let mut lessons = Lessons::default();
    (0..3).for_each(|_| lessons.give_out(SAMPLE_WORK));
    let number = lessons.ask();
    lessons.answer(number, 3 * SAMPLE_WORK, vec![learn(1), count(2)]);
    assert_eq!(lessons.backlog(), 1);
}

#[test]
fn counts_are_dropped_before_memory_runs_out_and_samples_never() {
    let mut lessons = Lessons::default();
    let number = lessons.ask();
    lessons.give_out(SAMPLE_WORK);
    let mut all: Vec<_> = (0..MOST_WAITING as u32 + 5).map(count).collect();
    all.push(learn(7));
    lessons.answer(number, SAMPLE_WORK, all);
    assert_eq!(lessons.join(None), 5);
    assert_eq!(lessons.backlog(), 1);
}

#[test]
fn so_many_impressions_as_are_the_work_of_a_sample_count_as_one_and_none_is_lost() {
    let mut lessons = Lessons::default();
    let number = lessons.ask();
    let many = 3 * WORK / CLICK_WORK;
    (0..many).for_each(|_| lessons.give_out(CLICK_WORK));
    assert_eq!(lessons.backlog(), 3 * SAMPLES);
    lessons.answer(number, 3 * WORK, (0..many as u32).map(click).collect());
    assert_eq!(lessons.join(None), 0);
    assert_eq!(items(lessons.next()).len(), WORK);
    lessons.taught(WORK);
    assert_eq!(lessons.backlog(), 2 * SAMPLES);
    lessons.give_out(CLICK_WORK);
    assert_eq!(lessons.backlog(), 2 * SAMPLES + 1, "one is not nothing");
}
