//! The fields of a click row, by number.
//!
//! A feature is a field's number and a hashed value; a field may hold several values. Numbers are written into
//! served lists, so a field keeps its number for ever.
//!
//! A declared input has the field that its fingerprint falls on; two in one share it, as several categories share theirs.
//!
//! Not here: what is put into them (see [`crate::ranking::shown`] and [`super::sample`]).

use crate::model::numeric::mix;

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

/// A tag that the user has: fingerprint of the pattern that set it.
pub const TAG: u8 = 8;
/// The first field of what declared features say of the whole list, and how many there are.
const LIST_INPUTS: (u8, u32) = (9, 7);

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

/// The first field of what declared features say of an item, and how many there are.
const ITEM_INPUTS: (u8, u32) = (22, 10);

/// The first declared key of the context; the key declared as number n has the field `CONTEXT + n`.
pub const CONTEXT: u8 = 32;
/// Keys of the context that have a field; later ones are left out.
pub const CONTEXT_KEYS: usize = FIELDS - CONTEXT as usize;

/// The feature that class `class` of a declared input of the whole list is.
#[must_use]
pub fn list_input(input: u32, class: u8) -> (u8, u32) {
    declared(LIST_INPUTS, input, class)
}

/// The feature that class `class` of a declared input of an item is.
#[must_use]
pub fn item_input(input: u32, class: u8) -> (u8, u32) {
    declared(ITEM_INPUTS, input, class)
}

fn declared((first, fields): (u8, u32), input: u32, class: u8) -> (u8, u32) {
    let value = mix(u64::from(input), u64::from(class)) >> 32;
    (first + (input % fields) as u8, value as u32)
}
