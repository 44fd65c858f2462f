use proptest::prelude::*;

use super::*;
use crate::shard::tests::{click, empty, log, user};
use crate::{Applied, Record, RecordBody, Timestamp};

const NOON: u64 = 1_700_000_000_000;

fn of(records: &[Record]) -> ShardState {
    let mut state = empty();
    for record in records {
        state.apply(record, &mut Applied::default());
    }
    state
}

fn clicks(users: &[u32]) -> Vec<Record> {
    log((0_u32..).zip(users).map(|(n, of)| click(*of, n % 7, NOON + 1_000 * u64::from(n))))
}

#[test]
fn equal_states_differ_in_nothing() {
    let records = clicks(&[1, 2, 3, 1]);
    let found = of(&records).differences(&of(&records), 9);
    assert!(found.is_none());
    assert_eq!((found.equal, found.users), (3, Vec::new()));
}

#[test]
fn a_user_that_only_one_knows_is_named_with_who_knows_them() {
    let found = of(&clicks(&[1, 2])).differences(&of(&clicks(&[1, 3])), 9);
    let named = |n, how| UserDifference { user: user(n), how };
    assert_eq!(found.users, [named(2, Differing::OnlyFirst), named(3, Differing::OnlySecond)]);
    assert_eq!((found.equal, found.only_first, found.only_second), (1, 1, 1));
}

#[test]
fn of_a_user_that_differs_the_parts_are_named_and_of_many_users_the_first() {
    let mut more = clicks(&[1, 2, 1, 2]);
    more.pop();
    let found = of(&clicks(&[1, 2, 1, 2])).differences(&of(&more), 9);
    let Differing::Parts(parts) = &found.users[0].how else { panic!("{found:?}") };
    assert!(parts.contains(&"history") && parts.contains(&"events applied"), "{parts:?}");
    assert!(!parts.contains(&"impressions"), "{parts:?}");
    assert_eq!((found.different, found.equal), (1, 1));
    assert_eq!(found.others, ["last record applied"]);
    let few = of(&clicks(&[1, 2, 3])).differences(&empty(), 2);
    assert_eq!((few.only_first, few.users.len()), (3, 2));
}

#[test]
fn what_is_not_of_users_is_named_too() {
    let at = Timestamp::from_millis(NOON);
    let put = |profile: &str| RecordBody::UserPut {
        shard: crate::shard::tests::SHARD,
        user: user(1),
        profile: profile.into(),
        at,
    };
    let found = of(&log([put("{}")])).differences(&of(&log([put("[]")])), 9);
    assert_eq!(found.others, ["profiles"]);
    assert!(!found.is_none());
}

proptest! {
    #[test]
    fn there_are_differences_exactly_where_digests_differ(
        one in proptest::collection::vec(0_u32..6, 0..12),
        two in proptest::collection::vec(0_u32..6, 0..12),
    ) {
        let (one, two) = (of(&clicks(&one)), of(&clicks(&two)));
        prop_assert_eq!(one.differences(&two, 3).is_none(), one.digest() == two.digest());
    }
}
