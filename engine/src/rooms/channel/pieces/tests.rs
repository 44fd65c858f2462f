use super::super::Bounds;
use super::*;
use crate::Timestamp;
use crate::rooms::Content;

fn channel(publications: u64, kept: usize) -> Channel {
    let bounds = Bounds { publications: kept, ..Bounds::default() };
    let mut channel = Channel::new(ChannelEpoch::drawn(1));
    for n in 0..publications {
        let content = Content::Notice { data: n.to_string().into() };
        let _ = channel.publish(content, Timestamp::from_millis(n), &bounds);
    }
    channel
}

fn pieces(channel: &Channel) -> (Vec<u8>, BTreeMap<u64, Vec<u8>>) {
    let segments = channel.segments().map(|number| (number, channel.segment(number).unwrap()));
    (channel.head().unwrap(), segments.collect())
}

/// Why a channel of 100 to 300 does not come out of its pieces once they are `changed`.
fn why(change: impl FnOnce(&mut Vec<u8>, &mut BTreeMap<u64, Vec<u8>>)) -> String {
    let (mut head, mut segments) = pieces(&channel(300, 201));
    assert!(Channel::of_pieces(&head, &segments).is_ok());
    change(&mut head, &mut segments);
    Channel::of_pieces(&head, &segments).unwrap_err().to_string()
}

#[test]
fn a_channel_comes_out_of_its_pieces() {
    for (publications, kept) in
        [(0, 9), (1, 9), (64, 100), (65, 100), (128, 64), (128, 65), (129, 64), (300, 201)]
    {
        let whole = channel(publications, kept);
        let (head, segments) = pieces(&whole);
        assert_eq!(Channel::of_pieces(&head, &segments).unwrap(), whole, "{publications} {kept}");
    }
    assert_eq!(channel(128, 64).segments(), 1..2);
    assert_eq!(channel(129, 64).segments(), 1..3);
    assert_eq!(channel(300, 201).segments(), 1..5);
}

#[test]
fn a_segment_that_lost_its_first_publications_stays_as_it_is() {
    let (_, before) = pieces(&channel(300, 230));
    let trimmed = channel(300, 180);
    let (head, _) = pieces(&trimmed);
    assert_eq!(trimmed.segments(), 1..5);
    assert_eq!(Channel::of_pieces(&head, &before).unwrap(), trimmed);
}

#[test]
fn only_segments_that_gained_something_are_written() {
    let channel = channel(300, 300);
    assert_eq!(channel.segments_past(0), 0..5);
    assert_eq!(channel.segments_past(256), 4..5);
    assert_eq!(channel.segments_past(255), 3..5);
    assert!(channel.segments_past(300).is_empty());
}

#[test]
fn pieces_that_are_not_a_channels_are_refused_by_name() {
    let is = |text: &str, expected: &str| assert!(text.contains(expected), "{text}: {expected}");
    for number in 1..5 {
        is(&why(|_, segments| drop(segments.remove(&number))), "not those its head tells");
    }
    let other = || channel(300, 300).segment(0).unwrap();
    is(&why(|_, segments| drop(segments.insert(0, other()))), "not those its head tells");
    is(&why(|_, segments| drop(segments.insert(2, other()))), "another one's offsets");
    let mut anew = channel(300, 300);
    anew.epoch = ChannelEpoch::drawn(2);
    is(&why(|_, segments| drop(segments.insert(2, anew.segment(2).unwrap()))), "another epoch");
    // Of another moment: its newest publications were not there yet, or its oldest no longer are.
    let young = || channel(290, 290).segment(4).unwrap();
    is(&why(|_, segments| drop(segments.insert(4, young()))), "lack publications");
    let late = || channel(300, 190).segment(1).unwrap();
    is(&why(|_, segments| drop(segments.insert(1, late()))), "lack publications");
    let mut holed = channel(300, 300);
    holed.kept.remove(150);
    let hole = || holed.segment(2).unwrap();
    is(&why(|_, segments| drop(segments.insert(2, hole()))), "lack publications");
    let mut repeats = channel(300, 300);
    repeats.kept[150].offset -= 1;
    let twice = || repeats.segment(2).unwrap();
    is(&why(|_, segments| drop(segments.insert(2, twice()))), "have a gap");
    let mut longer = channel(300, 300);
    longer.kept[150].content = Content::Notice { data: "longer".into() };
    let changed = || longer.segment(2).unwrap();
    is(&why(|_, segments| drop(segments.insert(2, changed()))), "bytes are not those");
    is(&why(|head, _| head.truncate(head.len() - 1)), "decode");
    is(&why(|head, _| head[0] = 9), "version 9");
    is(&why(|_, segments| segments.get_mut(&3).unwrap()[0] = 9), "version 9");
    is(&why(|_, segments| segments.get_mut(&3).unwrap().push(0)), "left over");
    is(&why(|head, _| *head = channel(0, 1).head().unwrap()), "not those its head tells");
    let past = Head { epoch: ChannelEpoch::drawn(1), newest: 3, oldest: 5, bytes: 0 };
    is(&why(|head, _| *head = codec::encode(HEAD_VERSION, &past).unwrap()), "past its end");
}
