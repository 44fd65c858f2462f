//! Order, digest and positions; the real data sets where they lie at hand.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::*;
use crate::import::{ColumnMap, items};

fn plan_of(path: &Path) -> Plan {
    let options = |format| ReadOptions { format, map: ColumnMap::default(), event_type: None };
    Plan::survey(ImportFile::open(path).unwrap(), None, options).unwrap()
}

fn plan_of_text(name: &str, text: &[u8]) -> Plan {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    fs::write(&path, text).unwrap();
    plan_of(&path)
}

fn sent(plan: &Plan) -> Vec<(u64, i64)> {
    plan.rows().unwrap().map(|(position, row)| (position, row.at_ms.unwrap() / 1_000)).collect()
}

#[test]
fn a_file_out_of_order_is_sorted_by_time_and_ties_keep_their_order() {
    let plan = plan_of_text("r.dat", b"1::a::1::30\n2::b::1::10\n3::c::1::30\n4::d::1::20\n");
    assert_eq!(plan.facts().order, Order::SortedByTime);
    assert_eq!(sent(&plan), [(1, 10), (2, 20), (3, 30), (4, 30)]);
    let users: Vec<_> = plan.rows().unwrap().map(|(_, row)| row.json).collect();
    assert!(users[2].contains("\"1\"") && users[3].contains("\"3\""), "{users:?}");
}

#[test]
fn a_file_in_order_is_sent_as_it_stands_without_its_bad_lines() {
    let plan = plan_of_text("r.dat", b"1::a::1::10\nbroken\n2::b::1::10\n3::c::1::20\n");
    assert_eq!(plan.facts().order, Order::AsInFile);
    assert_eq!((plan.facts().rows, plan.facts().bad_rows), (3, 1));
    assert_eq!(sent(&plan), [(1, 10), (2, 10), (3, 20)]);
}

#[test]
fn the_digest_names_bytes_and_reading_but_not_packing() {
    let text = b"1::a::1::10\n2::b::1::20\n";
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(text).unwrap();
    let packed = packed.finish().unwrap();
    let digest = |name: &str, bytes: &[u8]| plan_of_text(name, bytes).facts().digest.clone();
    assert_eq!(digest("r.dat", text), digest("r.dat.gz", &packed));
    assert_ne!(digest("r.dat", text), digest("r.dat", b"1::a::1::10\n2::b::1::21\n"));
    assert_eq!(plan_of_text("r.dat.gz", &packed).file().source_name(), "r.dat");
}

/// A folder of the shared data sets; says so where it is not there.
fn shared(folder: &str) -> Option<PathBuf> {
    let root = std::env::var_os("FRESHET_DATA").map_or("../shared/data".into(), PathBuf::from);
    let path = root.join(folder);
    if !path.is_dir() {
        eprintln!("skipped: {} is not there (set FRESHET_DATA)", path.display());
        return None;
    }
    Some(path)
}

#[test]
fn movietweetings_is_read_whole() {
    let Some(folder) = shared("movietweetings-100k") else { return };
    let plan = plan_of(&folder.join("ratings.dat.gz"));
    assert_eq!((plan.facts().rows, plan.facts().bad_rows), (100_000, 0));
    let catalogue = items::beside(plan.file().path()).unwrap();
    let items = items::read(&catalogue).unwrap();
    assert!(10_500 <= items.len(), "{}", items.len());
    assert!(items.iter().all(|item| !item["title"].as_str().unwrap().is_empty()));
}

#[test]
fn movielens_100k_is_read_whole_and_sorted() {
    let Some(folder) = shared("ml-100k") else { return };
    let plan = plan_of(&folder.join("u.data"));
    assert_eq!((plan.facts().rows, plan.facts().bad_rows), (100_000, 0));
    assert_eq!(plan.facts().order, Order::SortedByTime);
    let times: Vec<_> = sent(&plan).into_iter().map(|(_, at)| at).collect();
    assert!(times.is_sorted());
    let items = items::read(&items::beside(plan.file().path()).unwrap()).unwrap();
    assert_eq!(items.len(), 1_682);
    assert_eq!(items[0]["title"], "Toy Story");
    assert_eq!(items[0]["categories"], serde_json::json!(["Animation", "Children's", "Comedy"]));
}

#[test]
fn serenade_clicks_are_read_whole() {
    let Some(folder) = shared("serenade-clicks") else { return };
    let plan = plan_of(&folder.join("train.txt.gz"));
    assert_eq!(plan.options().format, Format::Serenade);
    assert_eq!((plan.facts().rows, plan.facts().bad_rows), (113_601, 0));
}
