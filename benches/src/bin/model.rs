//! The model's costs: microseconds a sample learned, a catalogue scanned, bytes and milliseconds a publication.
//!
//! `cargo run --release -p benches --bin model` (`… -- 100000` measures a catalogue of that size only)
//!
//! Items are chosen with a chance of one over their rank, and ranks are scattered over the catalogue, so that no
//! chunk holds popular items only. Every user has 20 items of history. Scans stand beside reading as many bytes
//! once; quantised scans beside exact ones, with the share of the exact top 20 that they keep.
//!
//! What a guard and a challenger cost stands beside a learner alone, on the same samples in the same run.
//!
//! Times are processor time of this process where Linux tells it, scans and publications the median of several.
//!
//! Not here: how well the model ranks (see `freshet evaluate`), actors.

use std::hint::black_box;
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use benches::figures::Latencies;
use benches::process::{cpu_time, resident_bytes};
use engine::model::exchange::Carrying;
use engine::model::lesson::Lesson;
use engine::model::numeric::{Lane, mix};
use engine::model::versions::{
    ChallengerStart, GuardConfig, ModelChanges, ModelCommand, ModelFiles,
};
use engine::model::{
    Effort, Learner, ModelConfig, ModelUser, ModelView, NoSources, Past, Sample, ScanFor, Scores,
    UserVector, Versions, VersionsConfig, blend,
};
use engine::retrieval::NeighbourStrengths;
use engine::{ItemIndex, Sequence};

const USERS: u64 = 5_000;
const INTERVAL_MS: u64 = 200;
/// What a scan is asked for.
const WANTED: usize = 100;

fn main() {
    if let Some(items) = std::env::args().nth(1).and_then(|text| text.parse().ok()) {
        catalogue(items);
        return;
    }
    println!("64 dimensions, 128 negatives and 400 items for the blend a sample:");
    for items in ["3000", "10000", "100000", "1000000"] {
        // In a process of its own, so that no memory is measured that another gave back.
        let child = std::env::current_exe().and_then(|me| Command::new(me).arg(items).status());
        if !child.is_ok_and(|status| status.success()) {
            println!("  {items} items: could not be measured in a process of its own");
        }
    }
}

fn catalogue(items: u32) {
    let resident = resident_bytes();
    let mut shop = Shop::new(items);
    learning(&mut shop);
    let view = shop.learner.publish().view;
    let bytes = resident_bytes().saturating_sub(resident) / u64::from(items);
    println!("    {bytes} bytes of resident memory an item, view and learner together");
    scanning(&shop, &view);
    drop(view);
    publishing(&mut shop);
    drop(shop);
    if items <= 100_000 {
        watching(items);
    }
}

fn learning(shop: &mut Shop) {
    for (name, effort) in [("all", Effort::Full), ("a quarter", Effort::Quarter)] {
        shop.teach(2_000, effort);
        let samples: Vec<Sample> = (0..4_000).map(|_| shop.sample()).collect();
        let ((), spent) = cpu(|| {
            for sample in &samples {
                let _ = black_box(shop.learner.learn(sample, &NoSources, effort));
            }
        });
        println!(
            "{:>9} items: {:6.1} µs a sample learned with {name} of the draws",
            shop.items,
            micros(spent) / samples.len() as f64
        );
    }
}

/// What it costs to be watched by a guard, and to have a challenger beside; and what a model costs the learner's thread that is
/// taken in. All on the same samples, in turns, so that a machine that is busy meanwhile is so for all.
fn watching(items: u32) {
    const ROUND: usize = 500;
    let kept = Arc::new(Kept::default());
    let begun = |guard: GuardConfig| {
        let shop = Shop::new(items);
        let files: Arc<dyn ModelFiles> = Arc::<Kept>::clone(&kept);
        let config = VersionsConfig { seed: 1, model: ModelConfig::default(), guard, files };
        let mut versions = Versions::new(config);
        for item in shop.learner.carried_rows().map(|(item, _)| item) {
            let _ = versions.take(&Lesson::Count(item));
        }
        versions
    };
    // Copies are made as often as they are by default, which is never before there was a choice for each item.
    let watched = GuardConfig { snapshot_samples: 1_000, ..GuardConfig::default() };
    // No copy to compare with: one learner and nothing beside it.
    let alone = GuardConfig { snapshot_samples: u64::MAX, ..GuardConfig::default() };
    let mut shop = Shop::new(items);
    let mut all: Vec<_> = [alone, watched, alone].into_iter().map(begun).collect();
    let challenge = ModelCommand::Challenge {
        start: ChallengerStart::Champion,
        changes: ModelChanges::default(),
    };
    let _ = all[2].take(&Lesson::Command(Sequence(1), Box::new(challenge)));
    let mut spent = [Duration::ZERO; 3];
    // A larger catalogue has no copy to compare with before as many choices.
    let rounds = if items <= 10_000 { 8 + 3 * items as usize / ROUND } else { 24 };
    for round in 0..rounds {
        let lessons: Vec<Lesson> = (0..ROUND).map(|_| shop.lesson()).collect();
        for (versions, spent) in all.iter_mut().zip(&mut spent) {
            let ((), took) = cpu(|| {
                for lesson in &lessons {
                    let _ = black_box(versions.take(lesson));
                }
            });
            // The first half warms up, and gives the guard something to compare with.
            *spent += if round < rounds / 2 { Duration::ZERO } else { took };
        }
    }
    let samples = ((rounds - rounds / 2) * ROUND) as f64;
    let [alone_us, guarded, beside] = spent.map(|spent| micros(spent) / samples);
    let copies = all[1].report().last_good.len();
    println!(
        "    versions: {alone_us:6.1} µs a sample alone; {guarded:6.1} with the guard's comparisons ({:.2}, {copies} copies); \
         {beside:6.1} with a challenger ({:.2})",
        guarded / alone_us,
        beside / alone_us
    );
    taking_in(&mut all[0], &kept);
}

fn taking_in(versions: &mut Versions, kept: &Kept) {
    let learner = versions.champion().learner();
    let mut carrying = Carrying::begin(1, ModelConfig::default(), &learner.carried_shared()).ok();
    for (item, row) in learner.carried_rows() {
        carrying = carrying.and_then(|mut it| it.row(item, &row).is_ok().then_some(it));
    }
    let recent = learner.carried_recent();
    let Some(learner) = carrying.map(|it| it.finish(&recent)) else { return };
    *kept.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(learner);
    let _ = versions.publish();
    let start = ChallengerStart::File { digest: 1 };
    let changes = ModelChanges::default();
    let command = ModelCommand::Challenge { start, changes };
    let lesson = Lesson::Command(Sequence(2), Box::new(command));
    let (_, obeying) = cpu(|| versions.take(&lesson));
    let (publication, publishing) = cpu(|| versions.publish());
    let begun = publication.models.challenger.is_some();
    drop(publication);
    let lesson = Lesson::Command(Sequence(3), Box::new(ModelCommand::Promote { version: 1 }));
    let (_, promoting) = cpu(|| versions.take(&lesson));
    println!(
        "    a model taken in ({begun}): {:.2} ms of the learner's thread, its first publication {:.2} ms; promoted: {:.2} ms",
        micros(obeying) / 1e3,
        micros(publishing) / 1e3,
        micros(promoting) / 1e3
    );
}

/// One model, made before it is asked for.
#[derive(Debug, Default)]
struct Kept(Mutex<Option<Learner>>);

impl ModelFiles for Kept {
    fn load(&self, _: u64) -> Result<Learner, String> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.take().ok_or_else(|| "nothing is kept".to_owned())
    }
}

fn scanning(shop: &Shop, view: &ModelView) {
    let user = shop.user(7, 0);
    let vector = vector_of(view, &user);
    let scan = ScanFor { vector: &vector, group: user.group() };
    let rounds = (20_000_000 / shop.items).clamp(9, 999);
    let exact = typical(rounds, || black_box(view.scan_exact(scan, WANTED, |_| true)));
    let lanes = vec![Lane([1.0; 16]); shop.items as usize / 16 * (16 * 4 + 6)];
    let read = typical(rounds, || black_box(sum(black_box(&lanes))));
    println!(
        "    exact scan, best {WANTED}: {exact:8.0} µs; reading as many bytes once: {read:8.0} µs ({:.2})",
        exact / read
    );
    ranking(view, &user, &vector, rounds);
    if shop.items <= ModelConfig::default().scan_items as u32 {
        return;
    }
    let quick = typical(rounds, || black_box(view.scan_quantised(scan, WANTED, |_| true)));
    println!(
        "    quantised scan:       {quick:8.0} µs ({:.2} of the exact one), {:.3} of its best 20 kept",
        quick / exact,
        kept(shop, view)
    );
}

/// The share of the exact best 20 that the quantised scan finds, over ten users.
fn kept(shop: &Shop, view: &ModelView) -> f64 {
    let mut kept = 0;
    for hash in 0..10 {
        let user = shop.user(hash, 0);
        let vector = vector_of(view, &user);
        let scan = ScanFor { vector: &vector, group: user.group() };
        let exact = view.scan_exact(scan, 20, |_| true);
        let quick = view.scan_quantised(scan, 20, |_| true);
        kept += exact.iter().filter(|found| quick.contains(found)).count();
    }
    f64::from(kept as u32) / 200.0
}

/// Scores 10,000 items with all parts of the blend, and sorts the best out.
fn ranking(view: &ModelView, user: &ModelUser, vector: &[Lane], rounds: u32) {
    let count = 10_000.min(view.items());
    let items: Vec<ItemIndex> = (0..count as u32).map(ItemIndex).collect();
    let (mut scores, mut blended) = (Scores::default(), Vec::new());
    let took = typical(rounds, || {
        view.score(&items, user, vector, &NoSources, &mut scores);
        blend::blend(view.blend_weights(user.group()), &scores, &mut blended);
        let mut order: Vec<(usize, f32)> = blended.iter().copied().enumerate().collect();
        order.select_nth_unstable_by(WANTED, |a, b| b.1.total_cmp(&a.1));
        black_box(order)
    });
    println!("    {count} given items, all parts of the blend, best {WANTED}: {took:8.0} µs");
}

fn publishing(shop: &mut Shop) {
    println!("    a publication after {INTERVAL_MS} ms of samples, while a reader holds the last:");
    for per_second in [100, 1_000, 10_000] {
        let samples = per_second * INTERVAL_MS / 1_000;
        let mut held = shop.learner.publish().view;
        let (mut bytes, mut took) = (0, Latencies::default());
        for _ in 0..7 {
            shop.teach(samples, Effort::Full);
            let (publication, publishing) = cpu(|| shop.learner.publish());
            let ((), dropping) = cpu(|| held = publication.view);
            took.add(publishing + dropping);
            bytes += publication.bytes;
        }
        black_box(&held);
        println!(
            "      {per_second:>6} samples/s: {:8.2} MB, {:7.2} ms to publish",
            bytes as f64 / 7e6,
            took.quantile_ms(0.5)
        );
    }
}

fn vector_of(view: &ModelView, user: &ModelUser) -> Vec<Lane> {
    let mut vector = UserVector::default();
    view.user_vector(user, &mut vector);
    vector.vector
}

/// Microseconds that `work` takes, the median of `rounds`.
fn typical<T>(rounds: u32, mut work: impl FnMut() -> T) -> f64 {
    let mut took = Latencies::default();
    (0..rounds).for_each(|_| took.add(cpu(&mut work).1));
    took.quantile_ms(0.5) * 1e3
}

/// A catalogue, its learner, and users who choose from it.
struct Shop {
    items: u32,
    learner: Learner,
    sequence: u64,
}

impl Shop {
    fn new(items: u32) -> Self {
        let mut shop =
            Self { items, learner: Learner::new(1, ModelConfig::default()), sequence: 0 };
        (0..items).for_each(|item| shop.learner.count_event(ItemIndex(item)));
        for event in 0..20_000 {
            let item = shop.choose(mix(3, event));
            shop.learner.count_event(item);
        }
        shop
    }

    fn teach(&mut self, samples: u64, effort: Effort) {
        for _ in 0..samples {
            let sample = self.sample();
            let _ = self.learner.learn(&sample, &NoSources, effort);
        }
    }

    fn sample(&mut self) -> Sample {
        self.sequence += 1;
        let word = mix(9, self.sequence);
        let user = self.user(word % USERS, self.sequence);
        let recent = user.history.iter().map(|past| past.item).collect();
        let sequence = Sequence(self.sequence);
        Sample { sequence, item: self.choose(word), weight: 1.0, user, recent }
    }

    fn lesson(&mut self) -> Lesson {
        Lesson::Learn(Box::new((self.sample(), NeighbourStrengths::default())), Effort::Full)
    }

    fn user(&self, hash: u64, turn: u64) -> ModelUser {
        let past = |place: u64| Past {
            item: self.choose(mix(hash, turn + place)),
            age_s: 60 << place.min(15),
        };
        ModelUser { hash, events: 30, history: (0..20).map(past).collect(), visit: 5, row: None }
    }

    /// An item by a chance of one over its rank.
    fn choose(&self, word: u64) -> ItemIndex {
        let share = (word >> 11) as f64 / (1u64 << 53) as f64;
        let rank = f64::from(self.items).powf(share) as u64;
        let scattered = rank.wrapping_mul(0x9e37_79b9) % u64::from(self.items);
        ItemIndex(scattered as u32)
    }
}

fn sum(lanes: &[Lane]) -> f32 {
    let mut sums = [[0.0_f32; 16]; 4];
    for four in lanes.chunks_exact(4) {
        for (sums, lane) in sums.iter_mut().zip(four) {
            sums.iter_mut().zip(&lane.0).for_each(|(sum, x)| *sum += x);
        }
    }
    sums.iter().flatten().sum()
}

/// Processor time of `work`. The kernel brings its account up to date when a thread yields.
fn cpu<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    std::thread::yield_now();
    let begun = cpu_time();
    let result = work();
    std::thread::yield_now();
    (result, cpu_time().saturating_sub(begun))
}

fn micros(spent: Duration) -> f64 {
    spent.as_secs_f64() * 1e6
}
