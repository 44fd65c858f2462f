//! Automata as version 1 wrote them, which must load and mean the same for ever.
//!
//! A line is a user. `FRESHET_WRITE_FIXTURE=1` writes the file of the version that this program writes; an old one is
//! never written again.

use std::fmt::Write;

use super::*;

const VERSION_1: &str = include_str!("../fixtures/automata-v1.hex");

fn users() -> Vec<Automata> {
    let plan = plan(several());
    let after = |seed| {
        let mut user = Automata::default();
        for step in steps(seed, 5_000) {
            let _ = step.done_to(&mut user, &plan);
        }
        user
    };
    (0..20).map(after).collect()
}

fn written() -> String {
    let mut text = String::new();
    for user in users() {
        user.pack().iter().for_each(|byte| write!(text, "{byte:02x}").unwrap());
        text.push('\n');
    }
    text
}

#[test]
fn automata_of_version_1_load_and_are_what_they_were() {
    if std::env::var_os("FRESHET_WRITE_FIXTURE").is_some() {
        std::fs::write("src/patterns/fixtures/automata-v1.hex", written()).unwrap();
    }
    let plan = plan(several());
    assert_eq!(VERSION_1.lines().count(), 20);
    for (line, user) in VERSION_1.lines().zip(users()) {
        let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16);
        let bytes: Vec<u8> = line.as_bytes().chunks(2).map(|pair| byte(pair).unwrap()).collect();
        let mut loaded = Automata::unpack(&bytes).unwrap();
        assert_eq!(loaded.drop_unknown(&plan), 0);
        assert_eq!(loaded.pack(), user.pack());
        assert_eq!(loaded.next_due(&plan), user.next_due(&plan));
    }
}

#[test]
fn this_program_writes_what_the_newest_fixture_holds() {
    assert_eq!(written(), VERSION_1);
}
