//! What can be wrong with a declaration, with the key that says it.

use super::WindowError;

/// A declaration that cannot be kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("feature \"{name}\", {key}: {fault}")]
pub struct DeclarationError {
    /// Name of the feature.
    pub name: String,
    /// The key that is wrong.
    pub key: &'static str,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What is wrong with a key of a declaration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Two features have one name.
    #[error("is declared twice")]
    Twice,
    /// The name is empty, too long or has other characters.
    #[error("a name is 1 to 64 of a-z, 0-9 and _")]
    Name,
    /// No event enters it.
    #[error("names no event type, so nothing would ever enter it")]
    NoEvents,
    /// The window cannot be.
    #[error(transparent)]
    Window(#[from] WindowError),
    /// The aggregate cannot be taken over the window.
    #[error(
        "{aggregate} cannot be taken over a window of kind \"{window}\"; it can be over {allowed}"
    )]
    Unsupported {
        /// The aggregate.
        aggregate: &'static str,
        /// The kind of window.
        window: &'static str,
        /// What it can be taken over.
        allowed: &'static str,
    },
    /// The aggregate is one of numbers.
    #[error(
        "{0} is made of numbers: name one with `of`: value, price, weight, position or a property"
    )]
    NeedsNumber(&'static str),
    /// The aggregate is one of things.
    #[error("{0} is made of things: name one with `of`: item, category, room or user")]
    NeedsThing(&'static str),
    /// The aggregate needs something to show.
    #[error(
        "{0} shows what events carry: name it with `of`: value, price, a property, item, category or room"
    )]
    NeedsAny(&'static str),
    /// The aggregate is made of nothing but the events.
    #[error("{0} is made of events alone and takes no `of`")]
    TakesNone(&'static str),
    /// There may be any number of instances.
    #[error(
        "there may be any number of {entity}: say how many are kept with `max_instances`, 1 to {most}"
    )]
    Unbounded {
        /// The entity.
        entity: &'static str,
        /// The most that may be said.
        most: u32,
    },
    /// A bound that is none, or for an entity that has none.
    #[error("{found} is out of range, expected 1 to {most}")]
    Bound {
        /// What was said.
        found: u32,
        /// The most that may be said.
        most: u32,
    },
    /// A bound where the entity has one of its own.
    #[error("the number of {0} is what it is: leave `max_instances` out")]
    NoBound(&'static str),
    /// The aggregate is kept of users only.
    #[error("{0} is kept of users only")]
    OfUsers(&'static str),
    /// The prior of a rate is none.
    #[error("needs two numbers from 0 on of which the second is above 0, such as [1, 20]")]
    Prior,
    /// An instance would take too much.
    #[error(
        "an instance would take {bytes} bytes, and {most} are the most: fewer tiles or a coarser slide"
    )]
    TooLarge {
        /// What it would take.
        bytes: usize,
        /// The most it may.
        most: usize,
    },
    /// All instances of one user would take too much.
    #[error(
        "with this feature, those of one user could take {bytes} bytes together, and {most} are the most: fewer \
         instances, fewer tiles or a coarser slide"
    )]
    UserTooLarge {
        /// What they could take.
        bytes: usize,
        /// The most they may.
        most: usize,
    },
    /// More features than there is room for.
    #[error("{0} features are the most")]
    TooMany(usize),
    /// Values that are no numbers cannot enter ranking.
    #[error("{0} is no number, and ranking takes numbers: leave `rank` out")]
    RankOfThing(&'static str),
    /// More of them enter ranking than there is room for.
    #[error("{0} features in ranking are the most")]
    TooManyRanked(usize),
    /// A time to live of nothing.
    #[error("is no time at all")]
    Ttl,
}
