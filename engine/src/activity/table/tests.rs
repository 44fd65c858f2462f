use super::*;
use crate::activity::ActivityConfig;
use crate::activity::testing::{CLICK, DISLIKE, Stream, config};

fn bits(table: &impl CovisitTable, item: u32) -> (Vec<(u32, u32)>, u32) {
    let near = table.covisits(ItemIndex(item)).map(|near| (near.item.0, near.count.to_bits()));
    (near.collect(), table.positives(ItemIndex(item)).to_bits())
}

#[test]
fn the_state_answers_what_a_publication_of_that_instant_answers() {
    let bounded = ActivityConfig { neighbours: 5, covisit_counters: 9, ..config() };
    let mut stream = Stream::new(bounded);
    stream.items(60);
    let mut compared = 0;
    for step in 0..3_000_u64 {
        stream.wait(200);
        let event = if step % 11 == 0 { DISLIKE } else { CLICK };
        stream.fact(step % 17, step * step % 53, event);
        if step % 100 == 99 {
            let live: Vec<_> = (0..62).map(|item| bits(&stream.activity, item)).collect();
            let view = stream.activity.publish();
            let published: Vec<_> = (0..62).map(|item| bits(&*view, item)).collect();
            assert_eq!(live, published, "at step {step}");
            compared += live.iter().map(|(near, _)| near.len()).sum::<usize>();
        }
    }
    assert!(1_000 < compared, "{compared}");
    assert_eq!(bits(&stream.activity, 0).0.len(), 5, "bounded as a publication is");
}
