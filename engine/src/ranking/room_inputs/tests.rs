use super::*;

fn room(heat: f64, viewers: u64, retention: f32) -> RoomNow {
    RoomNow { heat: [0.0, heat, 0.0], viewers, retention, ..RoomNow::default() }
}

fn classes(room: &RoomNow) -> [u8; 3] {
    RoomInput::ALL.map(|input| input.read(room).1)
}

#[test]
fn classes_grow_with_what_they_are_of_and_are_never_none() {
    assert_eq!(classes(&room(0.0, 0, 0.0)), [1, 1, 1]);
    assert_eq!(classes(&room(1.0, 9, 0.5)), [3, 10, 11]);
    assert_eq!(classes(&room(f64::MAX, u64::MAX, 1.0)), [255, 178, 21]);
    assert_eq!(classes(&room(f64::NAN, 0, f32::NAN)), [1, 1, 1]);
}

#[test]
fn fingerprints_stay_what_they_are_on_record() {
    let found = RoomInput::ALL.map(RoomInput::fingerprint);
    assert_eq!(RoomInput::of_fingerprint(found[1]), Some(RoomInput::Audience));
    assert_eq!(found, [1_049_574_319, 3_932_063_486, 4_115_499_691]);
}
