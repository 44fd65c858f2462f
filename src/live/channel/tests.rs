use super::*;

#[test]
fn names_of_channels_are_told_apart() {
    assert_eq!(Channel::parse("room:42"), Some(Channel::Room("42")));
    assert_eq!(Channel::parse("room:42:state"), Some(Channel::RoomState("42")));
    assert_eq!(Channel::parse("room:a:b"), Some(Channel::Room("a:b")));
    assert_eq!(Channel::parse("user:u:1"), Some(Channel::User("u:1")));
    for none in ["", "room:", "room", "user:", "room::state", "news:1", "Room:1"] {
        assert_eq!(Channel::parse(none), None, "{none}");
    }
}
