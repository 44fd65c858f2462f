use super::*;
use crate::activity::testing::{CLICK, Stream, config};
use crate::model::{ModelConfig, Past};

fn user(items: &[u32], visit: usize) -> ModelUser {
    let past = |item: &u32| Past { item: ItemIndex(*item), age_s: 0 };
    ModelUser { history: items.iter().map(past).collect(), visit, ..ModelUser::default() }
}

fn stream() -> Stream {
    let mut stream = Stream::new(config());
    stream.items(6);
    for (who, item) in [(1, 0), (1, 1), (2, 0), (2, 2), (3, 1), (3, 3), (4, 2), (4, 4)] {
        stream.fact(who, item, CLICK);
    }
    stream
}

#[test]
fn repeats_in_the_history_speak_once_and_the_visit_is_counted_in_different_items() {
    let table = &stream().activity;
    let (zero, one) = (ItemIndex(0), ItemIndex(1));
    let recent = [zero, one];
    let sessions = similar_sessions::shares(0, &recent, table);
    assert!(!sessions.is_empty());
    let expected = |visit| NeighbourStrengths::of(&recent, visit, table).with_sessions(&sessions);
    assert_eq!(sources_of(&user(&[0, 0, 1], 2), table), expected(1));
    assert_eq!(sources_of(&user(&[0, 1, 0], 3), table), expected(2));
    assert_eq!(sources_of(&user(&[], 0), table), NeighbourStrengths::default());
    assert!(0.0 < sources_of(&user(&[0], 1), table).near(one)[0]);
}

#[test]
fn a_counted_task_counts_and_a_full_one_is_learned() {
    let table = &stream().activity;
    let sample = Sample {
        sequence: Sequence(9),
        item: ItemIndex(3),
        weight: 1.0,
        user: user(&[0], 1),
        recent: vec![ItemIndex(0)],
    };
    let count = Task::Count { sequence: Sequence(8), item: ItemIndex(2) }.into_lesson(table);
    let full = Task::full(sample.clone()).into_lesson(table);
    let expected =
        Lesson::Learn(Box::new((sample.clone(), sources_of(&sample.user, table))), Effort::Full);
    assert_eq!((&count, &full), (&Lesson::Count(ItemIndex(2)), &expected));
    let mut learner = Learner::new(1, ModelConfig::default());
    assert_eq!(learner.take(&count), None);
    assert_eq!(learner.counted().events, 1);
    assert!(matches!(learner.take(&full), Some(Learned::Stepped { .. })));
    assert_eq!(learner.counted().events, 2);
}
