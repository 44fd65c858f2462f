//! Tests of what the model is told: commands are obeyed live, in recovery and in a plain run at the same place.

use engine::model::versions::{Alias, CommandOutcome, ModelCommand, NoteEvent};

use super::*;
use crate::testing::told;

/// Traffic in which the model is told something every few commits.
fn commanded(test: &str, seed: u64, commits: u64) -> Vec<Vec<Record>> {
    let mut dice = Dice::new(seed);
    let mut bodies = traffic(test, SHARDS, (commits, 10), &mut dice);
    for bodies in bodies.iter_mut().skip(5).step_by(4) {
        let place = dice.below(bodies.len() as u64 + 1) as usize;
        bodies.insert(place, told(&mut dice));
    }
    numbered(&bodies)
}

#[actix::test]
async fn commands_are_obeyed_as_in_a_plain_run_under_delays_kills_and_cuts() {
    let mut notes = Vec::new();
    for seed in 1..5 {
        println!("seed {seed}");
        let test = format!("told{seed}");
        let commits = commanded(&test, 70 + seed, 200);
        let mut dice = Dice::new(seed);
        slow_some(&test, &mut dice);
        let rig = Rig::new(SHARDS);
        for (number, commit) in commits.iter().enumerate() {
            if number % 25 == 10 {
                // Another one each time: a record that kills twice is set aside.
                arm(&user(&test, number as u64 % 60), Mishap { kills: 1, ..Mishap::default() });
            }
            if number % 20 == 19 {
                // Abandoned if a shard is down just now.
                let _ = rig.actors.dispatcher.checkpoint().await;
            }
            rig.run(std::slice::from_ref(commit)).await;
        }
        rig.passed_on(rig.log.last()).await;
        check_like_plain(&rig, &commits, &[]).await;
        while rig.actors.dispatcher.checkpoint().await.is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        check_like_plain(&rig, &commits, &[]).await;
        notes.extend(rig.recovered().learner.unwrap().report().notes);
    }
    let happened = |wanted: fn(&NoteEvent) -> bool| notes.iter().any(|note| wanted(&note.event));
    assert!(happened(|event| matches!(event, NoteEvent::Promoted { .. })), "{notes:?}");
    assert!(happened(|event| matches!(event, NoteEvent::RolledBack { .. })), "{notes:?}");
    assert!(happened(|event| matches!(event, NoteEvent::CanarySet { .. })), "{notes:?}");
}

#[actix::test]
async fn a_restart_finds_every_version_as_it_was() {
    let commits = commanded("versionslife", 91, 199);
    let (log, store) = (Arc::default(), Arc::default());
    for (life, part) in commits.chunks(40).enumerate() {
        let rig = Rig::with(SHARDS, settings(), Arc::clone(&log), Arc::clone(&store));
        rig.run(&part[..part.len() / 2]).await;
        rig.actors.dispatcher.checkpoint().await.unwrap();
        rig.run(&part[part.len() / 2..]).await; // these come from the log
        rig.passed_on(log.last()).await;
        let so_far = (40 * (life + 1)).min(commits.len());
        check_like_plain(&rig, &commits[..so_far], &[]).await;
    }
}

#[actix::test]
async fn what_became_of_a_command_is_published() {
    let challenge = ModelCommand::Challenge {
        start: engine::model::versions::ChallengerStart::Champion,
        changes: engine::model::versions::ModelChanges::default(),
    };
    let told = |command| RecordBody::ModelTold { command, at: Timestamp::from_millis(NOON) };
    let bodies = [
        items(),
        vec![told(challenge), told(ModelCommand::Canary { version: 1, share: 10_000 })],
        vec![told(ModelCommand::Promote { version: 7 })],
    ];
    let commits = numbered(&bodies);
    let rig = Rig::new(SHARDS);
    rig.run(&commits).await;
    let last = commits[2][0].sequence;
    let told = async {
        loop {
            let models = rig.actors.model.load_full();
            let outcome = models.report.outcomes.back().cloned();
            if let Some((_, outcome)) = outcome.filter(|(sequence, _)| *sequence == last.0) {
                return (models, outcome);
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let (models, outcome) = tokio::time::timeout(Duration::from_secs(10), told).await.unwrap();
    assert!(matches!(outcome, CommandOutcome::Refused(_)), "{outcome:?}");
    assert_eq!(models.report.versions.len(), 2);
    let (view, alias) = models.of(12_345);
    assert_eq!((view.version(), alias), (1, Alias::Challenger));
}
