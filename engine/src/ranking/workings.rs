//! All that one list is made from: sources, candidates, scores. A list and its explanation are told from the same.
//!
//! Not here: which rung (see [`super::recommend`]), what the scores are made of (see `blend`, `learned`).

use rustc_hash::FxHashSet;

use std::cell::RefCell;

use crate::activity::CovisitTable;
use crate::ranking::blend::{self, ScoredCandidate};
use crate::ranking::candidates::Candidates;
use crate::ranking::clicks::{Foreteller, Foretold};
use crate::ranking::diversity;
use crate::ranking::explore::{self, Exploring, Placed, Rules};
use crate::ranking::gate::Gate;
use crate::ranking::learned::{Fixed, LearnedBlend};
use crate::ranking::reasons::{self, Witnesses};
use crate::ranking::request::{CandidatePool, DiversityCap, RankRequest, Scenario};
use crate::ranking::response::{Ranked, RankedItem, Reason, Rung};
use crate::ranking::tagged::Tagged;
use crate::record::Exploration;
use crate::retrieval::neighbours::NeighbourRule;
use crate::retrieval::strengths::{VISIT_ALPHA, VISIT_GAMMA};
use crate::retrieval::{
    ContentItems, FreshItems, LikedCategories, ModelItems, NamedItems, Neighbours, OpenRooms,
    PopularItems, Query, Retriever, RoomTerm, Source, TrendingItems,
};
use crate::{CategoryId, ItemIndex, Role};

/// New items that no other source named, and that a lot may fall on.
const NEWCOMERS: usize = 64;

/// What the list of one request is made from.
pub(crate) struct Workings<'a> {
    pub request: &'a RankRequest<'a>,
    pub rung: Rung,
    query: &'a Query<'a>,
    learned: Option<&'a LearnedBlend<'a>>,
    neighbours: Box<dyn Retriever + 'a>,
    session: Box<dyn Retriever + 'a>,
    popular: PopularItems<'a>,
    trending: TrendingItems<'a>,
    fresh: FreshItems<'a>,
    liked: LikedCategories<'a>,
    model: Option<ModelItems>,
    /// The click head, where it is ready. It keeps what it has said.
    head: Option<RefCell<Foreteller<'a>>>,
    similar: Option<NamedItems<'a>>,
    content: Option<ContentItems>,
    rooms: OpenRooms<'a>,
    tagged: Tagged<'a>,
}

impl<'a> Workings<'a> {
    pub fn new(
        request: &'a RankRequest<'a>,
        rung: Rung,
        query: &'a Query<'a>,
        learned: Option<&'a LearnedBlend<'a>>,
    ) -> Self {
        let [neighbours, session] = neighbours(request, query, learned);
        Self {
            request,
            rung,
            query,
            learned,
            neighbours,
            session,
            popular: PopularItems::new(query),
            trending: TrendingItems::new(query),
            fresh: FreshItems::new(query),
            liked: LikedCategories::new(query),
            model: learned.and_then(|learned| model_items(request, rung, learned)),
            head: Foreteller::new(request, rung).map(RefCell::new),
            similar: learned.map(|learned| similar(request, query, learned)),
            content: learned.and_then(|learned| content_items(request, query, learned)),
            rooms: OpenRooms::new(request),
            tagged: Tagged::new(request),
        }
    }

    /// What the sources name and the filters let pass.
    pub fn candidates(&self) -> Candidates<'a> {
        Candidates::gather(self.request, Gate::new(self.request), self.query, &self.sources())
    }

    /// The sources whose lists hold `item`.
    pub fn named_by(&self, item: ItemIndex) -> Vec<Source> {
        let sources = self.sources().into_iter();
        let holding = sources.filter(|source| source.candidates().any(|other| other == item));
        holding.map(Retriever::source).collect()
    }

    /// The learned blend, where that scores.
    pub fn learned(&self) -> Option<&'a LearnedBlend<'a>> {
        self.learned
    }

    /// The items of the user's that speak for `item`, by the neighbours of the history and of the visit.
    pub fn testimony(&self, item: ItemIndex) -> [Vec<(ItemIndex, f32)>; 2] {
        [self.neighbours.testimony(item), self.session.testimony(item)]
    }

    /// The category that speaks for `item`.
    pub fn liked_category(&self, item: ItemIndex) -> Option<CategoryId> {
        self.liked.best_of(item)
    }

    /// Which of `scored` the cap on categories passes over, and for which category.
    pub fn passed_over(&self, scored: &[ScoredCandidate]) -> Vec<(usize, CategoryId)> {
        let Rules { limit, cap, activity } = self.rules();
        diversity::passed_over(scored, (limit, cap, activity))
    }

    fn sources(&self) -> Vec<&dyn Retriever> {
        let first: [&dyn Retriever; 6] = [
            &*self.neighbours,
            &*self.session,
            &self.popular,
            &self.trending,
            &self.fresh,
            &self.liked,
        ];
        let mut sources = first.to_vec();
        sources.extend(self.similar.iter().map(|similar| similar as &dyn Retriever));
        sources.extend(self.model.iter().map(|model| model as &dyn Retriever));
        sources.extend(self.content.iter().map(|content| content as &dyn Retriever));
        sources.push(&self.rooms);
        sources.retain(|source| self.asks(source.source()));
        sources
    }

    fn asks(&self, source: Source) -> bool {
        self.request.scenario.sources.asked.holds(source)
    }

    /// Scores `items`, in the order in which they are listed: best first, or by value where the click head orders.
    pub fn score(&self, items: &[ItemIndex]) -> Vec<ScoredCandidate> {
        self.in_final_order(self.blended(items))
    }

    /// Scores `items`, best first.
    pub fn blended(&self, items: &[ItemIndex]) -> Vec<ScoredCandidate> {
        let Scenario { blend: weights, sources, .. } = self.request.scenario;
        let Self { popular, trending, fresh, liked, .. } = self;
        if let Some(learned) = self.learned {
            let fixed = Fixed { weights, trending, fresh, liked, asked: sources.asked };
            return self.lifted(self.with_rooms(learned.score(items, fixed)));
        }
        let all: [&dyn Retriever; 6] =
            [&*self.neighbours, &*self.session, popular, trending, fresh, liked];
        let asked = all.into_iter().filter(|source| self.asks(source.source()));
        self.lifted(self.with_rooms(blend::blend(items, &asked.collect::<Vec<_>>(), weights)))
    }

    /// The scores with what is said of open rooms.
    fn with_rooms(&self, mut scored: Vec<ScoredCandidate>) -> Vec<ScoredCandidate> {
        let weight = self.request.scenario.blend.rooms;
        if !self.asks(Source::Rooms) || weight == 0.0 {
            return scored;
        }
        let mut strongest = 0.0_f32;
        for candidate in &mut scored {
            let Some(terms) = self.rooms.terms(candidate.item) else { continue };
            let part: f32 = terms.iter().sum();
            candidate.parts.rooms = weight * part;
            candidate.score += weight * part;
            candidate.shares[Source::Rooms.place()] = part.max(0.0);
            strongest = strongest.max(part);
        }
        if strongest <= 0.0 {
            return blend::in_order(scored);
        }
        for candidate in &mut scored {
            candidate.shares[Source::Rooms.place()] /= strongest;
        }
        blend::in_order(scored)
    }

    /// The terms of an open room's part, as they stand in its score.
    pub fn room_terms(&self, item: ItemIndex) -> Vec<(RoomTerm, f32)> {
        let weight = self.request.scenario.blend.rooms;
        let terms = self.rooms.terms(item).unwrap_or_default();
        RoomTerm::ALL.into_iter().zip(terms).map(|(term, value)| (term, weight * value)).collect()
    }

    /// What tags of the user's make of the scores.
    fn lifted(&self, mut scored: Vec<ScoredCandidate>) -> Vec<ScoredCandidate> {
        if self.tagged.is_empty() {
            return scored;
        }
        for candidate in &mut scored {
            candidate.parts.tagged = self.tagged.factor(candidate.item).ln();
            candidate.score += candidate.parts.tagged;
        }
        blend::in_order(scored)
    }

    fn in_final_order(&self, mut scored: Vec<ScoredCandidate>) -> Vec<ScoredCandidate> {
        if let Some(head) = &self.head {
            head.borrow_mut().order(&mut scored);
        }
        scored
    }

    /// What the click head says of `candidate` at place `place`, from 0; `None` where it is not ready.
    fn foretell(&self, candidate: &ScoredCandidate, place: usize) -> Option<Foretold> {
        Some(self.head.as_ref()?.borrow_mut().foretell(candidate, place))
    }

    /// Which of `scored` are listed where nothing is drawn, by their places.
    pub fn spread(&self, scored: &[ScoredCandidate]) -> Vec<usize> {
        let Rules { limit, cap, activity } = self.rules();
        diversity::spread(scored, limit, cap, activity)
    }

    /// The list made of `candidates`.
    fn place(&self, candidates: &Candidates) -> (Vec<Placed>, Exploration) {
        let Some(Exploring { seed }) = self.request.explore else {
            let scored = self.score(&candidates.passed);
            let due = self.spread(&scored);
            return (explore::taken(scored, &due), Exploration::None);
        };
        let rule = &self.request.scenario.explore;
        let newcomers = match self.request.pool {
            CandidatePool::Retrieve if rule.seeks_new() => self.newcomers(candidates),
            _ => Vec::new(),
        };
        // Scored together, because some parts of a score are shares of the strongest.
        let together: Vec<ItemIndex> =
            candidates.passed.iter().chain(&newcomers).copied().collect();
        let all = self.blended(&together).into_iter();
        let (extra, scored) = all.partition(|one| newcomers.contains(&one.item));
        let scored = self.in_final_order(scored);
        let is_new = |one: &ScoredCandidate| self.is_new(one.item);
        explore::explore(scored, extra, is_new, (self.rules(), rule, seed))
    }

    /// New items that may be shown and that no source named, newest first.
    fn newcomers(&self, candidates: &Candidates) -> Vec<ItemIndex> {
        let named: FxHashSet<ItemIndex> = candidates.passed.iter().copied().collect();
        let unnamed = self.fresh.candidates().filter(|item| !named.contains(item));
        let new = unnamed.filter(|item| self.is_new(*item));
        new.filter(|item| candidates.gate.obstacle(*item).is_none()).take(NEWCOMERS).collect()
    }

    /// Whether `item` was hardly shown yet. What is often chosen without being reported as shown is not new either.
    fn is_new(&self, item: ItemIndex) -> bool {
        let met = self.request.activity.click_through(item);
        met.impressions.max(met.clicks) < self.request.scenario.explore.new_until
    }

    fn rules(&self) -> Rules<'a> {
        let RankRequest { limit, scenario, activity, .. } = *self.request;
        let cap = match self.request.pool {
            CandidatePool::Given(_) => DiversityCap { max_share: 1.0 },
            CandidatePool::Retrieve => scenario.diversity,
        };
        Rules { limit, cap, activity }
    }

    /// Why `candidate` is where it is.
    pub fn reasons(&self, candidate: &ScoredCandidate) -> Vec<Reason> {
        let witnesses = Witnesses {
            neighbours: &*self.neighbours,
            liked: &self.liked,
            rooms: &self.rooms,
            last: fresh_click(self.request),
        };
        reasons::reasons(candidate, &witnesses)
    }
}

/// The list.
pub(crate) fn list(workings: &Workings) -> Ranked {
    let candidates = workings.candidates();
    let (listed, exploration) = workings.place(&candidates);
    let explored =
        (1..).zip(&listed).filter_map(|(place, placed)| Some((place, placed.instead_of?)));
    let explored = explored.collect();
    let items = listed.into_iter().enumerate();
    let items = items.map(|(place, placed)| ranked_item(workings, placed, place));
    Ranked {
        source: workings.rung,
        items: items.collect(),
        exploration,
        explored,
        filtered: candidates.gate.counts(),
    }
}

fn ranked_item(workings: &Workings, placed: Placed, place: usize) -> RankedItem {
    let propensity = placed.propensity();
    let Placed { candidate, instead_of, .. } = placed;
    let mut reasons = workings.reasons(&candidate);
    let foretold = workings.foretell(&candidate, place);
    if instead_of.is_some() {
        reasons.insert(0, Reason::Explored);
    }
    let ScoredCandidate { item, score, parts, .. } = candidate;
    RankedItem { item, score, reasons, parts, propensity, foretold }
}

fn neighbours<'a>(
    request: &'a RankRequest<'a>,
    query: &'a Query<'a>,
    learned: Option<&'a LearnedBlend<'a>>,
) -> [Box<dyn Retriever + 'a>; 2] {
    let activity = request.activity;
    let gamma = request.scenario.blend.gamma;
    let alpha = activity.neighbour_alpha();
    let rule = NeighbourRule { gamma, alpha };
    let visit = NeighbourRule { gamma: VISIT_GAMMA, alpha: VISIT_ALPHA };
    let each = [(&query.recent, rule, Source::Neighbours), (&query.visit, visit, Source::Session)];
    each.map(|(items, rule, source)| -> Box<dyn Retriever + 'a> {
        // Nobody speaks for an item where the source is switched off.
        let asked = request.scenario.sources.asked.holds(source);
        let items: &'a [ItemIndex] = if asked { items } else { &[] };
        match learned {
            None => Box::new(Neighbours::of(items, activity, rule, source)),
            Some(learned) => {
                Box::new(NamedItems::new(items, activity, &learned.strengths, rule, source))
            }
        }
    })
}

/// What sessions like the present one name.
fn similar<'a>(
    request: &'a RankRequest<'a>,
    query: &'a Query<'a>,
    learned: &'a LearnedBlend<'a>,
) -> NamedItems<'a> {
    let rule = NeighbourRule { gamma: VISIT_GAMMA, alpha: VISIT_ALPHA };
    let (recent, activity) = (&query.recent, request.activity);
    NamedItems::new(recent, activity, &learned.strengths, rule, Source::SimilarSessions)
}

/// What the model names for a user of whom something is known; for others it names what is popular.
fn model_items(request: &RankRequest, rung: Rung, learned: &LearnedBlend) -> Option<ModelItems> {
    let quota = request.scenario.sources.quota(Source::Model);
    let retrieves = request.pool == CandidatePool::Retrieve && 0 < quota;
    if !retrieves || !matches!(rung, Rung::Personalized | Rung::Session) {
        return None;
    }
    let gate = Gate::new(request);
    let passes = |item| gate.obstacle(item).is_none();
    Some(ModelItems::best(learned.model, (&*learned.user, &learned.vector), quota, passes))
}

/// New items by their content, where the node looks for candidates.
fn content_items(
    request: &RankRequest,
    query: &Query,
    learned: &LearnedBlend,
) -> Option<ContentItems> {
    let sources = request.scenario.sources;
    let asked = 0 < sources.quota(Source::Content);
    let retrieves = request.pool == CandidatePool::Retrieve && asked;
    let user = (&*learned.user, &learned.vector);
    retrieves.then(|| ContentItems::new(query, learned.model, user, sources.asked))
}

/// The item of the user's very last event, where that chose it.
fn fresh_click(request: &RankRequest) -> Option<ItemIndex> {
    let types = request.activity.types();
    let chose = |id| types.get(id).is_some_and(|spec| spec.role == Role::Positive);
    let last = request.user.history.first();
    let held = || last.filter(|entry| chose(entry.event_type)).and_then(|entry| entry.item);
    request.just_chosen().next().or_else(held)
}
