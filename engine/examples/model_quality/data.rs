//! The data sets: real streams, in time order, equal times in a drawn order.
//!
//! Not here: what is done with them.

use std::collections::HashMap;
use std::io::Read;
use std::path::Path;

use engine::ItemIndex;
use engine::model::numeric::mix;

/// One event.
pub struct Row {
    /// Who, as a dense number.
    pub user: usize,
    /// What, numbered by first appearance.
    pub item: ItemIndex,
    /// When.
    pub seconds: u64,
}

/// Whether users come back to items.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// No: what was consumed is left out of lists.
    Catalogue,
    /// Yes: only the current item is left out.
    Sessions,
}

/// One data set.
pub struct Stream {
    /// Its name.
    pub name: &'static str,
    /// Whether users come back to items.
    pub kind: Kind,
    /// Its events, in time order.
    pub rows: Vec<Row>,
    /// Different items.
    pub items: usize,
    /// Different users.
    pub users: usize,
}

/// Where a data set lies and how it is written.
struct Layout {
    name: &'static str,
    kind: Kind,
    files: &'static [&'static str],
    separator: &'static str,
    columns: [usize; 3],
}

const LAYOUTS: [Layout; 3] = [
    Layout {
        name: "movietweetings",
        kind: Kind::Catalogue,
        files: &["movietweetings-100k/ratings.dat.gz"],
        separator: "::",
        columns: [0, 1, 3],
    },
    Layout {
        name: "ml-100k",
        kind: Kind::Catalogue,
        files: &["ml-100k/u.data"],
        separator: "\t",
        columns: [0, 1, 3],
    },
    Layout {
        name: "serenade",
        kind: Kind::Sessions,
        files: &[
            "serenade-clicks/train.txt.gz",
            "serenade-clicks/valid.txt",
            "serenade-clicks/test.txt",
        ],
        separator: "\t",
        columns: [0, 1, 2],
    },
];

/// The data sets in `folder` whose name is `wanted`, or all; ties fall as `tie_seed` says.
pub fn streams(folder: &Path, wanted: &[String], tie_seed: u64) -> Vec<Stream> {
    let named = |name: &str| wanted.is_empty() || wanted.iter().any(|wanted| wanted == name);
    let layouts = LAYOUTS.iter().filter(|layout| named(layout.name));
    layouts.map(|layout| load(folder, layout, tie_seed)).collect()
}

fn load(folder: &Path, layout: &Layout, tie_seed: u64) -> Stream {
    let mut parsed = Vec::new();
    for file in layout.files {
        parsed.extend(read(&folder.join(file)).lines().filter_map(|line| parse(line, layout)));
    }
    parsed.sort_by_key(|(seconds, user, item)| {
        (*seconds, mix(mix(tie_seed, *user), *item), *user, *item)
    });
    let (mut users, mut items) = (Numbers::default(), Numbers::default());
    let rows = parsed.into_iter().map(|(seconds, user, item)| Row {
        user: users.number(user),
        item: ItemIndex(items.number(item) as u32),
        seconds,
    });
    let rows = rows.collect();
    let (items, users) = (items.0.len(), users.0.len());
    Stream { name: layout.name, kind: layout.kind, rows, items, users }
}

fn parse(line: &str, layout: &Layout) -> Option<(u64, u64, u64)> {
    let fields: Vec<&str> = line.split(layout.separator).collect();
    let [user, item, time] = layout.columns.map(|column| fields.get(column).copied());
    let seconds: f64 = time?.trim().parse().ok()?;
    Some((seconds as u64, user?.parse().ok()?, item?.parse().ok()?))
}

#[derive(Default)]
struct Numbers(HashMap<u64, usize>);

impl Numbers {
    fn number(&mut self, name: u64) -> usize {
        let next = self.0.len();
        *self.0.entry(name).or_insert(next)
    }
}

fn read(path: &Path) -> String {
    let bytes = std::fs::read(path).unwrap_or_default();
    let mut text = String::new();
    let unpacked = flate2::read::GzDecoder::new(&*bytes).read_to_string(&mut text);
    unpacked.map_or_else(|_| String::from_utf8_lossy(&bytes).into_owned(), |_| text)
}
