use crate::activity::testing::{Stream, config, put};
use crate::activity::{ActivityConfig, HalfLife, Window};
use crate::record::{ItemDoc, ItemKind};
use crate::{CategoryId, ItemIndex, RecordBody};

const ONE: CategoryId = CategoryId(1);

fn describe(stream: &mut Stream, item: u32, change: impl FnOnce(&mut ItemDoc)) {
    let RecordBody::ItemPut { item, mut doc, .. } = put(item, &[1]) else { unreachable!() };
    change(&mut doc);
    let at = stream.now();
    stream.record(RecordBody::ItemPut { item, doc, at });
}

/// Twelve items of a category, each chosen by three users.
fn chosen() -> Stream {
    let mut stream =
        Stream::new(ActivityConfig { list_length: 4, category_list_length: 4, ..config() });
    (0..12).for_each(|item| describe(&mut stream, item, |_| {}));
    for user in 0..36 {
        stream.fact_in(user, user % 12, &[1]);
    }
    stream
}

/// Lists of four were filled by what a filter then took out again, and nothing was left.
#[test]
fn what_cannot_be_shown_now_takes_no_place_in_a_list() {
    let mut stream = chosen();
    let soon = stream.now().plus_millis(1_000);
    for item in 0..8 {
        describe(&mut stream, item, |doc| match item % 3 {
            0 => doc.expires_at = Some(soon),
            1 => doc.published_at = Some(soon.plus_millis(60_000)),
            _ => doc.kind = ItemKind::LiveRoom,
        });
    }
    stream.wait(1_000);
    stream.tick();
    let view = stream.activity.publish();
    let items = |list: &[(ItemIndex, f32)]| list.iter().map(|(item, _)| item.0).collect::<Vec<_>>();
    for list in [view.popular(HalfLife::Short), view.popular(HalfLife::Long), view.popular_in(ONE)]
    {
        let mut listed = items(list);
        listed.sort_unstable();
        assert_eq!(listed, [8, 9, 10, 11]);
    }
    assert_eq!(items(view.windowed(Window::Hour, None)), [8, 9]);
    assert_eq!(items(view.windowed(Window::Hour, Some(ONE))), [8, 9]);
    assert_eq!(items(view.trending()), [8, 9]);
    assert_eq!(view.fresh(), [8, 9, 10, 11].map(ItemIndex));
    assert_eq!(view.newest_in(ONE), [8, 9, 10, 11].map(ItemIndex));
    for rooms in [view.rooms(None), view.rooms(Some(ONE))] {
        assert_eq!(rooms, [5, 2].map(ItemIndex));
    }
}

#[test]
fn an_item_leaves_and_enters_its_categorys_lists_on_time_without_an_event() {
    let mut stream = chosen();
    let soon = stream.now().plus_millis(40 * 3_600_000);
    describe(&mut stream, 11, |doc| doc.expires_at = Some(soon));
    describe(&mut stream, 3, |doc| doc.published_at = Some(soon));
    let listed = |stream: &mut Stream, item: u32| {
        stream.tick();
        let view = stream.activity.publish();
        let popular = view.popular_in(ONE).iter().any(|(other, _)| other.0 == item);
        (popular, view.newest_in(ONE).contains(&ItemIndex(item)))
    };
    for _ in 0..30 {
        stream.wait(3_600_000);
        stream.tick();
        stream.activity.publish();
    }
    stream.wait(10 * 3_600_000 - 1);
    assert_eq!(listed(&mut stream, 11), (true, false));
    assert_eq!(listed(&mut stream, 3), (false, false));
    stream.wait(1);
    assert_eq!(listed(&mut stream, 11), (false, false));
    assert!(listed(&mut stream, 3).1);
}

#[test]
fn a_pool_full_of_what_is_gone_does_not_push_out_what_can_be_shown() {
    let mut stream = Stream::new(ActivityConfig { list_length: 2, ..config() });
    let mut user = 0;
    let mut choose = |stream: &mut Stream, item: u32, times: u64| {
        for _ in 0..times {
            user += 1;
            stream.fact(user, u64::from(item), crate::activity::testing::CLICK);
        }
    };
    let past = stream.now();
    stream.items(40);
    choose(&mut stream, 39, 1);
    for item in 0..30 {
        choose(&mut stream, item, 5);
        describe(&mut stream, item, |doc| doc.expires_at = Some(past));
    }
    let listed = |stream: &mut Stream| {
        let view = stream.activity.publish();
        view.popular(HalfLife::Long).iter().map(|(item, _)| item.0).collect::<Vec<_>>()
    };
    assert_eq!(listed(&mut stream), [39]);
    // A new document brings back what it says may be shown.
    describe(&mut stream, 0, |_| {});
    assert_eq!(listed(&mut stream), [0, 39]);
}
