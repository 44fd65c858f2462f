//! How long a node with a million users takes to come back: from its last cut, and from the log alone.
//!
//! `FRESHET_BENCH_USERS` changes the number of users.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use benches::figures::timed;
use benches::node::BenchNode;
use engine::record::{Identity, ItemKind};
use engine::{Event, EventTypeId, UserId};
use freshet::event_log::Draft;
use freshet::node::{AckLevel, Node};

const EVENTS_A_USER: u64 = 3;
const BODY: u64 = 4_096;

fn main() -> Result<()> {
    let users = std::env::var("FRESHET_BENCH_USERS").ok().and_then(|text| text.parse().ok());
    let users: u64 = users.unwrap_or(1_000_000);
    let kept = tempfile::tempdir()?;
    let log_only = tempfile::tempdir()?;

    let adjust = |dir: &Path| {
        let dir = dir.to_owned();
        move |config: &mut config::Config| {
            config.storage.data_dir = dir;
            config.checkpoint.every_s = 86_400;
            config.checkpoint.every_bytes = u64::MAX;
        }
    };
    let bench = BenchNode::start(adjust(kept.path()))?;
    let (filled, took) = timed(|| fill(&bench.node(), users));
    filled?;
    println!("{users} users, {} events in {:.1} s", users * EVENTS_A_USER, took.as_secs_f64());
    copy(&kept.path().join("log"), &log_only.path().join("log"))?;
    let (stopped, took) = timed(|| bench.stop());
    stopped?;
    println!("stop with a last cut of everything: {:.2} s", took.as_secs_f64());

    for (what, dir) in [("last cut", kept.path()), ("log alone", log_only.path())] {
        let (node, took) = timed(|| BenchNode::start(adjust(dir)));
        let rate = (users * EVENTS_A_USER) as f64 / took.as_secs_f64();
        println!("ready again from the {what}: {:.2} s ({rate:.0} events/s)", took.as_secs_f64());
        node?.stop()?;
    }
    Ok(())
}

fn fill(node: &Arc<Node>, users: u64) -> Result<()> {
    let node = Arc::clone(node);
    actix_rt::System::new().block_on(async move {
        let total = users * EVENTS_A_USER;
        for first in (0..total).step_by(BODY as usize) {
            let drafts = (first..total.min(first + BODY)).map(|n| draft(&node, n, users)).collect();
            node.submit(drafts, AckLevel::Applied).await.context("an event was refused")?;
        }
        Ok(())
    })
}

fn draft(node: &Node, number: u64, users: u64) -> Draft {
    let user = UserId::new(&format!("user-{:07}", number % users));
    let now = node.now();
    let event = Event {
        identity: Identity::Id(number),
        kind: ItemKind::Product,
        ..Event::new(user, EventTypeId(1), now)
    };
    let shard = node.shard_of(&event.user);
    let item = number.wrapping_mul(2_654_435_761) % 100_000;
    Draft::Event { shard, event, unknown_item: Some(format!("item-{item}").into()) }
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            std::fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}
