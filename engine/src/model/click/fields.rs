//! The fields of a click row, by number.
//!
//! A feature is a field's number and a hashed value; a field may hold several values. Numbers are written into
//! served lists, so a field keeps its number for ever.
//!
//! Not here: what is put into them (see [`crate::ranking::shown`] and [`super::sample`]).

/// The most fields there are; numbers are below this.
pub const FIELDS: usize = 64;

/// Keyed hash of the user.
pub const USER: u8 = 0;
/// Hash of the scenario's name.
pub const SCENARIO: u8 = 1;
/// Hour of the day, UTC, 0 to 23.
pub const HOUR: u8 = 2;
/// Day of the week, 0 to 6; 0 is the Thursday that time began on.
pub const WEEKDAY: u8 = 3;
/// Group of users by the length of their history.
pub const GROUP: u8 = 4;
/// The item that the user chose last.
pub const LAST_ITEM: u8 = 5;
/// Rung of the ladder that made the list.
pub const RUNG: u8 = 6;
/// The category that the user likes best.
pub const LIKED_CATEGORY: u8 = 7;

/// The item.
pub const ITEM: u8 = 16;
/// Its categories.
pub const CATEGORY: u8 = 17;
/// Its kind.
pub const KIND: u8 = 18;
/// Class of its price.
pub const PRICE: u8 = 19;
/// Class of its age.
pub const AGE: u8 = 20;
/// Class of its click rate at that moment.
pub const CLICK_RATE: u8 = 21;

/// The first declared key of the context; the key declared as number n has the field `CONTEXT + n`.
pub const CONTEXT: u8 = 32;
/// Keys of the context that have a field; later ones are left out.
pub const CONTEXT_KEYS: usize = FIELDS - CONTEXT as usize;
