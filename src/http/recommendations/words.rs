//! What the engine says of an item, in the words of the wire: reasons, parts of a score, where it stands.
//!
//! Not here: which reasons an item has (see [`engine::ranking`]).

use std::collections::BTreeMap;

use engine::ranking::{Explanation, Obstacle, Reason, ScoreParts, Standing};

use crate::node::Node;

/// The reasons of one item, strongest first.
#[must_use]
pub fn reasons(node: &Node, reasons: &[Reason]) -> Vec<String> {
    let item = |item| node.catalogue.name(item).unwrap_or_default();
    let mut words = Vec::with_capacity(reasons.len() + 1);
    for reason in reasons {
        match reason {
            Reason::CoView(because) => words.push(format!("co_view:{}", item(*because))),
            Reason::FreshClick(because) => {
                words.push(format!("co_view:{}", item(*because)));
                words.push("fresh_click".to_owned());
            }
            Reason::SessionNeighbour => words.push("session_neighbour".to_owned()),
            Reason::Popular => words.push("popular".to_owned()),
            Reason::Trending => words.push("trending".to_owned()),
            Reason::Fresh => words.push("fresh".to_owned()),
            Reason::Content => words.push("content".to_owned()),
            Reason::LiveNow => words.push("live_now".to_owned()),
            Reason::Host => words.push("live_host".to_owned()),
            Reason::Taste => words.push("learned_taste".to_owned()),
            Reason::Explored => words.push("explored".to_owned()),
            Reason::Category(category) => {
                let name = node.catalogue.category_name(*category).unwrap_or_default();
                words.push(format!("category:{name}"));
            }
        }
    }
    words
}

/// Parts that are told only where they add something.
const SELDOM: [&str; 2] = ["tagged", "rooms"];

/// The parts of one score, by source; what tags and live rooms add only where they do.
#[must_use]
pub fn parts(parts: &ScoreParts) -> BTreeMap<&'static str, f32> {
    let told = |(name, value): &(&str, f32)| !SELDOM.contains(name) || *value != 0.0;
    parts.named().into_iter().filter(told).collect()
}

/// Where an item stands in respect of a list of `limit`.
#[must_use]
pub fn standing(explained: &Explanation, limit: usize) -> String {
    let candidates = explained.candidates;
    let higher = explained.scored.as_ref().map_or(0, |scored| scored.place - 1);
    match explained.standing {
        Standing::Listed { rank } if rank == higher + 1 => {
            format!("number {rank} of the list, and by score")
        }
        Standing::Listed { rank } => format!(
            "number {rank} of the list; number {} by score, before the cap on categories",
            higher + 1
        ),
        Standing::PassedOver => format!(
            "number {} by score, but its category has its share of the list already",
            higher + 1
        ),
        Standing::TooLow => {
            format!("{higher} of {candidates} candidates score higher; the list holds {limit}")
        }
        Standing::NotNamed => {
            format!(
                "no source named it; among the {candidates} candidates it would be number {}",
                higher + 1
            )
        }
        Standing::LeftOut(obstacle) => obstacle_in_words(obstacle).to_owned(),
    }
}

fn obstacle_in_words(obstacle: Obstacle) -> &'static str {
    match obstacle {
        Obstacle::Seen => "the user has seen it, as the scenario declares it",
        Obstacle::Excluded => "the request excludes it",
        Obstacle::Unavailable => {
            "it is withdrawn or not available, or its registration is not published yet"
        }
        Obstacle::Expired => "it is past its expiry",
        Obstacle::Unpublished => "it is not published yet",
        Obstacle::LiveRoom => "it is a live room, and the request asks for none",
        Obstacle::Closed => "it is a live room that is not open",
        Obstacle::Unmatched => "the filter of the request does not let it pass",
        Obstacle::Tagged => "a tag of the user's leaves it out",
    }
}
