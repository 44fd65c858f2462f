//! Which settings differ between two configurations.

use std::collections::BTreeMap;

use toml::{Table, Value};

use crate::Loaded;

impl Loaded {
    /// The dotted keys whose values are others in `newer`, or that only one of both has, in order. Values are never told.
    #[must_use]
    pub fn changed_keys(&self, newer: &Self) -> Vec<String> {
        let (mut old, mut new) = (BTreeMap::new(), BTreeMap::new());
        flatten(&self.tree, "", &mut old);
        flatten(&newer.tree, "", &mut new);
        let differs = |key: &&String| old.get(*key) != new.get(*key);
        let mut keys: Vec<String> = old.keys().chain(new.keys()).filter(differs).cloned().collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }
}

fn flatten<'a>(table: &'a Table, prefix: &str, into: &mut BTreeMap<String, &'a Value>) {
    for (name, value) in table {
        let key = format!("{prefix}{name}");
        match value {
            Value::Table(inner) => flatten(inner, &format!("{key}."), into),
            value => {
                into.insert(key, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Sources, load};

    #[test]
    fn only_what_differs_is_named_in_order_and_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let of = |name: &str, text: &str| {
            let file = folder.path().join(name);
            std::fs::write(&file, text).expect("written");
            load(&Sources { file: Some(file), ..Sources::default() }).expect("sound")
        };
        let old = of("old.toml", "[server]\nkeep_alive_s = 7\n");
        let new = of(
            "new.toml",
            "[server]\nkeep_alive_s = 8\n[ranking.scenarios.shelf]\nmax_category_share = 0.5\n",
        );
        assert_eq!(old.changed_keys(&old), Vec::<String>::new());
        let changed = old.changed_keys(&new);
        assert!(changed.contains(&"server.keep_alive_s".to_owned()), "{changed:?}");
        assert!(changed.contains(&"ranking.scenarios.shelf.max_category_share".to_owned()));
        assert!(changed.is_sorted() && changed.iter().all(|key| !key.starts_with("storage")));
        assert_eq!(changed, new.changed_keys(&old));
    }
}
