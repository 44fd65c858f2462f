//! What does the click head cost, and what does each way of taking places into account bring?
//!
//! Prints microseconds a learned impression and microseconds for a list of 1,000 candidates, as ratios to a plain
//! product of the same vectors; then, in worlds of known truth, how close each policy comes to it.

use std::hint::black_box;

use engine::Sequence;
use engine::evaluation::position_bias::{OrderedBy, World};
use engine::model::click::fields::{CATEGORY, CONTEXT, ITEM, USER};
use engine::model::click::sample::DENSE;
use engine::model::click::{
    ClickConfig, ClickHead, ClickOutcome, ClickRow, ClickSample, PositionPolicy,
};
use engine::model::numeric::{LANE, Lane, below, dot, mix};
use std::time::Duration;

use freshet::clock::{self, Stopwatch};

const CANDIDATES: usize = 1_000;
const ITEMS: usize = 20_000;
const USERS: usize = 50_000;
const WORLDS: u64 = 5;
const ROUNDS: u64 = 30_000;

fn main() {
    println!("A row of 8 features of the list and 7 of the item, {USERS} users, {ITEMS} items\n");
    println!(
        "{:>4}  {:>12}  {:>16}  {:>14}  {:>14}  {:>12}",
        "k", "µs to learn", "µs for 1,000", "ns a candidate", "ns a product", "products"
    );
    for dimensions in [16, 32, 64] {
        measure(dimensions);
    }
    println!(
        "\nAgreement with the truth over {WORLDS} worlds of {ROUNDS} lists, mean ± deviation; 0.5 is chance"
    );
    for ordered in [OrderedBy::Before, OrderedBy::Head, OrderedBy::HeadExploring] {
        println!("\nlists ordered by {}", name(ordered));
        for policy in [
            PositionPolicy::Ignored,
            PositionPolicy::Logit,
            PositionPolicy::Weighted,
            PositionPolicy::Estimated,
        ] {
            compare(policy, ordered);
        }
    }
}

fn measure(dimensions: usize) {
    let config = ClickConfig { lanes: dimensions / LANE, ..ClickConfig::default() };
    let mut head = ClickHead::new(1, config);
    for number in 0..200_000 {
        let _ = head.learn(&sample(number));
    }
    let samples: Vec<ClickSample> = (200_000..240_000).map(sample).collect();
    let watch = Watch::start();
    for sample in &samples {
        black_box(head.learn(black_box(sample)));
    }
    let learn = micros(watch) / samples.len() as f64;
    let view = head.publish().0;
    let list = sample(7).row;
    let items: Vec<_> = (0..CANDIDATES as u64).map(|number| own(mix(3, number))).collect();
    let rounds = 200;
    let watch = Watch::start();
    for _ in 0..rounds {
        let mut scorer = view.list(black_box(&list.fields[..list.shared]));
        for item in &items {
            black_box(scorer.score(item, &list.dense));
        }
    }
    let scored = micros(watch) / f64::from(rounds);
    let product = product_ns(dimensions / LANE);
    let each = scored * 1e3 / CANDIDATES as f64;
    println!(
        "{dimensions:>4}  {learn:>12.2}  {scored:>16.0}  {each:>14.0}  {product:>14.1}  {:>12.1}",
        each / product
    );
}

/// Nanoseconds of one product of vectors in random order, from a table of the items' size.
fn product_ns(lanes: usize) -> f64 {
    let table = vec![Lane([0.5; LANE]); lanes * ITEMS];
    let turns = 400_000_u64;
    let watch = Watch::start();
    for turn in 0..turns {
        let place = below(mix(9, turn), ITEMS) * lanes;
        black_box(dot(&table[place..][..lanes], &table[..lanes]));
    }
    micros(watch) * 1e3 / turns as f64
}

fn own(word: u64) -> Vec<(u8, u32)> {
    let item = below(word, below(mix(word, 1), ITEMS) + 1) as u32;
    vec![
        (ITEM, item),
        (CATEGORY, item % 40),
        (CATEGORY, 50 + item % 7),
        (18, item % 3),
        (19, item % 20),
        (20, item % 15),
        (21, item % 30),
    ]
}

fn sample(number: u64) -> ClickSample {
    let word = mix(2, number);
    let user = below(word, below(mix(word, 4), USERS) + 1) as u32;
    let mut fields =
        vec![(USER, user), (1, user % 3), (2, (word % 24) as u32), (3, (word % 7) as u32)];
    fields.extend([
        (4, user % 5),
        (5, (word >> 7) as u32 % ITEMS as u32),
        (CONTEXT, user % 4),
        (CONTEXT + 1, user % 30),
    ]);
    let shared = fields.len();
    fields.extend(own(mix(word, 5)));
    let clicked = below(mix(word, 6), 20) == 0;
    let by = engine::EventTypeId(1);
    ClickSample {
        sequence: Sequence(number),
        user_hash: u64::from(user),
        row: ClickRow { fields, shared, dense: [0.3; DENSE] },
        position: 1 + (word % 10) as u16,
        propensity: 1.0,
        outcome: if clicked {
            ClickOutcome::Clicked { by, value: 1.0 }
        } else {
            ClickOutcome::Unclicked
        },
        weight: 1.0,
        version: 0,
    }
}

fn compare(policy: PositionPolicy, ordered: OrderedBy) {
    let found: Vec<_> =
        (0..WORLDS).map(|seed| World::new(seed).run(policy, ordered, ROUNDS)).collect();
    let spread = |of: &dyn Fn(usize) -> f64| {
        let mean = (0..found.len()).map(of).sum::<f64>() / found.len() as f64;
        let square = (0..found.len()).map(|at| (of(at) - mean).powi(2)).sum::<f64>();
        (mean, (square / (found.len() - 1) as f64).sqrt())
    };
    let (agreement, agreement_off) = spread(&|at| found[at].agreement);
    let (reward, reward_off) = spread(&|at| found[at].reward);
    let off = found[0].examination_off.map_or(String::new(), |_| {
        let (mean, _) = spread(&|at| found[at].examination_off.unwrap_or(0.0));
        format!("  examination off by {mean:.3}")
    });
    println!(
        "  {:<10}  agreement {agreement:.3} ± {agreement_off:.3}  reward {reward:.3} ± {reward_off:.3}{off}",
        policy_name(policy)
    );
}

/// Processor time of this thread where the system tells it, else wall time.
#[derive(Clone, Copy)]
struct Watch(Stopwatch, Option<Duration>);

impl Watch {
    fn start() -> Self {
        Self(Stopwatch::start(), clock::thread_time())
    }
}

fn micros(watch: Watch) -> f64 {
    let used = watch.1.zip(clock::thread_time()).map(|(before, now)| now.saturating_sub(before));
    used.unwrap_or(watch.0.elapsed()).as_secs_f64() * 1e6
}

fn name(ordered: OrderedBy) -> &'static str {
    match ordered {
        OrderedBy::Before => "a score of before",
        OrderedBy::Head => "the head itself",
        OrderedBy::HeadExploring => "the head itself with noise of 0.2",
    }
}

fn policy_name(policy: PositionPolicy) -> &'static str {
    match policy {
        PositionPolicy::Ignored => "none",
        PositionPolicy::Logit => "logit",
        PositionPolicy::Weighted => "ips",
        PositionPolicy::Estimated => "em",
    }
}
