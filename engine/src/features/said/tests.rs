use proptest::prelude::*;

use super::*;
use crate::features::shared::SharedFeatures;
use crate::features::testing;
use crate::user::tests::{CLICK, VIEW, types};
use crate::{CategoryId, ItemIndex, Timestamp};

const NOON: u64 = 1_700_000_000_000;

/// What a log says: an event of one of two shards in a room, or the time.
#[derive(Clone, Copy, Debug)]
enum Word {
    Event { shard: usize, item: u32, room: usize, late_ms: u64, impression: bool },
    Tick,
}

fn words() -> impl Strategy<Value = Vec<Word>> {
    let event = (0..2_usize, 0..5_u32, 0..8_usize, 0..200_000_u64, any::<bool>());
    let event = event.prop_map(|(shard, item, room, late_ms, impression)| Word::Event {
        shard,
        item,
        room,
        late_ms,
        impression,
    });
    proptest::collection::vec(prop_oneof![8 => event, 1 => Just(Word::Tick)], 0..60)
}

const ROOMS: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];

/// The state after the words, told in batches of `batch` words, with `fault` words taken back and told again.
fn state(words: &[Word], batch: usize, fault: usize) -> SharedFeatures {
    let plan = Arc::new(testing::plan(&types()));
    let mut features = SharedFeatures::new(&plan);
    for (number, words) in words.chunks(batch).enumerate() {
        let first = (number * batch) as u64;
        let mut shards = [Said::default(), Said::default()];
        for (sequence, word) in (first..).zip(words) {
            match *word {
                Word::Event { shard, item, room, late_ms, impression } => {
                    let at = NOON + 1_000 * sequence - late_ms;
                    let event_type = if impression { VIEW } else { CLICK };
                    let event = Occurrence {
                        item: Some(ItemIndex(item)),
                        categories: &[CategoryId(item % 3)],
                        room: Some(ROOMS[room]),
                        ..Occurrence::new(event_type, Timestamp::from_millis(at), 1)
                    };
                    let said = &mut shards[shard];
                    if fault != 0 && (sequence as usize).is_multiple_of(fault) {
                        let mark = said.mark();
                        said.add(&plan, &event, Sequence(sequence));
                        said.take_back(mark);
                    }
                    said.add(&plan, &event, Sequence(sequence));
                }
                Word::Tick => shards.iter_mut().for_each(Said::cut),
            }
        }
        let mut stretches = Vec::new();
        for mut said in shards {
            said.add_up();
            stretches.extend(said.stretches);
        }
        stretches.sort_by_key(|stretch| stretch.last);
        let mut stretches = stretches.into_iter().peekable();
        for (sequence, word) in (first..).zip(words) {
            if matches!(word, Word::Tick) {
                features.told_time(&plan);
            }
            while let Some(stretch) = stretches.next_if(|it| it.last == Sequence(sequence)) {
                let _ = features.merge(&plan, &stretch.partials);
            }
        }
    }
    features
}

proptest! {
    #[test]
    fn whatever_the_batches_and_what_was_taken_back_the_state_is_one(
        words in words(),
        batch in 1..70_usize,
        fault in 0..4_usize,
    ) {
        prop_assert_eq!(state(&words, batch, fault).digest(), state(&words, 1, 0).digest());
    }
}

#[test]
fn rooms_past_the_bound_go_when_time_is_told_and_not_before() {
    let enter = |room| Word::Event { shard: 0, item: 1, room, late_ms: 0, impression: false };
    let mut words: Vec<Word> = (0..8).map(enter).collect();
    let before = state(&words, 8, 0).instances();
    words.push(Word::Tick);
    let after = state(&words, 9, 0).instances();
    assert_eq!(before - after, 8 - testing::ROOMS as usize);
}
