use engine::record::ServedItem;
use engine::{Sequence, ShardId, UserId};

use super::*;

const AT: u64 = 1_700_000_000_000;

fn shown() -> Shown {
    Shown::new(NodeKey([3; 16]), Config::default().event_types().unwrap())
}

/// A list of items with their propensities; the second place was drawn, instead of item 9.
fn list(number: u64, exploration: Exploration) -> Record {
    let id = RecommendationId { shard: ShardId(0), number };
    let item =
        |item, propensity| ServedItem { propensity, ..ServedItem::bare(ItemIndex(item), 1.0) };
    let served = Served {
        items: vec![item(1, 1.0), item(2, 0.2), item(3, 0.6)],
        explored: vec![(2, ItemIndex(9))],
        exploration: exploration.number(),
        ..Served::new(id, UserId::new("u1"), "home", Timestamp::from_millis(AT))
    };
    Record { sequence: Sequence(number), body: RecordBody::Served { shard: ShardId(0), served } }
}

fn event(name: &str, item: u32, list: Option<u64>, after_ms: u64) -> Record {
    let types = Config::default().event_types().unwrap();
    let at = Timestamp::from_millis(AT + after_ms);
    let event = Event {
        item: Some(ItemIndex(item)),
        recommendation: list.map(|number| RecommendationId { shard: ShardId(0), number }),
        ..Event::new(
            UserId::new("u1"),
            types.iter().find(|(_, spec)| spec.name == name).unwrap().0,
            at,
        )
    };
    Record { sequence: Sequence(100), body: RecordBody::Event { shard: ShardId(0), event } }
}

fn rewards(events: &[Record]) -> Vec<f64> {
    let mut shown = shown();
    shown.take(&list(1, Exploration::PlackettLuce));
    for event in events {
        shown.take(event);
    }
    shown.finish(String::new()).trials.trials.iter().map(|trial| trial.reward).collect()
}

#[test]
fn the_places_that_were_drawn_are_rows_and_tell_what_was_due() {
    let mut shown = shown();
    shown.take(&list(1, Exploration::PlackettLuce));
    shown.take(&list(2, Exploration::None));
    let logged = shown.finish("data".to_owned());
    let trials = &logged.trials.trials;
    assert_eq!((trials.len(), logged.trials.places), (2, 3));
    assert_eq!((trials[0].place, trials[1].place), (1, 2));
    assert!((trials[0].propensity - 0.2).abs() < 1e-6);
    // Item 9 was due where 2 was drawn, 3 where it stands.
    assert_eq!((trials[0].action, trials[1].action, logged.due.unwrap()), (0, 2, vec![1, 2]));
    assert_eq!(logged.notes, ["1 of 2 served lists explored"]);
}

#[test]
fn an_item_is_rewarded_by_an_event_that_names_the_list_or_follows_it_soon() {
    assert_eq!(rewards(&[event("select_item", 2, Some(1), 5_000_000)]), [1.0, 0.0]);
    assert_eq!(rewards(&[event("purchase", 3, None, 60_000)]), [0.0, 1.0]);
    assert_eq!(rewards(&[event("select_item", 3, None, 3_700_000)]), [0.0, 0.0]);
    assert_eq!(rewards(&[event("select_item", 2, Some(77), 1_000)]), [0.0, 0.0]);
    assert_eq!(rewards(&[event("view_item_list", 2, Some(1), 1_000)]), [0.0, 0.0]);
    assert_eq!(rewards(&[event("select_item", 1, Some(1), 1_000)]), [0.0, 0.0]);
}
