//! EASE, rebuilt once in a period: the best linear model of what users chose by what else they chose.
//!
//! `B = I - P diag(P)^-1` with `P = (XᵀX + λI)^-1`; an item scores the sum of `B_ji` over the user's history, the p-th
//! item back weighed by `γ^p`. Steck (2019); recency as is usual for sessions. Dense, so the catalogue is cut to the
//! items chosen most often; the others score nothing.
//!
//! Settings: best of 7 on films (λ 50–3,000, γ .7–.95), of 4 on sessions (all the same: the catalogue's cut decides).

use crate::evaluation::rivals::dense::Square;
use crate::evaluation::rivals::past::last_items;
use crate::evaluation::rivals::{Asked, Choice, Chosen, Past, Rival, Stream};

/// How it is built and asked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EaseSettings {
    /// How strongly `B` is drawn to 0.
    pub lambda: f32,
    /// By how much an item of the history counts less than the one after it.
    pub decay: f32,
    /// Items of the history that are asked.
    pub last: usize,
    /// Items at most.
    pub most_items: usize,
}

impl From<Stream> for EaseSettings {
    fn from(stream: Stream) -> Self {
        let (lambda, decay) = match stream {
            Stream::Once => (1_000.0, 0.85),
            Stream::Visits => (50.0, 0.7),
        };
        Self { lambda, decay, last: 50, most_items: 3_000 }
    }
}

/// The matrix.
#[derive(Clone, Debug)]
pub struct Ease {
    settings: EaseSettings,
    /// Number in the matrix by item, and the other way round.
    places: Vec<Option<u32>>,
    items: Vec<u32>,
    weights: Square,
    recent: Vec<u32>,
}

impl Ease {
    /// Nothing built.
    #[must_use]
    pub fn new(settings: EaseSettings) -> Self {
        Self {
            settings,
            places: Vec::new(),
            items: Vec::new(),
            weights: Square::default(),
            recent: Vec::new(),
        }
    }

    fn place(&self, item: u32) -> Option<usize> {
        self.places.get(item as usize).copied().flatten().map(|place| place as usize)
    }

    /// Gives the items chosen most often places.
    fn pick(&mut self, counts: &[u32]) {
        let mut items: Vec<u32> = (0..counts.len() as u32).collect();
        items.sort_by_key(|item| std::cmp::Reverse(counts[*item as usize]));
        items.truncate(self.settings.most_items);
        items.sort_unstable();
        self.places = vec![None; counts.len()];
        for (place, item) in items.iter().enumerate() {
            self.places[*item as usize] = Some(place as u32);
        }
        self.items = items;
    }

    /// The lower triangle of `XᵀX + λI`.
    fn pairs(&self, histories: &[Vec<Chosen>]) -> Square {
        let mut pairs = Square::zeros(self.items.len());
        for history in histories {
            let mut places: Vec<usize> =
                history.iter().filter_map(|one| self.place(one.item)).collect();
            places.sort_unstable();
            places.dedup();
            for (many, place) in places.iter().enumerate() {
                let row = pairs.row_mut(*place);
                for other in &places[..=many] {
                    row[*other] += 1.0;
                }
            }
        }
        for place in 0..pairs.size() {
            pairs.row_mut(place)[place] += self.settings.lambda;
        }
        pairs
    }
}

impl Rival for Ease {
    fn score(&mut self, asked: &Asked, _: &Past, scores: &mut [f32]) {
        last_items(asked.history, self.settings.last, &mut self.recent);
        let mut weight = 1.0;
        for item in &self.recent {
            if let Some(place) = self.place(*item) {
                for (near, value) in self.items.iter().zip(self.weights.row(place)) {
                    scores[*near as usize] += weight * value;
                }
            }
            weight *= self.settings.decay;
        }
    }

    fn learn(&mut self, _: &Choice, _: &Past) {}

    fn rebuild(&mut self, past: &Past) {
        self.pick(past.counts());
        let mut weights = self.pairs(past.histories());
        if !weights.invert() {
            self.items.clear();
            self.places.clear();
            return;
        }
        let own: Vec<f32> = (0..weights.size()).map(|place| weights.row(place)[place]).collect();
        for place in 0..weights.size() {
            let row = weights.row_mut(place);
            for (value, own) in row.iter_mut().zip(&own) {
                *value = -*value / own;
            }
            row[place] = 0.0;
        }
        self.weights = weights;
    }

    fn caveat(&self, past: &Past) -> Option<String> {
        let (most, items) = (self.settings.most_items, past.items());
        (most < items).then(|| format!("EASE knows the {most} items chosen most often, of {items}"))
    }
}
