//! An event of the log as features and patterns see it.

use super::{Event, ItemKind};
use crate::features::occurrence::{CategoryNames, Occurrence};

impl Event {
    /// The event as declared features and patterns see it; `names` tells numbers of categories that filters name.
    #[must_use]
    pub fn occurrence<'a>(
        &'a self,
        user_hash: u64,
        names: &'a dyn CategoryNames,
    ) -> Occurrence<'a> {
        Occurrence {
            item: self.item,
            categories: &self.categories,
            kind: self.kind.name(),
            price: self.price,
            value: self.value,
            position: self.position,
            room: self.room_id.as_deref(),
            properties: &self.properties,
            names,
            ..Occurrence::new(self.event_type, self.at, user_hash)
        }
    }
}

impl ItemKind {
    /// All of them, in their order.
    pub const ALL: [Self; 5] =
        [Self::Item, Self::Product, Self::Video, Self::Article, Self::LiveRoom];

    /// The kind as the API writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Item => "item",
            Self::Product => "product",
            Self::Video => "video",
            Self::Article => "article",
            Self::LiveRoom => "live_room",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::filter::Filter;
    use crate::features::occurrence::NoNames;
    use crate::{CategoryId, EventTypeId, ItemIndex, Timestamp, UserId};

    #[test]
    fn everything_that_a_filter_can_name_is_there() {
        let event = Event {
            item: Some(ItemIndex(7)),
            received_at: Timestamp::from_millis(6),
            categories: vec![CategoryId(9)],
            kind: ItemKind::LiveRoom,
            price: Some(2.5),
            value: Some(4.0),
            position: Some(2),
            room_id: Some("r".into()),
            properties: r#"{"dwell_ms":31000}"#.into(),
            ..Event::new(UserId::new("u"), EventTypeId(3), Timestamp::from_millis(5))
        };
        let seen = event.occurrence(11, &NoNames);
        assert_eq!((seen.event_type, seen.at.as_millis(), seen.user_hash), (EventTypeId(3), 5, 11));
        assert_eq!((seen.item, seen.categories), (Some(ItemIndex(7)), &[CategoryId(9)][..]));
        let all = "kind = \"live_room\" and price = 2.5 and value = 4 and position = 2 and room = \"r\" \
                   and dwell_ms >= 30000";
        assert!(Filter::parse(all).unwrap().holds(&seen));
    }
}
