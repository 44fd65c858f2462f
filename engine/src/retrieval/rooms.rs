//! Live rooms that are open: how much goes on in them, how many are there, what the user did with host, room and shelf.
//!
//! A room's part of a score is a sum of five terms ([`RoomTerm`]), each a logarithm, so that ten times the viewers are no ten
//! times the score. The user's terms are of what they chose, the newest the most: the room itself,
//! other rooms of its host or the host's own item, products on its shelf.
//!
//! **Invariant:** only rooms of the view are named; what no view holds says nothing.
//!
//! **Invariant:** work is bounded by the rooms of the view, of which the hottest [`MOST_ROOMS`] are looked at.
//!
//! Not here: retention, which on real evenings spoke against the room that was entered and is left to the click head; the user's liking for categories (a part of its own), what may not be shown (see `ranking::gate`).

use rustc_hash::FxHashMap;

use crate::ranking::RankRequest;
use crate::retrieval::{Retriever, Source};
use crate::rooms::{RoomNow, RoomsView};
use crate::{ItemIndex, Role};

/// Rooms that are looked at for one list, the hottest first.
pub const MOST_ROOMS: usize = 1_024;

/// By how much a choice counts less than the one after it.
const FADE: f32 = 0.9;

/// One term of a room's part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoomTerm {
    /// How much goes on.
    Heat,
    /// How many are there.
    Audience,
    /// The user chose its host, or other rooms of the host.
    Host,
    /// The user was there before.
    Again,
    /// The user chose products on its shelf.
    Shelf,
}

impl RoomTerm {
    /// How many terms there are.
    pub const COUNT: usize = 5;

    /// Every term, in the order of their places.
    pub const ALL: [Self; Self::COUNT] =
        [Self::Heat, Self::Audience, Self::Host, Self::Again, Self::Shelf];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Heat => "room_heat",
            Self::Audience => "room_audience",
            Self::Host => "room_host",
            Self::Again => "room_again",
            Self::Shelf => "room_shelf",
        }
    }

    /// What one unit of it counts. Heat, audience and again were chosen on the first half of two real evenings
    /// (`tests/real_rooms_next.rs`), host and shelf by hand: neither is in those files.
    const fn weight(self) -> f32 {
        match self {
            Self::Heat => 2.0,
            Self::Audience => 0.8,
            Self::Host => 4.0,
            Self::Again => 12.0,
            Self::Shelf => 1.0,
        }
    }
}

/// The open rooms, for one user.
#[derive(Clone, Debug, Default)]
pub struct OpenRooms<'a> {
    view: Option<&'a RoomsView>,
    chosen: FxHashMap<ItemIndex, f32>,
    hosts: FxHashMap<&'a str, f32>,
    best: Vec<ItemIndex>,
}

impl<'a> OpenRooms<'a> {
    /// For the user of `request`; none where it wants none.
    #[must_use]
    pub fn new(request: &RankRequest<'a>) -> Self {
        let Some(view) = request.rooms.filter(|_| request.wants_rooms()) else {
            return Self::default();
        };
        let chosen = chosen(request);
        let mut rooms =
            Self { view: Some(view), hosts: hosts(view, &chosen), chosen, best: Vec::new() };
        rooms.best = rooms.in_order();
        rooms
    }

    /// The terms of `item`, weighed; none where it is no open room.
    #[must_use]
    pub fn terms(&self, item: ItemIndex) -> Option<[f32; RoomTerm::COUNT]> {
        let room = self.view?.get(item)?;
        let mut terms = self.unweighed(item, room);
        for (value, term) in terms.iter_mut().zip(RoomTerm::ALL) {
            *value *= term.weight();
        }
        Some(terms)
    }

    /// What is said of `item`: the sum of its terms; 0 where it is no open room.
    #[must_use]
    pub fn part(&self, item: ItemIndex) -> f32 {
        self.terms(item).map_or(0.0, |terms| terms.iter().sum())
    }

    /// Whether what the user did with host and room says as much as what goes on there.
    #[must_use]
    pub fn is_of_host(&self, item: ItemIndex) -> bool {
        self.terms(item).is_some_and(|[heat, _, host, again, _]| {
            let own = host + again;
            0.0 < own && heat <= own
        })
    }

    fn in_order(&self) -> Vec<ItemIndex> {
        let rooms = self.view.map(RoomsView::hottest).unwrap_or_default();
        let mut scored: Vec<(f32, ItemIndex)> =
            rooms.iter().take(MOST_ROOMS).map(|item| (self.part(*item), *item)).collect();
        scored.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        scored.into_iter().map(|(_, item)| item).collect()
    }

    fn unweighed(&self, item: ItemIndex, room: &RoomNow) -> [f32; RoomTerm::COUNT] {
        let of_item = |item: &ItemIndex| self.chosen.get(item).copied().unwrap_or(0.0);
        let again = of_item(&item);
        let host = room.host.as_deref().and_then(|host| self.hosts.get(host));
        let follows = room.host_item.as_ref().map_or(0.0, of_item);
        // What was done in the room itself is told by its own term.
        let host = (host.copied().unwrap_or(0.0) - again).max(0.0) + follows;
        let products: f32 = room.shelf.iter().map(of_item).sum();
        let heat = if room.heat[1].is_finite() { room.heat[1].max(0.0) as f32 } else { 0.0 };
        [heat.ln_1p(), (room.viewers as f32).ln_1p(), host.ln_1p(), again.ln_1p(), products.ln_1p()]
    }
}

/// What the user chose, each item with how much, the newest counting most.
fn chosen(request: &RankRequest) -> FxHashMap<ItemIndex, f32> {
    let types = request.activity.types();
    let positive = |id| types.get(id).is_some_and(|spec| spec.role == Role::Positive);
    let past = request.user.history.iter().filter(|entry| positive(entry.event_type));
    let items = request.just_chosen().chain(past.filter_map(|entry| entry.item));
    let mut chosen = FxHashMap::default();
    let mut weight = 1.0;
    for item in items {
        *chosen.entry(item).or_default() += weight;
        weight *= FADE;
    }
    chosen
}

/// The same by host of the rooms among them.
fn hosts<'a>(view: &'a RoomsView, chosen: &FxHashMap<ItemIndex, f32>) -> FxHashMap<&'a str, f32> {
    let mut items: Vec<(&ItemIndex, &f32)> = chosen.iter().collect();
    items.sort_unstable_by_key(|(item, _)| **item);
    let mut hosts = FxHashMap::default();
    for (item, weight) in items {
        if let Some(host) = view.get(*item).and_then(|room| room.host.as_deref()) {
            *hosts.entry(host).or_default() += weight;
        }
    }
    hosts
}

impl Retriever for OpenRooms<'_> {
    fn source(&self) -> Source {
        Source::Rooms
    }

    fn candidates(&self) -> Box<dyn Iterator<Item = ItemIndex> + '_> {
        Box::new(self.best.iter().copied())
    }

    fn strength(&self, item: ItemIndex) -> f32 {
        self.part(item).max(0.0)
    }
}

#[cfg(test)]
mod tests;
