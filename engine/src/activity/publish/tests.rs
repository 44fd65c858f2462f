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

#[test]
fn categories_past_the_bound_of_one_publication_follow_with_the_next() {
    let mut stream = Stream::new(ActivityConfig { categories_per_publish: 2, ..config() });
    for item in 0..5 {
        stream.record(put(item, &[item]));
        stream.fact_in(1, u64::from(item), &[item]);
    }
    let listed = |stream: &mut Stream| {
        let view = stream.activity.publish();
        (0..5).filter(|category| !view.popular_in(CategoryId(*category)).is_empty()).count()
    };
    assert_eq!([listed(&mut stream), listed(&mut stream), listed(&mut stream)], [2, 4, 5]);
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
