use proptest::prelude::*;

use super::*;

fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(1_680_000_000_000 + millis)
}

fn notice(text: &str) -> Content {
    Content::Notice { data: text.into() }
}

fn publish(channel: &mut Channel, text: &str, bounds: &Bounds) -> u64 {
    channel.publish(notice(text), at(0), bounds).offset
}

fn check_unsure(channel: &Channel, epoch: &str, offset: u64) {
    let answer = channel.recover(Since { epoch, offset });
    assert!(!answer.recovered && answer.publications.is_empty(), "{epoch} {offset}");
    assert_eq!(answer.offset, channel.offset());
}

#[test]
fn whoever_has_everything_misses_nothing() {
    let mut channel = Channel::new(ChannelEpoch::drawn(1));
    let epoch = channel.epoch().as_str().to_owned();
    let answer = channel.recover(Since { epoch: &epoch, offset: 0 });
    assert!(answer.recovered && answer.publications.is_empty());
    publish(&mut channel, "a", &Bounds::default());
    let answer = channel.recover(Since { epoch: &epoch, offset: 1 });
    assert!(answer.recovered && answer.publications.is_empty() && answer.offset == 1);
}

#[test]
fn unsure_is_no() {
    let bounds = Bounds { publications: 2, ..Bounds::default() };
    let mut channel = Channel::new(ChannelEpoch::drawn(1));
    for _ in 0..5 {
        publish(&mut channel, "x", &bounds);
    }
    let epoch = channel.epoch().as_str().to_owned();
    check_unsure(&channel, "other", 4);
    check_unsure(&channel, "", 4);
    // From the future: an offset of another life that had the same epoch by accident.
    check_unsure(&channel, &epoch, 6);
    check_unsure(&channel, &epoch, u64::MAX);
    check_unsure(&channel, &epoch, 2);
    assert!(channel.recover(Since { epoch: &epoch, offset: 3 }).recovered);
}

#[test]
fn history_is_bounded_by_number_bytes_and_age() {
    let bounds = Bounds { publications: 10, bytes: 2 * notice("four").weight(), age_ms: 1_000 };
    let mut channel = Channel::new(ChannelEpoch::drawn(1));
    for _ in 0..5 {
        publish(&mut channel, "four", &bounds);
    }
    assert_eq!(channel.kept.len(), 2);
    publish(&mut channel, &"longer than all of it".repeat(9), &bounds);
    assert_eq!(channel.kept.len(), 1, "the newest stays in any case");
    assert_eq!(channel.trim(at(1_001), &bounds), 1);
    assert_eq!((channel.kept.len(), channel.bytes, channel.offset()), (0, 0, 6));
    let epoch = channel.epoch().as_str();
    assert!(channel.recover(Since { epoch, offset: 6 }).recovered);
    check_unsure(&channel, epoch, 5);
}

#[test]
fn epochs_of_different_lives_differ() {
    let epochs: std::collections::BTreeSet<String> =
        (0..20_000).map(|seed| ChannelEpoch::drawn(seed).as_str().to_owned()).collect();
    assert_eq!(epochs.len(), 20_000);
}

#[test]
fn a_history_with_a_gap_is_refused() {
    let mut channel = Channel::new(ChannelEpoch::drawn(1));
    for _ in 0..3 {
        publish(&mut channel, "x", &Bounds::default());
    }
    channel.kept.remove(1);
    assert!(Channel::restore(&channel.checkpoint().unwrap()).is_err());
}

/// What happens to a channel and to the one who listens.
#[derive(Clone, Debug)]
enum Happens {
    Publish(u8),
    Disconnect,
    Reconnect,
    /// The node restarts with what was published; the last ones may be gone, then the epoch is another.
    Restart {
        loses: bool,
    },
    Time(u64),
}

fn happenings() -> impl Strategy<Value = Vec<Happens>> {
    let one = prop_oneof![
        6 => (0u8..20).prop_map(Happens::Publish),
        2 => Just(Happens::Disconnect),
        3 => Just(Happens::Reconnect),
        1 => any::<bool>().prop_map(|loses| Happens::Restart { loses }),
        1 => (0u64..800).prop_map(Happens::Time),
    ];
    prop::collection::vec(one, 1..200)
}

/// Somebody who listens, and what they were given since they were last told that they missed something.
#[derive(Default)]
struct Listener {
    connected: bool,
    epoch: String,
    offset: u64,
    /// (epoch, offset, content) as given.
    heard: Vec<(String, u64, Content)>,
}

impl Listener {
    fn take(&mut self, publication: &Publication) {
        self.offset = publication.offset;
        self.heard.push((self.epoch.clone(), publication.offset, publication.content.clone()));
    }

    fn reconnect(&mut self, channel: &Channel) {
        let epoch = self.epoch.clone();
        let answer = channel.recover(Since { epoch: &epoch, offset: self.offset });
        if answer.recovered {
            answer.publications.iter().for_each(|publication| self.take(publication));
        } else {
            self.heard.clear();
        }
        (self.epoch, self.offset) = (channel.epoch().as_str().to_owned(), answer.offset);
        self.connected = true;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn no_gap_no_duplicate_and_in_order_for_random_disconnects(happenings in happenings()) {
        let bounds = Bounds { publications: 12, bytes: 600, age_ms: 2_000 };
        let (mut lives, mut clock) = (1, 0);
        let mut channel = Channel::new(ChannelEpoch::drawn(lives));
        // Everything ever published in this life, by offset.
        let mut all: Vec<Content> = Vec::new();
        let mut listener = Listener::default();
        listener.reconnect(&channel);
        for happens in happenings {
            match happens {
                Happens::Publish(length) => {
                    let content = notice(&all.len().to_string().repeat(usize::from(length)));
                    all.push(content.clone());
                    let newest = channel.publish(content, at(clock), &bounds);
                    if listener.connected {
                        listener.take(&newest);
                    }
                }
                Happens::Disconnect => listener.connected = false,
                Happens::Reconnect if !listener.connected => listener.reconnect(&channel),
                Happens::Reconnect => {}
                Happens::Restart { loses } => {
                    listener.connected = false;
                    channel = Channel::restore(&channel.checkpoint().unwrap()).unwrap();
                    if loses {
                        lives += 1;
                        channel = Channel::new(ChannelEpoch::drawn(lives));
                        all.clear();
                    }
                }
                Happens::Time(millis) => {
                    clock += millis;
                    channel.trim(at(clock), &bounds);
                }
            }
            // What was heard since the last "missed something" is a stretch of what was published.
            let first = listener.heard.first().map_or(1, |(_, offset, _)| *offset);
            for (nth, (epoch, offset, content)) in listener.heard.iter().enumerate() {
                prop_assert_eq!(*offset, first + nth as u64);
                if epoch == channel.epoch().as_str() {
                    prop_assert_eq!(content, &all[*offset as usize - 1]);
                }
            }
            if listener.connected {
                prop_assert_eq!(listener.offset, channel.offset());
            }
        }
    }
}
