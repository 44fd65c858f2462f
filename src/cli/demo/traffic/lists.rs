//! Where the list of each arm comes from.
//!
//! **Invariant:** no list holds what the visitor has clicked before: the node leaves it out of the learned
//! ones, and the same is done here for the others.

use std::sync::atomic::Ordering;

use serde_json::{Value, json};

use super::Worker;
use crate::cli::demo::dice::Draw;
use crate::cli::demo::goods;
use crate::cli::demo::visitor::{Arm, Visitor};
use crate::cli::failure::Failure;
use crate::clock::Stopwatch;

/// Items of a page.
pub const PAGE: usize = 10;
/// Popular items that are asked for, so that enough are left without what was clicked before.
const POPULAR: &str = "/v1/popular?limit=100";

/// A list on a page.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    /// Its items, best first.
    pub items: Vec<usize>,
    /// The node's name for it, where it recommended it.
    pub recommendation: Option<String>,
    /// Whether the node says that it is made for this visitor.
    pub personal: bool,
}

impl Worker<'_> {
    /// The list that a visitor is shown.
    pub(super) fn list(&self, chosen: usize) -> Result<Shown, Failure> {
        let visitor = &self.visitors[chosen];
        let shown = match visitor.arm() {
            arm @ (Arm::Learned | Arm::Greedy) => {
                self.recommended(&visitor.name(), arm)?.unwrap_or_default()
            }
            Arm::Popular => self.popular(visitor)?,
            Arm::Random => self.fill(visitor, Vec::new()),
        };
        Ok(shown)
    }

    /// What the node recommends; nothing where it is busy.
    pub(super) fn recommended(&self, name: &str, arm: Arm) -> Result<Option<Shown>, Failure> {
        let explore = arm == Arm::Learned;
        let ask = json!({"user_id": name, "limit": PAGE, "explore": explore}).to_string();
        let watch = Stopwatch::start();
        let answer =
            self.lists.try_post("/v1/recommendations", "application/json", ask.as_bytes())?;
        let took = watch.elapsed();
        let Some(list) = self.taken(answer)? else { return Ok(None) };
        let at = self.street.since.elapsed();
        let mut board = self.street.board();
        board.recommended(at, took);
        board.breaches.stale += u64::from(list["freshness"]["stale"] == true);
        let recommendation = list["recommendation_id"].as_str().map(str::to_owned);
        let personal = matches!(list["source"].as_str(), Some("personalized" | "session"));
        Ok(Some(Shown { items: numbers(&list), recommendation, personal }))
    }

    fn popular(&self, visitor: &Visitor) -> Result<Shown, Failure> {
        let answer = self.lists.try_get(POPULAR)?;
        let list = self.taken(answer)?.unwrap_or_default();
        let mut items = numbers(&list);
        items.retain(|item| !visitor.has_clicked(*item));
        Ok(self.fill(visitor, items))
    }

    /// The first items of a list, filled up at random.
    fn fill(&self, visitor: &Visitor, mut items: Vec<usize>) -> Shown {
        items.truncate(PAGE);
        let on_sale = self.street.on_sale.load(Ordering::Acquire);
        for draw in 0.. {
            if items.len() == PAGE {
                break;
            }
            let name = [visitor.number(), visitor.pages(), draw];
            let item = self.street.dice.below(on_sale, Draw::Shelf, &name);
            if !items.contains(&item) && !visitor.has_clicked(item) {
                items.push(item);
            }
        }
        Shown { items, ..Shown::default() }
    }
}

/// The items of an answer that the shop sells.
fn numbers(list: &Value) -> Vec<usize> {
    let items = list["items"].as_array().into_iter().flatten();
    items.filter_map(|item| goods::number(item["item_id"].as_str()?)).collect()
}
