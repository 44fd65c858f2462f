//! Asks every method for its list of one user at one instant.
//!
//! Not here: what the lists are compared with.

use crate::evaluation::exact::Columns;
use crate::evaluation::rivals::field::{Field, Wanted};
use crate::evaluation::{Candidates, Listing, Meter, Method, Part, Protocol, Stand};
use crate::model::{ScanFor, UserVector};
use crate::ranking::gate::Gate;
use crate::ranking::{
    BlendWeights, CandidatePool, Filter, RankRequest, Repeats, Scenario, SeenPolicy, popular,
    recommend,
};
use crate::user::UserView;
use crate::{ItemIndex, Timestamp};

/// A user who asks for a list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ask<'a> {
    /// The user as they are now.
    pub user: &'a UserView,
    /// Now.
    pub at: Timestamp,
    /// The item that comes next, where that is known.
    pub target: Option<ItemIndex>,
}

/// The methods, ready to be asked.
#[derive(Debug)]
pub(super) struct Rankers {
    methods: Vec<Method>,
    candidates: Candidates,
    length: usize,
    popular: Scenario,
    neighbours: Scenario,
    fixed: Scenario,
    columns: Columns,
    rivals: Field,
    depth: usize,
}

static EVERYTHING: Filter = Filter { must: Vec::new(), must_not: Vec::new() };

impl Rankers {
    pub fn new(protocol: &Protocol) -> Self {
        let fixed = protocol.scenario.clone();
        let none = BlendWeights {
            neighbours: 0.0,
            session: 0.0,
            popular: 0.0,
            trending: 0.0,
            fresh: 0.0,
            category: 0.0,
            ..fixed.blend
        };
        let only = |blend| Scenario { blend, ..fixed.clone() };
        Self {
            methods: protocol.methods.clone(),
            candidates: protocol.candidates,
            length: protocol.length(),
            popular: only(BlendWeights { popular: 1.0, ..none }),
            neighbours: only(BlendWeights { neighbours: 1.0, ..none }),
            columns: Columns::default(),
            rivals: Field::new(
                &protocol.methods,
                protocol.stream(),
                protocol.rebuild_every_ms,
                protocol.seed,
            ),
            depth: protocol.depth(),
            fixed,
        }
    }

    /// Every method's list, in the order of the methods.
    pub fn listings(&mut self, stand: &Stand, ask: &Ask, meter: &mut impl Meter) -> Vec<Listing> {
        self.rivals.prepare(ask.at, meter);
        if self.candidates == Candidates::All {
            let current = current_item(ask, &self.fixed);
            let pool = (CandidatePool::Given(&[]), current.as_slice());
            self.columns.fill(stand, &request((stand, ask), &self.fixed, pool, 0));
            meter.lap(Part::Columns);
        }
        let current = current_item(ask, &self.fixed);
        let pool = (CandidatePool::Given(&[]), current.as_slice());
        let open = request((stand, ask), &self.fixed, pool, 0);
        let gate = Gate::new(&open);
        let wanted = Wanted {
            user_hash: ask.user.user_hash,
            target: ask.target,
            length: self.length,
            depth: self.depth,
        };
        meter.lap(Part::Other);
        let mut lists = Vec::with_capacity(self.methods.len());
        for method in &self.methods {
            let may_show = |item| gate.obstacle(item).is_none();
            let list = self.rivals.listing(*method, &wanted, may_show);
            lists.push(list.unwrap_or_else(|| self.own(*method, stand, ask)));
            meter.lap(Part::Ranking(*method));
        }
        lists
    }

    /// What the figures are to be read with.
    pub fn caveats(&self) -> Vec<String> {
        self.rivals.caveats()
    }

    /// Lets the rivals learn that a user chose an item.
    pub fn teach(&mut self, choice: (u64, ItemIndex), at: Timestamp, meter: &mut impl Meter) {
        self.rivals.learn(choice, at, meter);
    }

    fn own(&self, method: Method, stand: &Stand, ask: &Ask) -> Listing {
        let scenario = match method {
            Method::Popularity => &self.popular,
            Method::Neighbours => &self.neighbours,
            _ => &self.fixed,
        };
        let current = current_item(ask, scenario);
        let made_of =
            |pool, limit| request((stand, ask), scenario, (pool, current.as_slice()), limit);
        match (self.candidates, method) {
            (Candidates::All, Method::Fixed) => {
                let items = self.columns.items();
                let ranked = recommend(&made_of(CandidatePool::Given(items), items.len()));
                Listing::of_ranked(&ranked.items, ask.target, self.length)
            }
            (Candidates::All, _) => self.columns.listing(method, ask.target, self.length),
            (Candidates::Retrieved, Method::Model) => {
                scan(stand, ask, &made_of(CandidatePool::Retrieve, self.length))
            }
            (Candidates::Retrieved, _) => {
                let mut request = made_of(CandidatePool::Retrieve, self.length);
                request.model = Some(stand.model()).filter(|_| method == Method::Learned);
                let popularity = method == Method::Popularity;
                let ranked = if popularity { popular(&request) } else { recommend(&request) };
                Listing::of_ranked(&ranked.items, ask.target, self.length)
            }
        }
    }
}

/// The best of all items by the machine alone.
fn scan(stand: &Stand, ask: &Ask, request: &RankRequest) -> Listing {
    let gate = Gate::new(request);
    let (model, user) = (stand.model(), &ask.user.model);
    let mut vector = UserVector::default();
    model.user_vector(user, &mut vector);
    let scan = ScanFor { vector: &vector.vector, group: user.group() };
    let best = model.scan(scan, request.limit, |item| gate.obstacle(item).is_none());
    let top: Vec<ItemIndex> = best.into_iter().map(|(item, _)| item).collect();
    let place = top.iter().position(|item| Some(*item) == ask.target);
    Listing { place: place.map(|place| (place + 1) as f64), top }
}

fn request<'a>(
    (stand, ask): (&'a Stand, &Ask<'a>),
    scenario: &'a Scenario,
    (pool, exclude): (CandidatePool<'a>, &'a [ItemIndex]),
    limit: usize,
) -> RankRequest<'a> {
    RankRequest {
        user: ask.user,
        rooms: None,
        activity: stand.activity(),
        model: None,
        at: ask.at,
        limit,
        scenario,
        filter: &EVERYTHING,
        exclude,
        exclude_seen: SeenPolicy::AsDeclared,
        also_seen: &[],
        context: &[],
        pool,
        explore: None,
    }
}

/// The item that the user is at, which is no recommendation even where items may come again.
fn current_item(ask: &Ask, scenario: &Scenario) -> Option<ItemIndex> {
    let last = ask.user.history.first().and_then(|entry| entry.item);
    last.filter(|_| scenario.seen.repeats == Repeats::Allowed)
}
