//! What a list of 20 costs: without a model, with one, with exploration, and with one that scores 10,000 items on the way.
//!
//! `cargo run --release -p benches --bin ranking`
//!
//! Users choose within groups of items, so that neighbours and model have something to say; each list is for a user
//! with 20 choices. Times are processor time of this process where Linux tells it, wall time elsewhere.
//!
//! Not here: how good the lists are (see `freshet evaluate`), the shard, HTTP.

use std::sync::{Arc, OnceLock};

use benches::event_types::clicks;
use benches::process::cpu_time;
use engine::activity::{ActivityConfig, ItemActivity};
use engine::model::lesson::sources_of;
use engine::model::scan::ScanFor;
use engine::model::{Effort, Learner, ModelConfig, ModelUser, ModelView, Past, Sample, UserVector};
use engine::outcome::ActivityFact;
use engine::ranking::{
    CandidatePool, Condition, ExploreRule, Exploring, Filter, Ladder, RankRequest, Scenario,
    SeenPolicy, explain, popular, recommend,
};
use engine::record::{ItemDoc, ItemKind, Mode};
use engine::rooms::{RoomNow, RoomsView};
use engine::user::{HistoryEntry, SeenItem, SeenItems, UserView, Visit};
use engine::{
    ActivityView, CategoryId, EventTypeId, ItemIndex, Record, RecordBody, Sequence, Timestamp,
};

const NOW: Timestamp = Timestamp::from_millis(1_767_600_000_000);
const CLICK: EventTypeId = EventTypeId(0);
const USERS: u64 = 2_000;
const CHOICES: usize = 20;
const GROUPS: u64 = 100;

fn main() {
    for items in [1_000, 10_000, 20_000, 100_000] {
        let world = World::new(items, ItemKind::Item);
        println!("{items} items, a list of 20 for a user with {CHOICES} choices:");
        world.measure();
    }
    measure_rooms();
}

/// What lists of live rooms cost, of which a thousand are open.
fn measure_rooms() {
    const ROOMS: u32 = 1_000;
    let world = World::new(u64::from(ROOMS), ItemKind::LiveRoom);
    let room = |item: u32| {
        let heat = [f64::from(item % 97) / 10.0; 3];
        let host = Some(format!("host {}", item % 300).into());
        let shelf = (0..10).map(|place| ItemIndex(item + place)).collect();
        let viewers = u64::from(item % 1_009);
        (ItemIndex(item), Arc::new(RoomNow { heat, viewers, host, shelf, ..RoomNow::default() }))
    };
    let rooms: Vec<_> = (0..ROOMS).map(room).collect();
    let start = cpu_time();
    let mut view = RoomsView::default();
    for _ in 0..100 {
        view = RoomsView::new(rooms.iter().cloned());
    }
    let made = cpu_time().saturating_sub(start).as_secs_f64() / 100.0 * 1e6;
    let filter =
        Filter { must: vec![Condition::Kinds(vec![ItemKind::LiveRoom])], must_not: Vec::new() };
    let listed = |model| {
        world.each(|user| {
            let ask = world.ask(user, model);
            recommend(&RankRequest { rooms: Some(&view), filter: &filter, ..ask }).items.len()
        })
    };
    let [without, with] = [None, Some(&*world.model)].map(listed);
    println!(
        "{ROOMS} open rooms: a list of 20 without a model {without:.1} us, with one {with:.1} us; their view is made in {made:.1} us"
    );
}

struct World {
    activity: Arc<ActivityView>,
    model: Arc<ModelView>,
    users: Vec<UserView>,
}

impl World {
    fn new(items: u64, kind: ItemKind) -> Self {
        let mut activity = ItemActivity::new(Arc::new(config()));
        let mut learner = Learner::new(7, ModelConfig::default());
        let mut sequence = 0;
        let mut next = || {
            sequence += 1;
            Sequence(sequence)
        };
        for item in 0..items as u32 {
            activity.apply_record(&Record { sequence: next(), body: described(item, kind) });
            learner.count_event(ItemIndex(item));
        }
        let mut chosen = vec![Vec::<ItemIndex>::new(); USERS as usize];
        let mut random = 0x9e37_79b9_7f4a_7c15_u64;
        for turn in 0..CHOICES as u64 * USERS {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let user = turn % USERS;
            let group = items / GROUPS;
            let item = ItemIndex((user % GROUPS * group + (random >> 33) % group) as u32);
            let seen = model_user(user, &chosen[user as usize]);
            let sources = sources_of(&seen, &activity);
            let recent = chosen[user as usize].clone();
            let sequence = next();
            let fact = fact(sequence, user, item, &recent);
            let sample = Sample { sequence, item, weight: 1.0, user: seen, recent };
            let _ = learner.learn(&sample, &sources, Effort::Full);
            activity.apply_fact(&fact);
            chosen[user as usize].insert(0, item);
        }
        let users = (0..USERS).map(|user| view(user, &chosen[user as usize])).collect();
        Self { activity: activity.publish(), model: learner.publish().view, users }
    }

    fn measure(&self) {
        let (none, model) = (None, Some(&*self.model));
        let listed = |user: &UserView| recommend(&self.ask(user, model)).items.len();
        let with = self.each(listed);
        let without = self.each(|user| recommend(&self.ask(user, none)).items.len());
        println!("  without a model {without:.1} us, with one {with:.1} us");
        let drawn = |share: f32, model| {
            let scenario = exploring(share);
            self.each(|user| {
                let explore = Some(Exploring { seed: user.user_hash });
                let ask = RankRequest { explore, scenario: &scenario, ..self.ask(user, model) };
                recommend(&ask).items.len()
            })
        };
        let [some, all] = [0.3, 1.0].map(|share| drawn(share, model));
        println!("  with six of its places drawn {some:.1} us, with all drawn {all:.1} us");
        let some = drawn(0.3, none);
        println!("  without a model and with six places drawn {some:.1} us");
        let lower = self.each(|user| popular(&self.ask(user, model)).items.len());
        println!("  the popular rung with a model {lower:.1} us");
        let explained =
            |user: &UserView| explain(&self.ask(user, model), Ladder::Top, ItemIndex(3)).candidates;
        println!("  an explanation {:.1} us", self.each(explained));
        let scan = self.each(|user| {
            let mut vector = UserVector::default();
            self.model.user_vector(&user.model, &mut vector);
            let whom = ScanFor { vector: &vector.vector, group: user.model.group() };
            self.model.scan(whom, 200, |_| true).len()
        });
        println!("  of that the scan of all {} known items {scan:.1} us", self.model.items());
        let sources = self.each(|user| sources_of(&user.model, &*self.activity).found.len());
        println!("  of that what the neighbours say {sources:.1} us");
        let own: Vec<ItemIndex> = (0..1_000).map(ItemIndex).collect();
        let pool = CandidatePool::Given(&own);
        let ranked = |user: &UserView| recommend(&RankRequest { pool, ..self.ask(user, model) });
        println!("  1,000 own candidates {:.1} us", self.each(|user| ranked(user).items.len()));
    }

    fn ask<'a>(&'a self, user: &'a UserView, model: Option<&'a ModelView>) -> RankRequest<'a> {
        request(user, &self.activity, model)
    }

    /// Microseconds a user.
    fn each(&self, mut act: impl FnMut(&UserView) -> usize) -> f64 {
        let mut some = 0;
        for user in self.users.iter().take(100) {
            some += act(user);
        }
        let start = cpu_time();
        for user in &self.users {
            some += act(user);
        }
        let took = cpu_time().saturating_sub(start).as_secs_f64();
        assert!(0 < some, "nothing was measured");
        took / self.users.len() as f64 * 1e6
    }
}

fn request<'a>(
    user: &'a UserView,
    activity: &'a ActivityView,
    model: Option<&'a ModelView>,
) -> RankRequest<'a> {
    static EVERYTHING: Filter = Filter { must: Vec::new(), must_not: Vec::new() };
    static HOME: OnceLock<Scenario> = OnceLock::new();
    RankRequest {
        user,
        rooms: None,
        activity,
        model,
        at: NOW,
        limit: 20,
        scenario: HOME.get_or_init(Scenario::default),
        filter: &EVERYTHING,
        exclude: &[],
        exclude_seen: SeenPolicy::AsDeclared,
        also_seen: &[],
        context: &[],
        pool: CandidatePool::Retrieve,
        explore: None,
    }
}

/// The usual scenario, in which a share of the places is drawn, and new items have theirs.
fn exploring(max_share: f32) -> Scenario {
    let usual = Scenario::default();
    Scenario { explore: ExploreRule { max_share, ..usual.explore }, ..usual }
}

fn model_user(user: u64, chosen: &[ItemIndex]) -> ModelUser {
    let ages = (1..).map(|place| 60 * place);
    let history = chosen.iter().zip(ages).map(|(item, age_s)| Past { item: *item, age_s });
    let history: Vec<Past> = history.take(20).collect();
    ModelUser {
        hash: user,
        events: chosen.len() as u32,
        visit: history.len().min(5),
        history,
        row: None,
    }
}

fn view(user: u64, chosen: &[ItemIndex]) -> UserView {
    let ages = (1..).map(|place| Timestamp::from_millis(NOW.as_millis() - 60_000 * place));
    let entry = |(item, at): (&ItemIndex, Timestamp)| HistoryEntry {
        item: Some(*item),
        event_type: CLICK,
        at,
    };
    let history: Vec<_> = chosen.iter().zip(ages).map(entry).collect();
    let seen = history.iter().filter_map(|entry| {
        Some(SeenItem { item: entry.item?, event_type: entry.event_type, at: entry.at })
    });
    UserView {
        user_hash: user,
        known: true,
        seen: SeenItems::new(seen.collect()),
        category_scores: (0..8).map(|category| (CategoryId(category), 1.0)).collect(),
        visit: history.get(4).map(|first| Visit {
            started_at: first.at,
            last_at: history[0].at,
            events: 5,
        }),
        history,
        model: model_user(user, chosen),
        ..UserView::default()
    }
}

fn fact(sequence: Sequence, user: u64, item: ItemIndex, recent: &[ItemIndex]) -> ActivityFact {
    let recent = recent.iter().copied().filter(|other| *other != item).take(20).collect();
    ActivityFact {
        sequence,
        user_hash: user.wrapping_mul(0x9e37_79b9_7f4a_7c15),
        item,
        event_type: CLICK,
        at: NOW,
        mode: Mode::Live,
        categories: vec![category(item)],
        kind: ItemKind::Item,
        recent,
        origin: 0,
        influence: 1.0,
    }
}

fn category(item: ItemIndex) -> CategoryId {
    CategoryId(item.0 % 200)
}

fn described(item: u32, kind: ItemKind) -> RecordBody {
    let category = category(ItemIndex(item));
    let doc = ItemDoc {
        item_id: format!("i{item}").into(),
        categories: vec![(category, format!("c{}", category.0).into())],
        available: true,
        kind,
        ..ItemDoc::default()
    };
    RecordBody::ItemPut { item: ItemIndex(item), doc, at: NOW }
}

fn config() -> ActivityConfig {
    ActivityConfig { types: clicks(), ..ActivityConfig::default() }
}
