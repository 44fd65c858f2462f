//! Event types by every name a sender may use: declared names and aliases, Segment, Google Retail.
//!
//! Case, and whether words are joined by `_`, `-` or a space, makes no difference; a declared name that
//! matches to the letter goes first.
//!
//! Not here: what a type means. That is the table in the configuration.

use std::collections::HashMap;

use engine::rooms::Act;
use engine::{EventTypeId, EventTypes};

use super::fault::{Fault, shorten};

/// What Segment and Google Retail call the canonical types, in the form of [`normal`].
const FOREIGN: [(&str, &str); 36] = [
    ("product_list_viewed", "view_item_list"),
    ("product_list_filtered", "view_item_list"),
    ("category_page_view", "view_item_list"),
    ("product_clicked", "select_item"),
    ("product_viewed", "view_item"),
    ("detail_page_view", "view_item"),
    ("products_searched", "search"),
    ("view_search_results", "search"),
    ("product_added_to_wishlist", "add_to_wishlist"),
    ("product_added", "add_to_cart"),
    ("product_removed", "remove_from_cart"),
    ("checkout_started", "begin_checkout"),
    ("order_completed", "purchase"),
    ("purchase_complete", "purchase"),
    ("order_refunded", "refund"),
    ("product_shared", "share"),
    ("product_reviewed", "rate"),
    ("video_playback_started", "video_start"),
    ("video_content_started", "video_start"),
    ("media_play", "video_start"),
    ("video_content_playing", "video_progress"),
    ("video_playback_completed", "video_complete"),
    ("video_content_completed", "video_complete"),
    ("media_complete", "video_complete"),
    // The aliases of the interface, for a configuration that declares none.
    ("click", "select_item"),
    ("view", "view_item"),
    ("expose", "view_item_list"),
    ("exposure", "view_item_list"),
    ("impression", "view_item_list"),
    ("collect", "add_to_wishlist"),
    ("cart", "add_to_cart"),
    ("buy", "purchase"),
    ("order", "purchase"),
    ("watch", "video_progress"),
    ("danmaku", "live_comment"),
    ("gift", "live_gift"),
];

/// Longest name that is looked at; no declared one comes near.
const NAME_BYTES: usize = 64;

/// Event types by name.
#[derive(Clone, Debug, Default)]
pub struct TypeNames {
    by_name: HashMap<Box<str>, EventTypeId>,
    canonical: Vec<Box<str>>,
    /// Names offered to who misspells one, best known first.
    offered: Vec<Box<str>>,
    /// What each type is in a live room, by number.
    acts: Vec<Option<Act>>,
}

impl TypeNames {
    /// The names of `types`.
    #[must_use]
    pub fn new(types: &EventTypes) -> Self {
        let mut names = Self { acts: Act::table(types), ..Self::default() };
        for (id, spec) in types.iter() {
            names.canonical.push(spec.name.as_str().into());
            for name in std::iter::once(&spec.name).chain(&spec.aliases) {
                names.by_name.insert(name.to_lowercase().into(), id);
                names.offered.push(name.as_str().into());
            }
        }
        for (id, spec) in types.iter() {
            for name in std::iter::once(&spec.name).chain(&spec.aliases) {
                names.by_name.entry(normal(name).into()).or_insert(id);
            }
        }
        for (foreign, canonical) in FOREIGN {
            if let Some(id) = names.by_name.get(canonical).copied() {
                names.by_name.entry(foreign.into()).or_insert(id);
            }
        }
        names
    }

    /// What each type is in a live room, by number.
    #[must_use]
    pub fn acts(&self) -> &[Option<Act>] {
        &self.acts
    }

    /// The type called `name`.
    ///
    /// # Errors
    /// [`Fault::UnknownType`] with the nearest name.
    pub fn resolve(&self, name: &str) -> Result<EventTypeId, Fault> {
        let known = |name: &str| self.by_name.get(name).copied();
        if name.len() <= NAME_BYTES {
            let found = known(name)
                .or_else(|| known(&name.to_lowercase()))
                .or_else(|| known(&normal(name)));
            if let Some(id) = found {
                return Ok(id);
            }
        }
        let offered = self.offered.iter().map(|name| &**name);
        Err(Fault::UnknownType {
            name: shorten(name),
            nearest: nearest(&normal(&shorten(name)), offered),
        })
    }

    /// The canonical name of the type with number `id`; empty where there is none.
    #[must_use]
    pub fn canonical(&self, id: EventTypeId) -> &str {
        self.canonical.get(usize::from(id.0)).map_or("", |name| name)
    }
}

fn normal(name: &str) -> String {
    name.to_lowercase().replace(['-', ' '], "_")
}

/// The one of `known` that reads most like `name`, if any comes near.
#[must_use]
pub fn nearest<'k>(name: &str, known: impl Iterator<Item = &'k str>) -> Option<String> {
    const NEAR: f64 = 0.75;
    let name = shorten(name);
    known
        .map(|candidate| (strsim::jaro_winkler(&name, candidate), candidate))
        .filter(|(likeness, _)| NEAR <= *likeness)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate.to_owned())
}

#[cfg(test)]
mod tests;
