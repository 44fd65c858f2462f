//! Tests of files: out and in again under other numbers, by the format's own library, and what is refused.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use engine::model::versions::ModelFiles;
use engine::model::{Effort, Learner, ModelConfig, ModelUser, NoSources, Past, Sample, Scores};
use engine::model::{UserVector, numeric::mix};
use engine::{ItemIndex, Sequence};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use super::*;

mod mutated;

const SEED: u64 = 5;

type Tensors = BTreeMap<String, (Dtype, Vec<usize>, Vec<u8>)>;

fn config() -> ModelConfig {
    ModelConfig { lanes: 1, negatives: 8, blend_draws: 20, ..ModelConfig::default() }
}

fn learned(samples: u64) -> Learner {
    let mut learner = Learner::new(SEED, config());
    for n in 1..=samples {
        let item = |salt| ItemIndex((mix(salt, n) % 40) as u32);
        let history = vec![Past { item: item(2), age_s: 30 }, Past { item: item(3), age_s: 900 }];
        let user = ModelUser { hash: n % 7, events: 2, visit: 1, history, row: None };
        let sequence = Sequence(n);
        let sample = Sample { sequence, item: item(1), weight: 1.0, user, recent: Vec::new() };
        let _ = learner.learn(&sample, &NoSources, Effort::Full);
    }
    learner
}

fn exported(learner: &Learner) -> Vec<u8> {
    let about = About { version: 3, seed: SEED, trained_through: 300 };
    let name = |item: ItemIndex| Some(Arc::from(format!("größe {}", item.0)));
    let export = Export::plan(Box::new(learner.clone()), about, name).unwrap();
    let mut bytes = Vec::new();
    export.write(&mut bytes).unwrap();
    assert_eq!(bytes.len() as u64, export.bytes());
    bytes
}

/// Brings a file in on a node that has numbered `known` items in an order of its own.
fn brought(bytes: &[u8], known: u32) -> Result<Imported, ImportError> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    let numbers: HashMap<String, ItemIndex> =
        (0..known).map(|n| (format!("größe {n}"), ItemIndex(99 - n))).collect();
    import(file.path(), (SEED + 1, config()), |name| numbers.get(name).copied())
}

fn scores(learner: &Learner, items: &[u32], past: u32) -> Vec<f32> {
    let items: Vec<ItemIndex> = items.iter().map(|item| ItemIndex(*item)).collect();
    let history = vec![Past { item: ItemIndex(past), age_s: 60 }];
    let user = ModelUser { hash: 1, events: 1, visit: 1, history, row: None };
    let (mut vector, mut scores) = (UserVector::default(), Scores::default());
    learner.form_user(&user, &mut vector);
    learner.score(&items, &user, &vector.vector, &NoSources, &mut scores);
    scores.machine
}

/// Tensors of a file, changed and written again by the format's own library.
fn changed(bytes: &[u8], change: impl Fn(&mut Tensors, &mut HashMap<String, String>)) -> Vec<u8> {
    let file = SafeTensors::deserialize(bytes).unwrap();
    let (_, metadata) = SafeTensors::read_metadata(bytes).unwrap();
    let mut words = metadata.metadata().clone().unwrap();
    let mut tensors: Tensors = file
        .tensors()
        .into_iter()
        .map(|(name, it)| (name, (it.dtype(), it.shape().to_vec(), it.data().to_vec())))
        .collect();
    change(&mut tensors, &mut words);
    let views: Vec<_> = tensors
        .iter()
        .map(|(name, (dtype, shape, data))| {
            (name.clone(), TensorView::new(*dtype, shape.clone(), data).unwrap())
        })
        .collect();
    safetensors::serialize(views, Some(words)).unwrap()
}

#[test]
fn the_formats_own_library_reads_what_is_written() {
    let bytes = exported(&learned(300));
    let file = SafeTensors::deserialize(&bytes).unwrap();
    assert_eq!(file.tensor("items.vector").unwrap().shape(), [40, 16]);
    let ends = file.tensor("item_ids.ends").unwrap();
    let first = u64::from_le_bytes(ends.data()[..8].try_into().unwrap());
    let ids = file.tensor("item_ids").unwrap();
    assert!(std::str::from_utf8(&ids.data()[..first as usize]).unwrap().starts_with("größe "));
    let (_, metadata) = SafeTensors::read_metadata(&bytes).unwrap();
    let words = metadata.metadata().as_ref().unwrap();
    let word = |name: &str| words[name].as_str();
    assert_eq!(
        [word("format"), word("format_version"), word("version")],
        ["freshet-model", "1", "3"]
    );
    assert_eq!([word("dimensions"), word("items"), word("trained")], ["16", "40", "300"]);
    assert_eq!([word("seed"), word("trained_through")], ["0000000000000005", "300"]);
}

#[test]
fn a_model_brought_in_scores_every_item_as_it_did() {
    let learner = learned(500);
    let imported = brought(&exported(&learner), 40).unwrap();
    assert_eq!((imported.items, imported.unknown_items), (40, 0));
    let items: Vec<u32> = (0..40).collect();
    let others: Vec<u32> = items.iter().map(|item| 99 - item).collect();
    for past in [0, 7, 39] {
        let ours = scores(&learner, &items, past);
        let theirs = scores(&imported.learner, &others, 99 - past);
        for (a, b) in ours.iter().zip(&theirs) {
            assert!((a - b).abs() < 1e-4, "{a} {b}");
        }
    }
}

#[test]
fn items_that_nobody_here_has_heard_of_are_left_out_and_counted() {
    let bytes = exported(&learned(400));
    let imported = brought(&bytes, 30).unwrap();
    assert_eq!((imported.items, imported.unknown_items), (30, 10));
    assert_eq!(imported.learner.items().known().len(), 30);
    assert!(matches!(brought(&bytes, 0), Err(ImportError::NoneKnown(40))));
}

#[test]
fn a_trainers_embeddings_alone_make_a_model() {
    let bytes = changed(&exported(&learned(300)), |tensors, _| {
        let kept = ["item_ids", "item_ids.ends", "items.vector"];
        tensors.retain(|name, _| kept.contains(&name.as_str()));
    });
    let imported = brought(&bytes, 40).unwrap();
    assert_eq!(imported.learner.items().known().len(), 40);
    assert!(scores(&imported.learner, &[60, 61], 70).iter().all(|score| score.is_finite()));
}

#[test]
fn what_does_not_fit_is_refused_by_name() {
    let bytes = exported(&learned(300));
    let refused = |bytes: &[u8]| brought(bytes, 40).unwrap_err().to_string();
    assert!(refused(b"").contains("no safetensors file"));
    assert!(refused(b"{\"format\":\"freshet-model\"}").contains("no safetensors file"));
    assert!(refused(&bytes[..bytes.len() - 1]).contains("no safetensors file"));
    let other = changed(&bytes, |_, words| drop(words.insert("format".into(), "pt".into())));
    assert!(refused(&other).contains("`format` is `pt`"));
    let newer = changed(&bytes, |_, words| drop(words.insert("format_version".into(), "2".into())));
    assert!(refused(&newer).contains("`format_version` is `2`"));
    let bare = changed(&bytes, |tensors, _| drop(tensors.remove("items.vector")));
    assert!(refused(&bare).contains("no tensor `items.vector`"));
    let wide = changed(&bytes, |tensors, _| {
        tensors.get_mut("items.vector").unwrap().1 = vec![20, 32];
    });
    assert!(refused(&wide).contains("32 dimensions"));
    let short = changed(&bytes, |tensors, _| {
        let bias = tensors.get_mut("items.bias").unwrap();
        (bias.1, bias.2) = (vec![1], vec![0; 4]);
    });
    assert!(refused(&short).contains("`items.bias` is F32 [1]"));
    let strange = changed(&bytes, |tensors, _| {
        let bias = tensors.remove("items.bias").unwrap();
        tensors.insert("item.bias".into(), bias);
    });
    assert!(
        refused(&strange).contains("a tensor `item.bias`, and only these are known: item_ids,")
    );
    let deep = changed(&bytes, |tensors, _| tensors.get_mut("shared").unwrap().1.push(1));
    assert!(refused(&deep).contains("`shared` is F32 ["), "{}", refused(&deep));
    let half = changed(&bytes, |tensors, _| {
        let (dtype, shape, data) = tensors.get_mut("items.vector").unwrap();
        (*dtype, *shape) = (Dtype::F16, vec![40, 16]);
        data.truncate(40 * 16 * 2);
    });
    assert!(refused(&half).contains("is F16 [40, 16], and F32 [40, 16] is expected"));
    let lost = changed(&bytes, |tensors, _| {
        tensors.get_mut("recent").unwrap().2[..4].copy_from_slice(&99_u32.to_le_bytes());
    });
    assert!(refused(&lost).contains("`recent` names row 99, and there are 40"));
    for (word, wrong) in [("trained", "many"), ("seed", "0x5"), ("items", "41"), ("events", "-1")] {
        let odd = changed(&bytes, |_, words| drop(words.insert(word.into(), wrong.into())));
        assert!(refused(&odd).contains(&format!("`{word}` is `{wrong}`")), "{}", refused(&odd));
    }
    let twice = changed(&bytes, |tensors, _| {
        let names = &mut tensors.get_mut("item_ids").unwrap().2;
        names.fill(b'a');
    });
    assert!(refused(&twice).contains("has heard of none"), "{}", refused(&twice));
    let odd = changed(&bytes, |tensors, _| {
        tensors.get_mut("items.vector").unwrap().2[..4].copy_from_slice(&f32::NAN.to_le_bytes());
    });
    assert!(refused(&odd).contains("row 0 is NaN"), "{}", refused(&odd));
}

fn kept(dir: &std::path::Path, last: u64) -> KeptModels {
    KeptModels::open(dir.to_owned(), (SEED, config()), Sequence(last)).unwrap()
}

#[test]
fn a_replay_finds_what_was_there_live_for_as_long_as_the_log_names_it() {
    let dir = tempfile::tempdir().unwrap();
    let learner = learned(300);
    let files = kept(dir.path(), 0);
    let digest = files.keep(learner.clone()).unwrap();
    assert_eq!(files.keep(learner.clone()).unwrap(), digest, "the same tables have one name");
    files.named(digest, Some(Sequence(70)));
    let live = files.load(digest).unwrap();
    let replayed = kept(dir.path(), 90).load(digest).unwrap();
    assert_eq!(live.digest(), replayed.digest());
    assert_eq!(live.digest(), learner.digest());
    files.forget(Sequence(69));
    assert!(files.load(digest).is_ok());
    files.forget(Sequence(70));
    assert!(files.load(digest).is_err());
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn damage_and_what_was_left_half_written_are_not_taken_for_a_model() {
    let dir = tempfile::tempdir().unwrap();
    let files = kept(dir.path(), 0);
    let digest = files.keep(learned(100)).unwrap();
    files.settled(digest);
    let path = dir.path().join(format!("{digest:016x}.model"));
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    assert!(files.load(digest).is_err());
    std::fs::write(dir.path().join(".tmp123"), b"half").unwrap();
    let again = kept(dir.path(), 50);
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "what is half written goes");
    again.forget(Sequence(49));
    assert!(path.exists(), "some record up to the last may name it");
    again.forget(Sequence(50));
    assert!(!path.exists());
}
