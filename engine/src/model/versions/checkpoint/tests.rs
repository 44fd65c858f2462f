//! Tests of the registry's formats: the newest comes back as it was, the first is read without what it had not.

use super::*;
use crate::model::versions::clickthrough::Shown;
use crate::model::versions::report::NoteEvent;
use crate::model::versions::{GuardConfig, NoFiles};

fn versions() -> Versions {
    let files = std::sync::Arc::new(NoFiles);
    let model = crate::model::testing::small();
    let guard = GuardConfig::default();
    let mut versions = Versions::new(VersionsConfig { seed: 3, model, guard, files });
    versions.note(crate::Sequence(4), NoteEvent::Frozen);
    versions.note(crate::Sequence(5), NoteEvent::Resumed);
    versions.through.challenger = Shown { impressions: 12.0, clicks: 3.0 };
    versions.noted = 70;
    versions
}

#[test]
fn a_registry_comes_back_as_it_was() {
    let registry = versions().registry();
    assert_eq!(Registry::read(&registry.bytes()).unwrap(), registry);
}

#[test]
fn the_first_format_is_read_and_its_notes_are_those_that_there_were() {
    let registry = versions().registry();
    let bytes = codec::encode(FIRST, &registry.first).unwrap();
    let read = Registry::read(&bytes).unwrap();
    assert_eq!(read.first, registry.first);
    assert_eq!((read.through, read.noted), (ClickThrough::default(), 2));
}
