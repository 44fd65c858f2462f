//! No client sees a gap, sees anything twice or out of order without being told so.

use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::live::testing::{Client, Read, Rig, bounds};

#[actix_web::test]
async fn whoever_comes_back_is_told_what_was_missed_or_that_it_is_not_known() {
    let rig = Rig::start(3, bounds(|_| ())).await;
    for _ in 0..4 {
        rig.rooms.publish("1");
    }
    let mut client = rig.connect("a").await;
    let recover = |epoch: &str, offset: u64| json!({"subscribe": {"channel": "room:1", "recover": true, "epoch": epoch, "offset": offset}});
    let reply = client.ask(recover("e0", 2)).await;
    let subscribed = &reply["subscribe"];
    assert_eq!(
        (&subscribed["was_recovering"], &subscribed["recovered"]),
        (&json!(true), &json!(true))
    );
    let offsets: Vec<_> = subscribed["publications"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["offset"].as_u64().unwrap())
        .collect();
    assert_eq!((offsets, &subscribed["offset"]), (vec![3, 4], &json!(4)));
    for (epoch, offset) in [("e0", 0), ("other", 4), ("e0", 9)] {
        let mut client = rig.connect("b").await;
        let reply = client.ask(recover(epoch, offset)).await;
        let subscribed = &reply["subscribe"];
        assert_eq!(
            (&subscribed["was_recovering"], &subscribed["recovered"]),
            (&json!(true), &Value::Null),
            "{reply}"
        );
        assert_eq!(subscribed["offset"], 4);
    }
}

#[actix_web::test]
async fn where_a_publication_is_lost_on_the_way_the_subscription_ends() {
    let rig = Rig::start(3, bounds(|_| ())).await;
    let mut client = rig.connect("a").await;
    client.subscribe("room:1").await;
    rig.rooms.publish("1");
    assert!(matches!(client.next().await, Read::Line(_)));
    rig.rooms.lose("1");
    rig.rooms.publish("1");
    let ended = json!({"push": {"channel": "room:1", "unsubscribe": {"code": 2500, "reason": "insufficient state"}}});
    assert_eq!(client.next().await, Read::Line(ended.clone()));
    assert!(!rig.hub.is_followed("room:1"));
    client.subscribe("room:1").await;
    rig.rooms.begin_anew("1");
    rig.rooms.publish("1");
    assert_eq!(client.next().await, Read::Line(ended));
}

#[derive(Clone, Debug)]
enum Step {
    /// So many publications, with a look at what else is to be done between them or not.
    Publish {
        count: u8,
        at_once: bool,
    },
    /// A client goes without a word.
    Break(usize),
    /// A client comes back and says up to where it has the channel; it does not wait for the answer.
    Return(usize),
    Unsubscribe(usize),
    /// A publication is lost on its way to everybody.
    Lose,
    BeginAnew,
    /// A client reads for a while.
    Read(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let client = 0usize..3;
    prop_oneof![
        4 => (1u8..6, any::<bool>()).prop_map(|(count, at_once)| Step::Publish { count, at_once }),
        2 => client.clone().prop_map(Step::Break),
        4 => client.clone().prop_map(Step::Return),
        1 => client.clone().prop_map(Step::Unsubscribe),
        1 => Just(Step::Lose),
        1 => Just(Step::BeginAnew),
        2 => client.prop_map(Step::Read),
    ]
}

/// What a client knows of the channel.
#[derive(Default)]
struct Viewer {
    client: Option<Client>,
    /// Whether it asked to follow and nothing has ended that since.
    follows: bool,
    /// Up to where it has the channel.
    has: Option<(String, u64)>,
}

impl Viewer {
    async fn come_back(&mut self, rig: &Rig, number: usize) {
        if self.client.is_none() {
            self.client = Some(rig.connect(&format!("u{number}")).await);
        }
        if self.follows {
            return;
        }
        let mut subscribe = json!({"channel": "room:1"});
        if let Some((epoch, offset)) = &self.has {
            subscribe["recover"] = true.into();
            subscribe["epoch"] = epoch.as_str().into();
            subscribe["offset"] = (*offset).into();
        }
        self.follows = true;
        let client = self.client.as_mut().unwrap();
        client.send(json!({"subscribe": subscribe})).await;
    }

    /// Reads what is there, and holds it against what it has.
    fn take(&mut self, line: &Value) {
        if let Some(reply) = line.get("subscribe") {
            let epoch = reply["epoch"].as_str().unwrap().to_owned();
            let offset = reply["offset"].as_u64().unwrap_or(0);
            if reply["recovered"] == true {
                let (had, mut has) = self.has.clone().unwrap();
                assert_eq!(had, epoch, "recovered in another life");
                for it in reply["publications"].as_array().unwrap_or(&Vec::new()) {
                    has += 1;
                    assert_eq!(it["offset"], has);
                }
                assert_eq!(has, offset, "recovered up to where the channel stands");
            } else {
                assert_eq!(self.has.is_some(), reply["was_recovering"] == true);
            }
            self.has = Some((epoch, offset));
        } else if let Some(published) = line["push"].get("pub") {
            let (_, has) = self.has.as_mut().unwrap();
            *has += 1;
            assert_eq!(published["offset"], *has, "in order, none left out, none twice");
            assert_eq!(published["data"]["n"], *has);
        } else if line["push"].get("unsubscribe").is_some() {
            self.follows = false;
        } else {
            panic!("{line}");
        }
    }

    async fn read(&mut self, within: Duration) -> bool {
        let Some(client) = &mut self.client else { return false };
        match client.next_within(within).await {
            Some(Read::Line(line)) => {
                self.take(&line);
                true
            }
            Some(closed) => panic!("{closed:?}"),
            None => false,
        }
    }
}

async fn run(steps: Vec<Step>) {
    let rig = Rig::start(4, bounds(|_| ())).await;
    let mut viewers = [Viewer::default(), Viewer::default(), Viewer::default()];
    rig.rooms.publish("1");
    let soon = Duration::from_micros(200);
    for step in steps {
        match step {
            Step::Publish { count, at_once } => {
                for _ in 0..count {
                    rig.rooms.publish("1");
                    if !at_once {
                        tokio::task::yield_now().await;
                    }
                }
            }
            Step::Break(number) => {
                viewers[number].client = None;
                viewers[number].follows = false;
            }
            Step::Return(number) => viewers[number].come_back(&rig, number).await,
            Step::Unsubscribe(number) => unsubscribe(&mut viewers[number]).await,
            Step::Lose => rig.rooms.lose("1"),
            Step::BeginAnew => rig.rooms.begin_anew("1"),
            Step::Read(number) => while viewers[number].read(soon).await {},
        }
    }
    // In the end everybody has everything, or was told otherwise on the way.
    let last = rig.rooms.publish("1");
    for (number, viewer) in viewers.iter_mut().enumerate() {
        for attempt in 0.. {
            viewer.come_back(&rig, number).await;
            if viewer.follows && viewer.has.as_ref().is_some_and(|(_, has)| *has == last) {
                break;
            }
            assert!(attempt < 1_000, "client {number} has {:?}, not {last}", viewer.has);
            viewer.read(Duration::from_millis(20)).await;
        }
    }
}

async fn unsubscribe(viewer: &mut Viewer) {
    let Some(client) = &mut viewer.client else { return };
    let id = client.send(json!({"unsubscribe": {"channel": "room:1"}})).await;
    while let Some(client) = &mut viewer.client {
        match client.next().await {
            Read::Line(line) if line["id"] == id => break,
            Read::Line(line) => viewer.take(&line),
            closed @ Read::Closed(_) => panic!("{closed:?}"),
        }
    }
    viewer.follows = false;
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn no_client_sees_a_gap_or_anything_twice_or_out_of_order(
        steps in proptest::collection::vec(step(), 1..40),
    ) {
        actix_web::rt::System::new().block_on(run(steps));
    }
}
