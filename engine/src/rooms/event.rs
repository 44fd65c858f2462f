//! What happens in a room: what viewers do, what the room is told, and what is to be learned from it.
//!
//! Not here: finding these in records of the log; texts are taken out of an event's properties above this crate.

use crate::{EventTypes, ItemIndex, Timestamp};

/// What a viewer does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Comes in.
    Join,
    /// Is still there.
    Heartbeat,
    /// Says something.
    Comment,
    /// Likes.
    Like,
    /// Gives a gift.
    Gift,
    /// Looks at a product.
    Click,
    /// Puts a product into the cart, or buys it.
    Add,
    /// Goes.
    Leave,
    /// Was cut off: the connection is gone, nobody knows why.
    Lost,
}

/// The kinds of acts that heat a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeatKind {
    /// A viewer came in.
    Join,
    /// A comment.
    Comment,
    /// A like.
    Like,
    /// A gift.
    Gift,
    /// A look at a product.
    Click,
    /// A product put into the cart or bought.
    Add,
}

/// How many kinds of heat there are.
pub const HEAT_KINDS: usize = 6;

impl Act {
    /// The kind of heat it makes; `None` for what makes none.
    #[must_use]
    pub fn heat(self) -> Option<HeatKind> {
        match self {
            Self::Join => Some(HeatKind::Join),
            Self::Comment => Some(HeatKind::Comment),
            Self::Like => Some(HeatKind::Like),
            Self::Gift => Some(HeatKind::Gift),
            Self::Click => Some(HeatKind::Click),
            Self::Add => Some(HeatKind::Add),
            Self::Heartbeat | Self::Leave | Self::Lost => None,
        }
    }

    /// What each type of event is in a room, by its place in `types`; `None` for what says nothing of a room.
    #[must_use]
    pub fn table(types: &EventTypes) -> Vec<Option<Self>> {
        types.iter().map(|(_, spec)| Self::named(&spec.name)).collect()
    }

    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "live_join" => Self::Join,
            "live_heartbeat" => Self::Heartbeat,
            "live_comment" => Self::Comment,
            "live_like" => Self::Like,
            "live_gift" => Self::Gift,
            "live_product_click" | "select_item" | "view_item" => Self::Click,
            "add_to_cart" | "begin_checkout" | "purchase" => Self::Add,
            "live_leave" => Self::Leave,
            _ => return None,
        })
    }
}

/// One act of one viewer in one room.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RoomEvent<'a> {
    /// Keyed hash of the viewer.
    pub viewer: u64,
    /// What they did.
    pub act: Act,
    /// When, by event time.
    pub at: Timestamp,
    /// On which product.
    pub item: Option<ItemIndex>,
    /// Value of a gift.
    pub value: Option<f32>,
    /// Text of a comment.
    pub text: Option<&'a str>,
}

impl RoomEvent<'_> {
    /// An act with nothing else to it.
    #[must_use]
    pub fn new(viewer: u64, act: Act, at: Timestamp) -> Self {
        Self { viewer, act, at, item: None, value: None, text: None }
    }
}

/// What a room is told by its host or its node, as the log holds it: variants are added only at the end.
#[derive(Clone, Debug, PartialEq, bincode::Encode, bincode::Decode)]
pub enum RoomTold {
    /// What the room is; the shelf in the host's order.
    About {
        /// The room's description; opens it.
        about: About,
    },
    /// The host shows this product now, or none.
    Showing {
        /// Which.
        item: Option<ItemIndex>,
    },
    /// The room is over: all stays end.
    Closed,
    /// All connections are gone, because the node was: whoever is not back within the grace has left. Not in the log:
    /// there `RoomsLost` says it of all rooms.
    AllLost,
}

/// What a room is.
#[derive(Clone, Debug, Default, PartialEq, bincode::Encode, bincode::Decode)]
pub struct About {
    /// Its title.
    pub title: Option<Box<str>>,
    /// Who hosts it, as the caller names them.
    pub host: Option<Box<str>>,
    /// What it is about, by name.
    pub categories: Vec<Box<str>>,
    /// Products on the shelf, in the host's order.
    pub products: Vec<ItemIndex>,
    /// When it is to start.
    pub starts_at: Option<Timestamp>,
    /// When it ends, unless it is described anew before.
    pub ends_at: Option<Timestamp>,
}

/// Something to be learned from a room.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RoomOutcome {
    /// A stay ended, and nobody came back within the grace.
    Stayed {
        /// Keyed hash of the viewer.
        viewer: u64,
        /// When it began.
        began: Timestamp,
        /// When it ended.
        ended: Timestamp,
        /// What it says of the room.
        verdict: StayVerdict,
    },
    /// A viewer gave, clicked or added; it may come minutes after the join.
    Reacted {
        /// Keyed hash of the viewer.
        viewer: u64,
        /// What they did.
        kind: HeatKind,
        /// On which product.
        item: Option<ItemIndex>,
        /// When.
        at: Timestamp,
        /// Milliseconds since their stay began; `None` where it is not known.
        after_ms: Option<u64>,
    },
    /// A viewer left on purpose while this product was shown, without a look at it: it says no to the product.
    LeftOn {
        /// Keyed hash of the viewer.
        viewer: u64,
        /// The product that was shown.
        item: ItemIndex,
        /// When they left.
        at: Timestamp,
    },
}

/// What a stay says of the room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StayVerdict {
    /// Gone at once without any reaction: a no.
    Short,
    /// It lasted, or the viewer reacted: a yes, the more the longer.
    Stayed,
    /// Cut short by the end of the room: says nothing.
    Ended,
}
