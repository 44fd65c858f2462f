//! Lets the visitors act on the node over HTTP, at a bounded rate.
//!
//! A page is a list, a look, and what was shown and clicked reported in one body. After a click of a visitor
//! who is shown the node's lists the list is read again at once, on another connection: that is the receipt-to-effect.
//!
//! **Invariant:** a visitor belongs to one worker, so its pages have one order.
//!
//! **Invariant:** a worker that is late skips pages instead of catching up, so that what is measured is the
//! node at this rate.
//!
//! Not here: what the visitors like (see `visitor`).

mod lists;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use super::board::{Board, Page};
use super::dice::{Dice, Draw};
use super::goods;
use super::script::Script;
use super::shop::Shop;
use super::visitor::{Arm, Visitor};
use super::window::Clicks;
use crate::cli::client::{Answer, Client};
use crate::cli::failure::Failure;
use crate::clock::Stopwatch;
use lists::Shown;

/// Workers, each with connections and visitors of its own.
pub const WORKERS: usize = 4;

/// Pages after which a visitor leaves for good and a new one comes.
const PAGES_OF_A_VISITOR: u64 = 40;
/// Pages of one visit.
const PAGES_OF_A_VISIT: usize = 4;
/// How long a refused worker waits where the node does not say.
const REFUSED: Duration = Duration::from_millis(100);

/// What all workers share.
#[derive(Debug)]
pub struct Street {
    /// The shop.
    pub shop: Shop,
    /// What happens in it.
    pub script: Script,
    /// The draws.
    pub dice: Dice,
    /// The figures.
    pub board: Mutex<Board>,
    /// Items that the node was told of.
    pub on_sale: AtomicUsize,
    /// Whether the workers are to end.
    pub closed: AtomicBool,
    /// Runs since the shop opened.
    pub since: Stopwatch,
    /// Visitors at a time.
    pub users: usize,
    /// Pages a second.
    pub rate: usize,
}

impl Street {
    /// The figures, for one look or one note.
    pub fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it is over.
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }
}

/// One worker: some of the visitors, one page after the other.
pub struct Worker<'a> {
    street: &'a Street,
    place: usize,
    /// Two connections: what one acknowledges, the other must see.
    events: Client,
    lists: Client,
    visitors: Vec<Visitor>,
    /// Pages begun or skipped.
    begun: u32,
}

impl<'a> Worker<'a> {
    /// Worker number `place` of [`WORKERS`].
    #[must_use]
    pub fn new(street: &'a Street, place: usize, clients: [Client; 2]) -> Self {
        let own = (place..street.users).step_by(WORKERS);
        let visitors = own.map(|number| Visitor::new(street.dice, number as u64)).collect();
        let [events, lists] = clients;
        Self { street, place, events, lists, visitors, begun: 0 }
    }

    /// Lets visits follow each other until the street is closed.
    ///
    /// # Errors
    /// [`Failure`] where the node no longer answers, or refuses what it should take.
    pub fn work(mut self) -> Result<(), Failure> {
        for turn in 0.. {
            if self.street.is_closed() || self.visitors.is_empty() {
                break;
            }
            let name = [self.place as u64, turn];
            let chosen = self.street.dice.below(self.visitors.len(), Draw::Turn, &name);
            self.visit(chosen)?;
        }
        Ok(())
    }

    fn visit(&mut self, chosen: usize) -> Result<(), Failure> {
        let mut next = None;
        for _ in 0..PAGES_OF_A_VISIT {
            self.wait_for_turn();
            if self.street.is_closed() {
                return Ok(());
            }
            let shown = match next.take() {
                Some(shown) => shown,
                None => self.list(chosen)?,
            };
            if shown.items.is_empty() {
                return Ok(());
            }
            let clicks = self.look(chosen, &shown, &mut next)?;
            if !self.visitors[chosen].goes_on(clicks) {
                break;
            }
        }
        self.replace(chosen);
        Ok(())
    }

    /// Looks at a page, reports it, and after a click on a list of the node's reads the next one.
    fn look(
        &mut self,
        chosen: usize,
        shown: &Shown,
        next: &mut Option<Shown>,
    ) -> Result<usize, Failure> {
        let (street, at) = (self.street, self.street.since.elapsed());
        let moment = street.script.at(at.as_secs_f32());
        let visitor = &mut self.visitors[chosen];
        let page = visitor.pages();
        let places = visitor.look_at(&street.shop, &moment, &shown.items);
        let body = report(visitor, page, shown, &places);
        let (name, arm) = (visitor.name(), visitor.arm());

        let watch = Stopwatch::start();
        let Some(taken) = self.send(&body)? else { return Ok(0) };
        if arm.is_the_nodes() && !places.is_empty() {
            *next = self.effect((&name, arm), shown, &places, watch)?;
        }
        let clicks = Clicks { shown: shown.items.len() as u64, clicked: places.len() as u64 };
        let events = taken["accepted"].as_u64().unwrap_or(0);
        street.board().page(&Page { at, phase: moment.phase, arm, clicks, events });
        Ok(places.len())
    }

    /// The list after a click: how long until it was read, and whether it reflects the click.
    fn effect(
        &self,
        (name, arm): (&str, Arm),
        shown: &Shown,
        places: &[usize],
        since_click: Stopwatch,
    ) -> Result<Option<Shown>, Failure> {
        let Some(list) = self.recommended(name, arm)? else { return Ok(None) };
        let at = self.street.since.elapsed();
        let mut board = self.street.board();
        board.took_effect(at, since_click.elapsed());
        let clicked_again = places.iter().any(|place| list.items.contains(&shown.items[*place]));
        board.breaches.unreflected += u64::from(clicked_again || !list.personal);
        Ok(Some(list))
    }

    fn send(&self, body: &Value) -> Result<Option<Value>, Failure> {
        let sent =
            self.events.try_post("/v1/events", "application/json", body.to_string().as_bytes())?;
        self.taken(sent)
    }

    /// The answer's body, or nothing after a pause where the node is busy.
    fn taken(&self, answer: Answer) -> Result<Option<Value>, Failure> {
        if matches!(answer.status, 429 | 503) {
            self.street.board().breaches.refused += 1;
            std::thread::sleep(answer.retry_after.unwrap_or(REFUSED));
            return Ok(None);
        }
        answer.accepted().map(Some)
    }

    /// Sleeps until the next page is due.
    fn wait_for_turn(&mut self) {
        let every = Duration::from_secs_f64(WORKERS as f64 / self.street.rate.max(1) as f64);
        let now = self.street.since.elapsed();
        let due = every * self.begun;
        if let Some(early) = due.checked_sub(now) {
            std::thread::sleep(early);
            self.begun += 1;
        } else {
            self.begun = (now.as_secs_f64() / every.as_secs_f64()) as u32 + 1;
        }
    }

    /// A visitor of many pages leaves, and a new one with other tastes comes.
    fn replace(&mut self, chosen: usize) {
        let visitor = &mut self.visitors[chosen];
        if PAGES_OF_A_VISITOR <= visitor.pages() {
            *visitor = visitor.successor(self.street.users as u64);
        }
    }
}

/// What was shown and what was clicked, as one body of events.
fn report(visitor: &Visitor, page: u64, shown: &Shown, places: &[usize]) -> Value {
    let user = visitor.name();
    let items = shown.items.iter().zip(1..);
    let items: Vec<Value> = items
        .map(|(item, position)| json!({"item_id": goods::id(*item), "position": position}))
        .collect();
    let mut events = vec![json!({
        "type": "view_item_list", "user_id": user, "items": items, "event_id": format!("{user}/{page}"),
    })];
    events.extend(places.iter().map(|place| {
        json!({
            "type": "select_item", "user_id": user, "item_id": goods::id(shown.items[*place]),
            "position": place + 1, "event_id": format!("{user}/{page}/{place}"),
        })
    }));
    if let Some(id) = &shown.recommendation {
        for event in &mut events {
            event["recommendation_id"] = json!(id);
        }
    }
    Value::Array(events)
}
