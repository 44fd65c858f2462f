use super::*;
use crate::activity::testing::{CLICK, Stream, config};
use crate::retrieval::Neighbours;
use crate::retrieval::strengths::{VISIT_ALPHA, VISIT_GAMMA};

/// Both tell of the same neighbours, one with shares, one with strengths of its own.
#[test]
fn the_same_items_are_named_in_the_same_order_for_the_same_reasons() {
    let mut stream = Stream::new(config());
    stream.items(60);
    for user in 0..300_u64 {
        stream.fact(user % 40, (user * user + 7 * user) % 53, CLICK);
    }
    let view = stream.activity.publish();
    let recent = stream.recent_of(5, 999);
    let strengths = NeighbourStrengths::of(&recent, recent.len(), &*view);
    let rules =
        [(0.8, config().alpha, Source::Neighbours), (VISIT_GAMMA, VISIT_ALPHA, Source::Session)];
    for (gamma, alpha, source) in rules {
        let rule = NeighbourRule { gamma, alpha };
        let plain = Neighbours::of(&recent, &*view, rule, source);
        let named = NamedItems::new(&recent, &view, &strengths, rule, source);
        let order: Vec<_> = named.candidates().collect();
        assert!(20 < order.len());
        assert!(order.windows(2).all(|pair| plain.strength(pair[1]) <= plain.strength(pair[0])));
        assert_eq!(order.len(), plain.candidates().count());
        for item in order {
            assert_eq!(named.because_of(item), plain.because_of(item), "{item:?}");
        }
    }
}
