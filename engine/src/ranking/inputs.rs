//! What declared features say of a list and of its candidates: read for the click head and for the record alike.
//!
//! Of a candidate, a feature of items is its item's, one of categories that of its first category, one of rooms that of the
//! room that it is or belongs to; those of a user with an item or a category go by the same.
//!
//! In lists that may hold live rooms, those that are open say of themselves what goes on in them (see `room_inputs`).
//!
//! **Invariant:** inputs stand in one order for all items of a list: the user's, then the shared ones, each as declared.
//!
//! **Invariant:** what the head is given is what the record holds: the same function reads both.
//!
//! Not here: reading a user (the shard does), learning (see [`crate::model::click`]).

use super::request::RankRequest;
use super::room_inputs::RoomInput;
use crate::ItemIndex;
use crate::features::declare::Entity;
use crate::features::input::InputValue;
use crate::record::{DeclaredValues, ServedTag};

/// What is the same for the whole list.
#[must_use]
pub fn of_list(request: &RankRequest) -> Vec<InputValue> {
    let mut said = request.user.inputs.own.clone();
    let shared = request.activity.features();
    let inputs = shared.plan().inputs().iter().filter(|input| input.entity == Entity::Global);
    said.extend(inputs.map(|input| {
        let reading = shared.read(input.feature, 0, request.at);
        input.value(&reading, request.at)
    }));
    said
}

/// Adds what is said of `item`.
pub fn of_item(request: &RankRequest, item: ItemIndex, into: &mut Vec<InputValue>) {
    let paired = &request.user.inputs.paired;
    into.extend(paired.iter().map(|input| input.with(key(request, item, input.entity))));
    let shared = request.activity.features();
    for input in shared.plan().inputs() {
        if input.entity.is_of_users() || input.entity == Entity::Global {
            continue;
        }
        let key = key(request, item, input.entity);
        into.push(key.map_or(InputValue::none(input.fingerprint), |key| {
            input.value(&shared.read(input.feature, key, request.at), request.at)
        }));
    }
    of_room(request, item, into);
}

/// Adds what is said of `item` as a live room, in lists that may hold rooms: heat, viewers and retention as they are now.
fn of_room(request: &RankRequest, item: ItemIndex, into: &mut Vec<InputValue>) {
    let Some(view) = request.rooms.filter(|_| request.wants_rooms()) else { return };
    let room = view.get(item);
    into.extend(RoomInput::ALL.map(|input| {
        let none = InputValue::none(input.fingerprint());
        room.map_or(none, |room| {
            let (value, class) = input.read(room);
            InputValue { class, value: Some(value), ..none }
        })
    }));
}

/// All that is said of a list of `items`, as its record holds it; `None` where nothing is declared that takes part.
#[must_use]
pub fn declared_values(
    request: &RankRequest,
    items: impl Iterator<Item = ItemIndex>,
) -> Option<Box<DeclaredValues>> {
    let pairs = |said: &[InputValue]| said.iter().map(|it| (it.input, it.class)).collect();
    let mut values = DeclaredValues {
        of_list: pairs(&of_list(request)),
        tags: tags(request),
        ..DeclaredValues::default()
    };
    let mut said = Vec::new();
    for item in items {
        said.clear();
        of_item(request, item, &mut said);
        if values.of_items.is_empty() {
            values.of_items = said.iter().map(|it| it.input).collect();
        }
        values.classes.extend(said.iter().map(|it| it.class));
    }
    (!values.is_empty()).then(|| Box::new(values))
}

/// The tags that the head is told of or that a rule of the scenario goes by.
fn tags(request: &RankRequest) -> Vec<ServedTag> {
    let rules = &request.scenario.tagged;
    let tags = request.user.inputs.tags.iter();
    tags.filter(|tag| tag.ranked || rules.iter().any(|rule| rule.tag == tag.tag))
        .map(|tag| ServedTag { pattern: tag.pattern, binding: tag.binding, ranked: tag.ranked })
        .collect()
}

/// Under which key a feature of `entity` says something of `item`.
fn key(request: &RankRequest, item: ItemIndex, entity: Entity) -> Option<u64> {
    let columns = request.activity.columns(item);
    let category = || columns?.categories().first().map(|category| u64::from(category.0));
    match entity {
        Entity::Item | Entity::UserItem => Some(u64::from(item.0)),
        Entity::Category | Entity::UserCategory => category(),
        Entity::ItemCategory => category().map(|category| u64::from(item.0) << 32 | category),
        Entity::Room => columns?.room,
        Entity::User | Entity::Global => Some(0),
    }
}

#[cfg(test)]
pub(super) mod tests;
