use crate::activity::testing::{CLICK, Stream, config, put};
use crate::activity::{ActivityConfig, HalfLife};
use crate::{CategoryId, ItemIndex};

#[test]
fn a_view_keeps_what_it_showed_while_the_stream_goes_on() {
    let mut stream = Stream::new(config());
    stream.items(3);
    stream.fact(1, 0, CLICK);
    stream.fact(1, 1, CLICK);
    let before = stream.activity.publish();
    let shown = (before.popular(HalfLife::Short).to_vec(), before.neighbours(ItemIndex(0)));
    for _ in 0..50 {
        stream.fact(1, 2, CLICK);
        stream.fact(1, 0, CLICK);
    }
    let after = stream.activity.publish();
    assert_eq!((before.popular(HalfLife::Short).to_vec(), before.neighbours(ItemIndex(0))), shown);
    assert_eq!(after.revision(), before.revision() + 1);
    assert_eq!(after.neighbours(ItemIndex(0)).len(), 2);
}

#[test]
fn publishing_cannot_be_seen_in_the_state() {
    let (mut often, mut once) = (Stream::new(config()), Stream::new(config()));
    for stream in [&mut often, &mut once] {
        stream.items(20);
    }
    for step in 0..500 {
        for stream in [&mut often, &mut once] {
            stream.wait(1_000);
            stream.fact(step % 7, step * step % 20, CLICK);
        }
        often.activity.publish();
    }
    assert_eq!(often.activity.digest(), once.activity.digest());
}

#[test]
fn what_one_click_changes_is_all_that_a_publication_copies() {
    let mut stream = Stream::new(config());
    stream.items(50_000);
    for item in 0..2_000 {
        stream.fact(item, item, CLICK);
    }
    let held = stream.activity.publish();
    let before = stream.activity.published_bytes();
    stream.fact(1, 7, CLICK);
    let again = stream.activity.publish();
    let copied = stream.activity.published_bytes() - before;
    assert!(0 < copied && copied < 10_000, "{copied} bytes");
    assert!(held.revision() < again.revision());
}

fn listed(stream: &mut Stream, categories: std::ops::Range<u32>) -> usize {
    let view = stream.activity.publish();
    categories.filter(|category| !view.newest_in(CategoryId(*category)).is_empty()).count()
}

/// Categories with an item each, more than are listed at once.
fn many() -> Stream {
    let mut stream = Stream::new(ActivityConfig { categories_per_publish: 2, ..config() });
    (0..2_000).for_each(|item| stream.record(put(item, &[item])));
    stream
}

#[test]
fn categories_past_the_bound_of_one_publication_follow_with_the_next() {
    let mut stream = many();
    let first = listed(&mut stream, 0..2_000);
    assert!(0 < first && first < 200, "{first}");
    assert_eq!(listed(&mut stream, 0..2_000), 2 * first);
    let rounds = (2..100).find(|_| listed(&mut stream, 0..2_000) == 2_000);
    assert!(rounds.unwrap() < 40, "small ones go many at a time: {rounds:?}");
}

/// A wave of new categories kept the lists of all others as they were for a quarter of an hour.
#[test]
fn neither_new_categories_nor_old_ones_keep_the_others_waiting() {
    let mut stream = many();
    while listed(&mut stream, 0..2_000) < 2_000 {}
    for item in 2_000..4_000 {
        stream.record(put(item, &[item]));
    }
    stream.record(put(4_000, &[7]));
    let view = stream.activity.publish();
    assert_eq!(view.newest_in(CategoryId(7)).len(), 2);
    while listed(&mut stream, 2_000..4_000) < 2_000 {}
    for item in 0..2_000 {
        stream.fact_in(1, item, &[item as u32]);
    }
    stream.record(put(4_001, &[4_001]));
    assert_eq!(listed(&mut stream, 4_001..4_002), 1);
}

#[test]
fn a_category_is_listed_anew_only_as_one_of_its_windows_moves() {
    let mut stream = Stream::new(config());
    stream.record(put(0, &[3]));
    stream.fact_in(1, 0, &[3]);
    let mut rewritten = 0;
    let mut before = stream.activity.publish();
    for _ in 0..120 {
        stream.wait(30_000);
        stream.tick();
        let after = stream.activity.publish();
        let lists = |view: &crate::ActivityView| view.popular_in(CategoryId(3)).as_ptr();
        rewritten += usize::from(lists(&before) != lists(&after));
        before = after;
    }
    // Every half minute for five minutes, then every five minutes for the hour.
    assert!((15..30).contains(&rewritten), "{rewritten}");
}

#[test]
fn a_categorys_windows_empty_as_time_passes_without_an_event_of_its_own() {
    let mut stream = Stream::new(config());
    stream.record(put(0, &[3]));
    stream.fact_in(1, 0, &[3]);
    let window = crate::activity::Window::FiveMinutes;
    assert_eq!(stream.activity.publish().windowed(window, Some(CategoryId(3))).len(), 1);
    stream.wait(6 * 60_000);
    stream.tick();
    let view = stream.activity.publish();
    assert!(view.windowed(window, Some(CategoryId(3))).is_empty());
    assert_eq!(view.category_total(CategoryId(3), window), 0);
}
