//! Stored features as version 1 wrote them, which must load and mean the same for ever.
//!
//! The first line of a fixture is a user's section, each other one a shared block: key and value in hexadecimal.
//! `FRESHET_WRITE_FIXTURE=1` writes the files of the version that this program writes; old ones are never written again.

use std::fmt::Write;

use super::catalogue::{every_declaration, plan_of};
use super::stream::{Random, Stream};
use crate::features::declare::Entity;
use crate::features::plan::FeaturePlan;
use crate::features::section::Section;
use crate::features::shared::{Partials, SharedFeatures};

const VERSION_1: &str = include_str!("../fixtures/features-v1.hex");

/// Declarations with every part there is.
fn plan(entity: Entity) -> FeaturePlan {
    let all = every_declaration(entity);
    plan_of((0..24).map(|n| all[n * all.len() / 24].clone()).collect())
}

/// The state after a stream that never changes.
fn state() -> (Section, SharedFeatures) {
    let stream = Stream::random(&mut Random(2_026));
    let (of_users, of_rooms) = (plan(Entity::User), plan(Entity::Room));
    let mut section = Section::default();
    let mut shared = SharedFeatures::new(&of_rooms);
    for event in &stream.events {
        let _ = section.apply(&of_users, &event.occurrence());
        let mut partials = Partials::default();
        partials.add(&of_rooms, &event.occurrence());
        let _ = shared.merge(&of_rooms, &partials);
    }
    (section, shared)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn unhex(text: &str) -> Vec<u8> {
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|p| u8::from_str_radix(std::str::from_utf8(p).unwrap(), 16).unwrap()).collect()
}

fn written() -> String {
    let (section, mut shared) = state();
    let mut text = hex(&section.pack()) + "\n";
    for (name, value) in shared.take_changed(&plan(Entity::Room)) {
        writeln!(text, "{} {}", hex(&name), hex(&value.unwrap())).unwrap();
    }
    text
}

#[test]
fn features_of_version_1_load_and_are_what_they_were() {
    if std::env::var_os("FRESHET_WRITE_FIXTURE").is_some() {
        std::fs::write("src/features/fixtures/features-v1.hex", written()).unwrap();
    }
    let (user, rooms) = VERSION_1.split_once('\n').unwrap();
    let (section, shared) = state();
    let mut loaded = Section::unpack(&unhex(user)).unwrap();
    assert_eq!(loaded.drop_unknown(&plan(Entity::User)), 0);
    assert_eq!(loaded, section);
    let plan = plan(Entity::Room);
    let mut loaded = SharedFeatures::new(&plan);
    for line in rooms.lines() {
        let (name, value) = line.split_once(' ').unwrap();
        assert!(loaded.restore(&plan, None, &unhex(name), &unhex(value)).unwrap());
    }
    assert!(0 < loaded.instances());
    assert_eq!(loaded.digest(), shared.digest());
}

#[test]
fn this_program_writes_what_the_newest_fixture_holds() {
    assert_eq!(written(), VERSION_1);
}
