use std::hash::Hasher;

use siphasher::sip::SipHasher13;

use super::*;
use crate::model::click::checkpoint::FoundClicks;
use crate::model::click::testing::{Impressions, small};

type Entries = std::collections::BTreeMap<Vec<u8>, Vec<u8>>;

fn restored(head: &mut ClickHead, entries: &mut Entries) -> ClickHead {
    let mut cut = Vec::new();
    head.cut(&mut cut);
    for entry in cut {
        match entry.value {
            Some(value) => drop(entries.insert(entry.key, value)),
            None => drop(entries.remove(&entry.key)),
        }
    }
    let mut found = FoundClicks::default();
    for (key, value) in entries.iter() {
        found.take(key, value).unwrap();
    }
    let mut back = ClickHead::new(3, small());
    back.settle(&found).unwrap();
    back
}

fn digest(head: &ClickHead) -> u64 {
    let mut hasher = SipHasher13::new();
    head.digest(&mut hasher);
    hasher.finish()
}

#[test]
fn a_head_restored_has_forgotten_as_the_one_that_was_cut() {
    let mut head = ClickHead::new(3, small());
    let mut stream = Impressions::new(4);
    let mut entries = Entries::new();
    let mut units = Vec::new();
    for round in 0..60 {
        stream.teach(&mut head, 40);
        if round % 2 == 0 {
            let _ = restored(&mut head, &mut entries);
        }
        // Past sixteen times all is written anew; twice in a row, and once with nothing learned since the last cut.
        head.forget();
        if round % 3 == 0 {
            head.forget();
        }
        units.push(head.squares.unit().log2() as u32);
        let mut back = restored(&mut head, &mut entries);
        assert_eq!(digest(&back), digest(&head), "round {round}");
        let sample = stream.sample();
        for one in [&mut head, &mut back] {
            let _ = one.learn(&sample);
        }
        assert_eq!(digest(&back), digest(&head), "round {round}, after a step");
    }
    assert!(units.contains(&48) || units.contains(&45), "{units:?}");
    assert!(units.contains(&0), "it started over: {units:?}");
}

#[test]
fn a_head_that_has_learned_nothing_has_nothing_to_forget() {
    let mut head = ClickHead::new(3, small());
    head.forget();
    let mut entries = Entries::new();
    assert_eq!(digest(&restored(&mut head, &mut entries)), digest(&head));
    assert!(entries.is_empty());
}

#[test]
fn no_sum_gets_smaller_than_it_starts_and_nothing_that_was_learned_changes() {
    let mut head = ClickHead::new(3, small());
    let mut stream = Impressions::new(4);
    stream.teach(&mut head, 3_000);
    let row = stream.sample().row;
    let before = head.logit(&row);
    for _ in 0..20 {
        head.forget();
    }
    assert_eq!(head.logit(&row).to_bits(), before.to_bits());
    let start = head.config.rates.start;
    head.table.each_sum(|sum| assert!(start <= *sum && *sum < 2.0 * start));
    assert!(head.calibration.surfaces.iter().all(|it| it.line.squares == [CALIBRATION_START; 2]));
}

#[test]
fn after_users_have_changed_a_head_that_forgets_is_right_again_sooner() {
    let loss_after = |(seen, forgets): (usize, bool)| {
        let mut head = ClickHead::new(3, small());
        Impressions::new(4).teach(&mut head, seen);
        if forgets {
            head.forget();
        }
        // Everybody likes what their neighbour in number liked before.
        let mut stream = Impressions::new(5);
        let mut loss = 0.0;
        for _ in 0..3_000 {
            let mut sample = stream.sample();
            for (field, value) in &mut sample.row.fields {
                if *field == crate::model::click::fields::USER {
                    *value = (*value + 1) % 40;
                }
            }
            let judged = head.learn(&sample).unwrap();
            loss += f64::from(crate::model::click::proof::loss(judged.predicted, judged.label));
        }
        loss / 3_000.0
    };
    for seen in [20_000, 100_000] {
        let (kept, forgot) = (loss_after((seen, false)), loss_after((seen, true)));
        assert!(forgot < 0.95 * kept, "{seen}: log loss {kept} without, {forgot} with forgetting");
    }
}
