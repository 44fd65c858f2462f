//! Tests of the guard: a spoilt model is put back by itself, a worse canary is ended, a sound one is let be; drift is noticed.

use super::*;

#[test]
fn a_sound_model_is_never_put_back() {
    for seed in 0..3 {
        let mut versions = Versions::new(config());
        Tastes::new(seed, 100).teach(&mut versions, 20_000);
        let went = |event: &NoteEvent| matches!(event, NoteEvent::RolledBack { .. });
        assert!(!events(&versions).iter().any(went), "seed {seed}: {:?}", events(&versions));
        let report = versions.report();
        assert_eq!(report.last_good.len(), 3);
        let duel = report.champion_duel.unwrap();
        assert!(duel.loss <= 1.01 * duel.other_loss, "seed {seed}: {duel:?}");
    }
}

#[test]
fn a_promoted_model_that_is_spoilt_is_put_back_within_three_thousand_choices_and_quality_returns() {
    for seed in 0..3 {
        let mut versions = Versions::new(config());
        let mut stream = Tastes::new(seed, 100);
        stream.teach(&mut versions, 6_000);
        let sound = stream.teach(&mut versions, 1_000);
        let version = challenge(&mut versions, 1_000_000, absurd());
        stream.teach(&mut versions, 200);
        let _ = tell(&mut versions, 1_000_001, ModelCommand::Promote { version });
        let mut spoilt = 0.0_f64;
        let noticed = (1..=30).find(|_| {
            spoilt = spoilt.max(stream.teach(&mut versions, 100));
            versions.champion.number == 0
        });
        let noticed =
            noticed.unwrap_or_else(|| panic!("seed {seed}: {:?}", versions.report())) * 100;
        println!("seed {seed}: {noticed} choices; {sound:.3}, spoilt {spoilt:.3}");
        assert!(1.1 * sound < spoilt, "seed {seed}: it was not spoilt: {sound} {spoilt}");
        assert!(matches!(versions.learning, Learning::Held { .. }), "seed {seed}");
        let back = stream.teach(&mut versions, 1_000);
        assert!(back < 1.05 * sound, "seed {seed}: {sound} before, {back} after");
        assert_eq!(versions.learning, Learning::On, "seed {seed}: the wait is over");
    }
}

/// What the champion has learned since the last good state is wrong, whatever made it so.
#[test]
fn a_champion_that_is_spoilt_where_it_stands_is_put_back_to_its_own_last_good_state() {
    let mut versions = Versions::new(config());
    let mut stream = Tastes::new(5, 100);
    stream.teach(&mut versions, 5_000);
    let sound = stream.teach(&mut versions, 1_000);
    for item in 0..200 {
        if let Some(row) = versions.champion.learner.items.target_mut(crate::ItemIndex(item)) {
            *row.bias = if item % 2 == 0 { 6.0 } else { -6.0 };
        }
    }
    let noticed = (1..=30).find(|_| {
        stream.teach(&mut versions, 100);
        events(&versions).iter().any(|event| matches!(event, NoteEvent::RolledBack { .. }))
    });
    println!("{noticed:?} hundred choices");
    assert!(noticed.is_some(), "{:?}", versions.report());
    let back = stream.teach(&mut versions, 1_000);
    assert!(back < 1.05 * sound, "{sound} before, {back} after");
}

#[test]
fn one_that_cannot_compute_any_more_is_put_back_too() {
    let mut versions = Versions::new(config());
    let mut stream = Tastes::new(6, 100);
    stream.teach(&mut versions, 5_000);
    for item in 0..200 {
        if versions.champion.learner.items.is_known(crate::ItemIndex(item)) {
            versions.champion.learner.poison_vector(crate::ItemIndex(item));
        }
    }
    stream.teach(&mut versions, 2_000);
    let back = |event: &NoteEvent| matches!(event, NoteEvent::RolledBack { .. });
    assert!(events(&versions).iter().any(back), "{:?}", versions.report());
    assert!(stream.teach(&mut versions, 500).is_finite());
}

#[test]
fn a_canary_that_is_worse_serves_nobody_after_three_thousand_choices_and_an_equal_one_goes_on() {
    for (changes, ends) in [(absurd(), true), (ModelChanges::default(), false)] {
        let mut versions = Versions::new(config());
        let mut stream = Tastes::new(7, 100);
        stream.teach(&mut versions, 4_000);
        let version = challenge(&mut versions, 1_000_000, changes);
        let canary = ModelCommand::Canary { version, share: 500 };
        let _ = tell(&mut versions, 1_000_001, canary);
        stream.teach(&mut versions, 3_000);
        assert_eq!(versions.canary == 0, ends, "{:?}", versions.report());
        let ended = |event: &NoteEvent| matches!(event, NoteEvent::CanaryStopped { .. });
        assert_eq!(events(&versions).iter().any(ended), ends);
    }
}

#[test]
fn the_canary_serves_about_its_share_and_always_the_same() {
    let users = 20_000_u64;
    let served =
        |version, share| (0..users).filter(|user| is_canary(version, mix(1, *user), share)).count();
    for share in [0, 500, 2_000, 10_000] {
        let expected = users as f64 * f64::from(share) / 10_000.0;
        assert!(
            (served(3, share) as f64 - expected).abs() < 200.0,
            "{share}: {}",
            served(3, share)
        );
    }
    for user in (0..users).map(|user| mix(1, user)) {
        assert!(
            !is_canary(3, user, 500) || is_canary(3, user, 1_000),
            "a share that grows keeps who it has"
        );
    }
    let both = (0..users)
        .filter(|user| is_canary(3, mix(1, *user), 500) && is_canary(4, mix(1, *user), 500));
    assert!(both.count() < 100, "versions serve different users");
}

#[test]
fn items_that_change_places_are_noticed_and_nothing_before() {
    for seed in 0..5 {
        let mut versions = Versions::new(config());
        let mut stream = Tastes::new(seed, 100);
        stream.teach(&mut versions, 12_000);
        assert_eq!(versions.champion.watch.alarms(), 0, "seed {seed}: a false alarm");
        stream.permute(0.6);
        let delay = (1..=40).find(|_| {
            stream.teach(&mut versions, 100);
            0 < versions.champion.watch.alarms()
        });
        println!("seed {seed}: {delay:?} hundred choices");
        assert!(delay.is_some(), "seed {seed}: not noticed within 4,000 choices");
        assert!(1.0 < versions.champion.learner.squares_unit(), "seed {seed}: nothing forgotten");
    }
}

#[test]
fn a_canary_of_which_nothing_is_clicked_serves_nobody() {
    let mut versions = Versions::new(config());
    Tastes::new(8, 50).teach(&mut versions, 500);
    let version = challenge(&mut versions, 1_000_000, ModelChanges::default());
    let _ = tell(&mut versions, 1_000_001, ModelCommand::Canary { version, share: 5_000 });
    let by = crate::EventTypeId(1);
    for n in 0..6_000 {
        let shown_by = u32::from(n % 2 == 0);
        let clicked = shown_by == 0 && n % 10 == 1;
        let outcome = if clicked {
            crate::model::ClickOutcome::Clicked { by, value: 1.0 }
        } else {
            crate::model::ClickOutcome::Unclicked
        };
        let _ = versions.take(&Lesson::Click(Box::new(ClickSample {
            sequence: Sequence(2_000_000 + n),
            user_hash: n,
            row: crate::model::ClickRow::default(),
            position: 1,
            propensity: 1.0,
            outcome,
            weight: 1.0,
            version: shown_by,
        })));
        if versions.canary == 0 {
            break;
        }
    }
    let why = events(&versions);
    let clicks = |event: &NoteEvent| {
        matches!(event, NoteEvent::CanaryStopped { version: 1, why: Why::Clicks { rate, champion } }
            if *rate < 0.001 && 0.15 < *champion)
    };
    assert!(why.iter().any(clicks), "{why:?}");
}
