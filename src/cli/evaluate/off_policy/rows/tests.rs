use std::io::Write as _;

use engine::evaluation::off_policy::{Estimator, Target, judge};

use super::*;

fn read_text(text: &str) -> Logged {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    read(&[file.path().to_owned()]).unwrap()
}

#[test]
fn columns_are_known_by_several_names() {
    let plain =
        read_text("context,action,position,reward,propensity\nl1,a,1,0,0.5\nl1,b,2,1,0.25\n");
    let open_bandit =
        read_text(",item_id,position,click,propensity_score\n0,a,1,0,0.5\n1,b,2,1,0.25\n");
    let cluster_less = |logged: &Logged| {
        let trials = logged.trials.trials.iter();
        trials.map(|trial| Trial { cluster: 0, ..*trial }).collect::<Vec<_>>()
    };
    assert_eq!(cluster_less(&plain), cluster_less(&open_bandit));
    assert_eq!((plain.trials.actions, plain.trials.places), (2, 2));
    assert_eq!(plain.trials.trials[0].cluster, plain.trials.trials[1].cluster);
    assert_ne!(open_bandit.trials.trials[0].cluster, open_bandit.trials.trials[1].cluster);
    assert!(plain.column.is_none() && plain.due.is_none());
}

#[test]
fn a_line_may_tell_all_chances_of_the_target_or_that_of_what_was_shown() {
    let all = read_text(
        "{\"action\":\"a\",\"reward\":1,\"propensity\":0.5,\"target\":{\"a\":0.9,\"b\":0.1},\"due\":\"b\"}\n\n\
         {\"action\":\"c\",\"reward\":false,\"propensity\":0.5,\"target\":{\"a\":0.9,\"b\":0.1},\"due\":\"c\"}\n",
    );
    let column = all.column.unwrap();
    assert!((column[0].chance - 0.9).abs() < 1e-12 && column[1].chance.abs() < 1e-12);
    assert_eq!(column[0].all.as_ref().unwrap().len(), 2);
    assert_eq!((all.due.unwrap(), all.trials.actions), (vec![1, 2], 3));
    let one = read_text("action,reward,propensity,target\na,1,0.5,0.25\n");
    assert!((one.column.unwrap()[0].chance - 0.25).abs() < 1e-12);
}

#[test]
fn rows_that_cannot_be_are_refused_with_their_line() {
    let read = read_text(
        "action,reward,propensity,target\na,1,0.5,0.5\na,1,0,0.5\na,1,1.5,0.5\na,,0.5,0.5\na,x,0.5,0.5\na,1,0.5,7\n",
    );
    assert_eq!((read.trials.trials.len(), read.refused), (1, 5));
    assert!(
        read.first_refused.unwrap().ends_with("line 3: propensity 0 is not above 0 and at most 1")
    );
    let read =
        read_text("{\"action\":\"a\",\"reward\":1,\"propensity\":0.5,\"target\":{\"a\":0.9}}\n");
    assert!(read.first_refused.unwrap().contains("do not sum to 1"));
}

/// Where the data sets lie: beside the repository, or where it is said.
fn data() -> PathBuf {
    std::env::var_os("FRESHET_DATA").map_or("../shared/data".into(), PathBuf::from)
}

/// The files of Open Bandit, where they lie beside the repository: the figures that others computed of them.
#[test]
fn the_uniform_policy_of_open_bandit_is_estimated_as_others_do() {
    let folder = data().join("open-bandit/bts");
    for (campaign, ips, snips, effective) in
        [("all", 0.002_36, 0.002_33, 340.0), ("men", 0.003_01, 0.003_19, 656.0)]
    {
        let file = folder.join(campaign).join(format!("{campaign}.csv.gz"));
        if !file.is_file() {
            println!("skipped: {} is not there (set FRESHET_DATA)", file.display());
            continue;
        }
        let logged = read(&[file]).unwrap();
        assert_eq!((logged.trials.trials.len(), logged.refused), (10_000, 0));
        let judged = judge(&logged.trials, &Target::uniform(&logged.trials), 10.0);
        let near = |by, value: f64| (judged.by(by).unwrap().value - value).abs() < 5e-6;
        assert!(near(Estimator::Ips, ips) && near(Estimator::Snips, snips), "{judged:?}");
        assert!((judged.effective - effective).abs() < 0.5, "{}", judged.effective);
    }
}
