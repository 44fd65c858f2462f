use super::*;
use crate::activity::testing::{CLICK, Stream, config, put};
use crate::record::RecordBody;

fn query(activity: &ActivityView, at: Timestamp) -> Query<'_> {
    Query {
        activity,
        at,
        recent: Vec::new(),
        visit: Vec::new(),
        liked: vec![(CategoryId(1), 0.75), (CategoryId(2), 0.25)],
        categories: vec![CategoryId(1), CategoryId(2)],
        demanded: Vec::new(),
    }
}

fn numbers(retriever: &impl Retriever) -> Vec<u32> {
    retriever.candidates().map(|item| item.0).collect()
}

#[test]
fn popularity_is_a_share_of_all() {
    let mut stream = Stream::new(config());
    stream.items(2);
    for round in 0..200_000 {
        stream.fact(round, u64::from(round % 4 == 0), CLICK);
    }
    let view = stream.activity.publish();
    let popular = PopularItems::new(&query(&view, stream.now())).strength(ItemIndex(0));
    assert!((popular - 0.75).abs() < 0.02, "{popular}");
}

#[test]
fn newness_halves_in_three_days() {
    let mut stream = Stream::new(config());
    stream.items(1);
    stream.wait(3 * 86_400_000);
    let view = stream.activity.publish();
    let fresh = FreshItems::new(&query(&view, stream.now())).strength(ItemIndex(0));
    assert!((fresh - 0.5).abs() < 1e-4, "{fresh}");
    let unknown = FreshItems::new(&query(&view, stream.now())).strength(ItemIndex(7));
    assert!(unknown.abs() < f32::EPSILON);
}

#[test]
fn liked_categories_take_turns_and_weigh_as_they_are_liked() {
    let mut stream = Stream::new(config());
    for (item, categories) in [(0, &[1][..]), (1, &[1]), (2, &[2]), (3, &[9]), (4, &[1, 9])] {
        stream.record(put(item, categories));
        stream.fact_in(u64::from(item), u64::from(item), categories);
    }
    let view = stream.activity.publish();
    let query = query(&view, stream.now());
    let liked = LikedCategories::new(&query);
    let mut first_two = numbers(&liked)[..2].to_vec();
    first_two.sort_unstable();
    assert_eq!(first_two, [2, 4]);
    let strengths = [0, 2, 3, 4].map(|item| liked.strength(ItemIndex(item)));
    assert_eq!(strengths.map(|strength| (strength * 1_000.0) as u32), [750, 250, 0, 375]);
    assert_eq!(liked.best_of(ItemIndex(4)), Some(CategoryId(1)));
    assert_eq!(liked.best_of(ItemIndex(3)), None);
}

#[test]
fn only_what_rises_has_a_trend() {
    let mut stream = Stream::new(config());
    stream.items(3);
    for user in 1..9 {
        stream.fact(user, 2, CLICK);
    }
    let at = stream.now();
    stream.record(RecordBody::Tick { time: at });
    let view = stream.activity.publish();
    let trending = TrendingItems::new(&query(&view, at));
    assert_eq!(numbers(&trending), [2]);
    assert!(
        0.0 < trending.strength(ItemIndex(2))
            && trending.strength(ItemIndex(0)).abs() < f32::EPSILON
    );
}
