//! The join and the click head together: what is foretold must be what was clicked, while samples come and after.
//!
//! Clicks were told at once here, and their absence when the window closed. The head then foretold half of what was
//! shown to be clicked while lists came, where a tenth was, and some in a million once they stopped; and called itself ready,
//! because a user's label was given away by the order in which their samples came.

use super::*;
use crate::model::click::fields::{CATEGORY, CONTEXT};
use crate::model::click::{ClickConfig, ClickHead};
use crate::model::numeric::{below, mix};
use crate::record::{FeatureParts, ItemFeatures};
use crate::{CategoryId, UserId};

const LISTS: u64 = 3_000;
const A_SECOND: u64 = 10;

/// A list of ten for a user of its own, who likes one of two categories: clicks 18 % of it, 2 % of the other.
fn list(number: u64) -> (Served, Vec<bool>) {
    let at = Timestamp::from_millis(NOW + 1_000 * number / A_SECOND);
    let user = UserId::new(&format!("one of {number}"));
    let base = Served::new(id(number), user, "home", at);
    let device = (number % 2) as u32;
    let items = (0..10).map(|place| {
        let categories = [Some(CategoryId(place % 2)), None];
        let features = ItemFeatures::pack(&FeatureParts { categories, ..FeatureParts::default() });
        ServedItem { features, ..ServedItem::bare(ItemIndex(place), 0.5) }
    });
    let clicks = (0..10).map(|place| {
        let likes = if place % 2 == device { 18 } else { 2 };
        below(mix(number, 7 + u64::from(place)), 100) < likes
    });
    let fields = vec![(0, mix(3, number) as u32), (1, 5), (CONTEXT, device)];
    (Served { items: items.collect(), fields, ..base }, clicks.collect())
}

fn of(served: &Served, kind: EventTypeId, place: usize, wait_ms: u64) -> RecordBody {
    let at = served.at.as_millis() + wait_ms;
    let done = event(kind, Some(served.items[place].item.0), at);
    let done = Event { user: served.user.clone(), recommendation: Some(served.id), ..done };
    RecordBody::Event { shard: SHARD, event: done }
}

/// Lists, impressions, clicks four seconds later and ticks, in the order of time.
fn story() -> Vec<RecordBody> {
    let mut timed: Vec<(u64, RecordBody)> = Vec::new();
    for number in 1..=LISTS {
        let (served, clicks) = list(number);
        let at = served.at.as_millis();
        timed.push((at, RecordBody::Served { shard: SHARD, served: served.clone() }));
        for (place, clicked) in clicks.into_iter().enumerate() {
            timed.push((at, of(&served, VIEW, place, 0)));
            if clicked {
                timed.push((at + 4_000, of(&served, CLICK, place, 4_000)));
            }
        }
    }
    timed.extend((1..LISTS / A_SECOND + 90).map(|s| (NOW + 1_000 * s, tick(s))));
    timed.sort_by_key(|(at, _)| *at);
    timed.into_iter().map(|(_, body)| body).collect()
}

/// What is foretold of the liked and the other category in lists for new users.
fn foretold(head: &mut ClickHead) -> [f32; 2] {
    let view = head.publish().0;
    let mut sums = [0.0; 2];
    for number in LISTS + 1..=LISTS + 50 {
        let (served, _) = list(number);
        for place in 0..10 {
            let asked = row(&served, place);
            let (shared, own) = asked.fields.split_at(asked.shared);
            let mut list = view.list(shared);
            let score = list.score(own, &asked.dense);
            let category = own.iter().find(|(field, _)| *field == CATEGORY).map(|it| it.1);
            let other = usize::from(category != Some(served.fields[2].1));
            sums[other] += list.probability(&score, place as u16 + 1) / 250.0;
        }
    }
    sums
}

#[test]
fn what_is_foretold_is_what_is_clicked_while_lists_come_and_when_they_stop() {
    let records = log(story());
    let mut state = ShardState::new(
        SHARD,
        Arc::new(ApplyConfig {
            served_budget_bytes: 1 << 26,
            ..(*joining(Impressions::Reported)).clone()
        }),
    );
    let mut head = ClickHead::new(3, ClickConfig::default());
    let mut out = Applied::default();
    let last_list = records.iter().rposition(|it| matches!(it.body, RecordBody::Served { .. }));
    for (number, record) in records.iter().enumerate() {
        state.apply(record, &mut out);
        for sample in out.clicks.drain(..) {
            let _ = head.learn(&sample);
        }
        if Some(number) == last_list || number + 1 == records.len() {
            let told @ [liked, other] = foretold(&mut head);
            assert!((0.14..0.23).contains(&liked), "{told:?} of .18 and .02");
            assert!((0.01..0.035).contains(&other), "{told:?} of .18 and .02");
            assert!(head.proof().ready);
        }
    }
    assert_eq!((out.joins.expired, head.learned()), (0, 10 * LISTS));
}
