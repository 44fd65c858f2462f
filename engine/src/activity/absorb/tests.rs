use super::*;
use crate::activity::testing::{CLICK, config, fact, put};
use crate::model::{ClickOutcome, ClickRow, ClickSample, ModelUser, Past, Sample};
use crate::{ItemIndex, RecordBody, Timestamp};
use std::sync::Arc;

fn record(sequence: u64, body: RecordBody) -> Record {
    Record { sequence: Sequence(sequence), body }
}

fn registered(sequence: u64, item: u32) -> Record {
    let body = RecordBody::ItemRegistered {
        item: ItemIndex(item),
        item_id: format!("i{item}").into(),
        at: Timestamp::EPOCH,
    };
    record(sequence, body)
}

fn sample(sequence: u64, item: u32, history: &[u32]) -> Task {
    let past = |item: &u32| Past { item: ItemIndex(*item), age_s: 0 };
    Task::full(Sample {
        sequence: Sequence(sequence),
        item: ItemIndex(item),
        weight: 1.0,
        user: ModelUser { history: history.iter().map(past).collect(), ..ModelUser::default() },
        recent: Vec::new(),
    })
}

#[test]
fn steps_come_by_sequence_and_a_sample_right_before_its_fact() {
    let records = [registered(1, 0), registered(2, 1), record(7, put(1, &[]))];
    let facts = [fact(3, 1, 0, CLICK), fact(5, 1, 1, CLICK), fact(9, 2, 1, CLICK)];
    let tasks = vec![
        Task::Count { sequence: Sequence(3), item: ItemIndex(0) },
        sample(5, 1, &[0]),
        sample(9, 1, &[]),
    ];
    let names: Vec<_> = steps(&records, (&facts, &[]), tasks).iter().map(Step::place).collect();
    let expected = [(1, 0), (2, 0), (3, 2), (3, 4), (5, 2), (5, 4), (7, 0), (9, 2), (9, 4)];
    assert_eq!(names, expected.map(|(sequence, kind)| (Sequence(sequence), kind)));
}

#[test]
fn impressions_that_a_record_settled_come_behind_its_sample_in_the_order_they_were_said() {
    let click = |sequence, position| {
        Task::Click(Box::new(ClickSample {
            sequence: Sequence(sequence),
            user_hash: 1,
            row: ClickRow::default(),
            position,
            propensity: 1.0,
            outcome: ClickOutcome::Unclicked,
            weight: 1.0,
            version: 0,
        }))
    };
    let records = [record(4, RecordBody::Tick { time: Timestamp::EPOCH })];
    let facts = [fact(3, 1, 0, CLICK)];
    let tasks = vec![sample(3, 0, &[]), click(3, 9), click(4, 7), click(4, 5), click(4, 6)];
    let mut activity = ItemActivity::new(Arc::new(config()));
    let steps = steps(&records, (&facts, &[]), tasks);
    let kinds: Vec<_> = steps.iter().map(|step| step.place().1).collect();
    assert_eq!(kinds, [2, 3, 4, 0, 3, 3, 3]);
    let lessons: Vec<_> = steps.into_iter().filter_map(|step| activity.absorb(step)).collect();
    let position = |lesson: &Lesson| match lesson {
        Lesson::Click(click) => click.position,
        _ => 0,
    };
    assert_eq!(lessons.iter().map(position).collect::<Vec<_>>(), [0, 9, 7, 5, 6]);
}

/// The lesson of the first pair would otherwise name the very item that is to be predicted.
#[test]
fn a_lesson_knows_the_neighbours_before_its_event_and_not_after() {
    let mut activity = ItemActivity::new(Arc::new(config()));
    let records = [registered(1, 0), registered(2, 1)];
    let mut pair = |sequence, user| {
        let mut second = fact(sequence + 1, user, 1, CLICK);
        second.recent = vec![ItemIndex(0)];
        let facts = [fact(sequence, user, 0, CLICK), second];
        let tasks = vec![sample(sequence, 0, &[]), sample(sequence + 1, 1, &[0])];
        let taken: Vec<Lesson> = steps(&records, (&facts, &[]), tasks)
            .into_iter()
            .filter_map(|step| activity.absorb(step))
            .collect();
        let Lesson::Learn(last, _) = &taken[1] else { unreachable!() };
        last.1.share(ItemIndex(1))[0]
    };
    assert_eq!([pair(3, 1), pair(5, 2)].map(f32::to_bits), [0.0, 1.0].map(f32::to_bits));
}
