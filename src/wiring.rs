//! Starts a node and stops it, in reading order.
//!
//! Opening comes first, then HTTP (so that probes are answered while recovery runs), then recovery,
//! then actors and the log writer. Stopping goes the other way: no new requests, what is in flight is
//! finished, the log is closed, a last cut is taken. A stop during recovery ends that first.
//!
//! Not here: what any of the parts does.

use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use actors::{
    Commit, DispatcherHandle, LearnerConfig, NodeActors, Ports, Recovered, RecoverySources,
    SetAsideSink, StateConfig,
};
use anyhow::{Context, Result, anyhow};
use config::{ClockKind, Config, Loaded, Sources};
use engine::{RecordBody, Sequence, ShardId};
use snapshots::RocksStore;
use tokio::sync::oneshot;

use crate::clock::{self, Clock};
use crate::event_log::{
    AppendError, CommitSink, Draft, LocalLog, LogHandle, LogWriter, Submission, TickSource,
};
use crate::model_files::KeptModels;
use crate::node::{Node, NodeParts, Phase, Reread, Running};
use crate::rooms::{AskRooms, Feeds, Voice};
use crate::{http, settings, telemetry};

mod in_force;
mod interruptible;

use in_force::InForce;
use interruptible::{InterruptibleLog, InterruptibleStore, Stopping};

const MS_PER_DAY: u64 = 86_400_000;

/// Longest wait for the log and the actors to end: three tries of a last cut fit in.
const STOP_WITHIN: Duration = Duration::from_mins(2);

/// What a node is started with.
pub struct Setup {
    config: Config,
    reread: Option<(Reread, Loaded)>,
}

impl Setup {
    /// A configuration that can be read again while the node runs, from where it is then.
    #[must_use]
    pub fn of(loaded: Loaded, sources: impl Fn() -> Sources + Send + Sync + 'static) -> Self {
        let reread: Reread = Arc::new(move || config::load(&sources()));
        Self { config: loaded.config.clone(), reread: Some((reread, loaded)) }
    }
}

impl From<Config> for Setup {
    fn from(config: Config) -> Self {
        Self { config, reread: None }
    }
}

/// A node that runs on threads of its own; for tests, the demo and embedding.
pub struct RunningNode {
    address: SocketAddr,
    node: Arc<Node>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<Result<()>>>,
}

/// Starts a node on `listener`; it answers probes when this returns and takes traffic once `/readyz` says so.
///
/// # Errors
/// Where the listener has no address, no thread can be started, or the data directory cannot be opened.
pub fn start(setup: impl Into<Setup>, listener: TcpListener) -> Result<RunningNode> {
    let setup = setup.into();
    let address = listener.local_addr().context("the listener has no address")?;
    let (stop, stopped) = oneshot::channel();
    let shutdown = async move {
        // A handle that is dropped means the same as one that says stop.
        let _ = stopped.await;
    };
    let (tell, told) = std::sync::mpsc::channel();
    let opened = move |node: &Arc<Node>| drop(tell.send(Arc::clone(node)));
    let thread = std::thread::Builder::new()
        .name("freshet-node".to_owned())
        .spawn(move || run_telling(setup, listener, shutdown, opened))
        .context("cannot start the node's thread")?;
    match told.recv() {
        Ok(node) => Ok(RunningNode { address, node, stop: Some(stop), thread: Some(thread) }),
        Err(_) => Err(joined(thread).err().unwrap_or_else(|| anyhow!("the node ended at once"))),
    }
}

impl RunningNode {
    /// Where it listens, as a base address for requests.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The node itself, for callers that leave HTTP out.
    #[must_use]
    pub fn node(&self) -> Arc<Node> {
        Arc::clone(&self.node)
    }

    /// Stops it in order: requests in flight are finished and a last cut is taken.
    ///
    /// # Errors
    /// What made the node fail, where it did.
    pub fn stop(mut self) -> Result<()> {
        self.stop.take();
        self.thread.take().map_or(Ok(()), joined)
    }
}

fn joined(thread: JoinHandle<Result<()>>) -> Result<()> {
    thread.join().unwrap_or_else(|_| Err(anyhow!("the node's thread panicked")))
}

/// Runs a node on `listener` until `shutdown` completes.
///
/// # Errors
/// Where the data directory cannot be opened or recovered, or the server cannot be started.
pub fn run(
    setup: impl Into<Setup>,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + 'static,
) -> Result<()> {
    run_telling(setup.into(), listener, shutdown, |_| ())
}

fn run_telling(
    setup: Setup,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + 'static,
    opened: impl FnOnce(&Arc<Node>) + 'static,
) -> Result<()> {
    actix_rt::System::new().block_on(async {
        let storage = Storage::open(&setup.config)?;
        let node = Arc::new(new_node(setup, &storage.log)?);
        node.hub.serve_from(Arc::new(AskRooms::of(&node)));
        actix_rt::spawn(Feeds::run(Arc::downgrade(&node)));
        opened(&node);
        serve(node, storage, listener, shutdown).await
    })
}

/// The stores of a data directory.
#[derive(Clone)]
struct Storage {
    log: Arc<LocalLog>,
    checkpoints: Arc<RocksStore>,
    /// Models that were brought in; `None` where there is no model.
    models: Option<Arc<KeptModels>>,
}

impl Storage {
    fn open(config: &Config) -> Result<Self> {
        let dir = &config.storage.data_dir;
        let log = LocalLog::open(&dir.join("log"), settings::log(config))?;
        let checkpoints = RocksStore::open(&dir.join("state"))?;
        let models = kept_models(config, &log)?;
        Ok(Self { log: Arc::new(log), checkpoints: Arc::new(checkpoints), models })
    }
}

fn kept_models(config: &Config, log: &LocalLog) -> Result<Option<Arc<KeptModels>>> {
    let Some(model) = settings::model(config, log.key()) else { return Ok(None) };
    let dir = KeptModels::within(&config.storage.data_dir);
    let kept = KeptModels::open(dir, (model.seed, model.model), log.last());
    Ok(Some(Arc::new(kept.context("cannot open the folder of models")?)))
}

fn new_node(Setup { config, reread }: Setup, log: &LocalLog) -> Result<Node> {
    let clock = match config.clock {
        ClockKind::System => Clock::system(),
        ClockKind::Event => Clock::event(),
    };
    let types = Arc::new(config.event_types()?);
    Ok(Node::new(NodeParts {
        clock,
        key: log.key(),
        start_count: log.start_count(),
        shards_total: log.shards(),
        declared: settings::declared(&config, &types)?,
        types,
        scenarios: settings::scenarios(&config)?,
        metrics: Some(telemetry::metrics_handle()?),
        reread,
        config: Arc::new(config),
    }))
}

async fn serve(
    node: Arc<Node>,
    storage: Storage,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + 'static,
) -> Result<()> {
    let server = http::server::start(Arc::clone(&node), listener)?;
    let requests = server.handle();
    let mut serving = actix_rt::spawn(server);
    let mut stopping = Stopping::on(shutdown);
    let actors = match Box::pin(bring_up(&node, &storage, &stopping)).await {
        Ok(actors) => actors,
        Err(error) => {
            requests.stop(false).await;
            if stopping.is_told() {
                tracing::info!(%error, "stopped before the node took traffic; nothing was changed");
                return Ok(());
            }
            return Err(error);
        }
    };
    tracing::info!(last = %node.applied_through(), "the node takes traffic");
    let ended = tokio::select! {
        () = stopping.told() => Ok(()),
        ended = &mut serving => ended.context("the server's task ended")?.context("the server failed"),
    };
    node.progress().enter(Phase::Stopping);
    // Connections would be waited for like requests: they are closed first.
    node.hub.shut_down();
    node.hub.emptied(connections_end_within(&node.config)).await;
    requests.stop(true).await;
    take_down(&node, actors).await;
    ended
}

/// The time over which connections are closed, and some for the last of them to go.
fn connections_end_within(config: &Config) -> Duration {
    Duration::from_millis(config.socket.shutdown_spread_ms) + Duration::from_secs(2)
}

/// Recovers state, starts the actors and the log writer, and opens the node for traffic.
async fn bring_up(node: &Arc<Node>, storage: &Storage, stopping: &Stopping) -> Result<NodeActors> {
    let recovered = recover(node, storage, stopping.clone()).await?;
    refill_catalogue(node, &recovered);
    node.clock.observe(recovered.activity.now());
    let found = recovered.found.clone();
    let in_force = InForce::of(&recovered);
    let had_viewers = recovered.rooms.has_viewers();
    let writer = Arc::new(OnceLock::new());
    let actors =
        actors::start(recovered, settings::actors(&node.config), ports(node, storage, &writer));
    let ticks = TickSource::new(Arc::clone(&actors.timers_pending), node.clock.clone());
    let log = LogWriter::start(
        Arc::clone(&storage.log),
        Arc::clone(&node.catalogue),
        Delivery(actors.dispatcher.clone()),
        ticks,
    )?;
    // Set once: nobody else has this cell yet.
    let _ = writer.set(log.clone());
    for (sequence, shard) in found {
        note_set_aside(&log, sequence, shard);
    }
    let mut stopping = stopping.clone();
    if had_viewers {
        // Before anybody can come back: whoever does within the grace goes on with the same stay.
        let lost = RecordBody::RoomsLost { at: node.now() };
        tokio::select! {
            noted = note(&log, lost, "that viewers were lost") => {
                // Where it cannot be written nothing else can, and whoever waits for that is told.
                if !matches!(noted, Ok(Ok(_))) {
                    tracing::warn!("that viewers were lost could not be written");
                }
            }
            () = stopping.told() => anyhow::bail!("stopped while the loss of viewers was written"),
        }
    }
    tokio::select! {
        settled = in_force.settle(node, &log, &actors) => settled?,
        () = stopping.told() => anyhow::bail!("stopped while declarations came into force"),
    }
    node.open_for_traffic(Running {
        dispatcher: actors.dispatcher.clone(),
        shards: actors.shards.clone(),
        activity: Arc::clone(&actors.activity),
        model: Arc::clone(&actors.model),
        models: actors.models.clone(),
        kept_models: storage.models.clone(),
        model_age: Arc::clone(&actors.model_age),
        rooms: actors.rooms.clone(),
        filling: actors.filling.clone(),
        passed_on: actors.passed_on.clone(),
        model_backlog: actors.model_backlog.clone(),
        set_aside: actors.set_aside.clone(),
        log,
        store: Arc::clone(&storage.log),
    });
    Ok(actors)
}

async fn recover(node: &Arc<Node>, storage: &Storage, stopping: Stopping) -> Result<Recovered> {
    node.progress().enter(Phase::Recovering);
    let (node, storage) = (Arc::clone(node), storage.clone());
    let work = move || -> Result<Recovered> {
        let store = InterruptibleStore {
            store: Arc::clone(&storage.checkpoints),
            stopping: stopping.clone(),
        };
        let log = InterruptibleLog { log: Arc::clone(&storage.log), stopping };
        let sources = RecoverySources {
            store: &store,
            log: &log,
            last: storage.log.last(),
            set_aside: storage.log.set_aside()?,
        };
        let config = StateConfig {
            shards: node.shards_total,
            apply: Arc::new(settings::apply(
                &node.config,
                node.key,
                &node.types,
                node.shards_total,
            )),
            activity: Arc::new(settings::activity(&node.config, &node.types)),
            model: storage.models.clone().and_then(|files| {
                let model = settings::model(&node.config, node.key)?;
                Some(LearnerConfig { files, ..model })
            }),
            rooms: settings::rooms(&node.config)?,
        };
        Ok(actors::recover(&sources, &config, &node.progress().recovery)?)
    };
    tokio::task::spawn_blocking(work).await.context("recovery ended early")?
}

/// Gives the edge's map of items what recovery has found.
fn refill_catalogue(node: &Node, recovered: &Recovered) {
    node.catalogue.reserve_categories(recovered.activity.categories());
    for (category, name) in recovered.activity.category_names() {
        node.catalogue.name_category(category, name);
    }
    for (item, at, item_id, doc) in recovered.activity.docs() {
        let body = match doc {
            Some(doc) => RecordBody::ItemPut { item, doc: doc.clone(), at },
            None => RecordBody::ItemRegistered { item, item_id: item_id.into(), at },
        };
        node.catalogue.apply(&body);
    }
}

fn ports(node: &Arc<Node>, storage: &Storage, writer: &Arc<OnceLock<LogHandle>>) -> Ports {
    let (log, stream_clock) = (Arc::clone(&storage.log), node.clock.clone());
    let models = storage.models.clone();
    let previous_cut = Mutex::new(Sequence(0));
    let started = clock::Stopwatch::start();
    let retention_ms = node.config.dedup.retention_days * MS_PER_DAY;
    Ports {
        store: Arc::clone(&storage.checkpoints) as _,
        log: Arc::clone(&storage.log) as _,
        set_aside: Arc::new(SetAsideByLog(Arc::clone(writer))),
        rooms: Arc::new(Voice::of(node)),
        now: Arc::new(clock::wall_now),
        elapsed: Arc::new(move || started.elapsed()),
        on_cut: Arc::new(move |cut| {
            // Ids go by the time that stamped them. Records go once the cut BEFORE this one holds them: a
            // shard that is being resumed may still read behind the older one.
            log.forget_ids(stream_clock.now().minus_millis(retention_ms));
            let mut previous = previous_cut.lock().unwrap_or_else(PoisonError::into_inner);
            let held = std::mem::replace(&mut *previous, cut);
            match (log.trim(held, clock::wall_now()), &models) {
                (Ok(trimmed), Some(models)) => models.forget(trimmed),
                (Ok(_), None) => {}
                (Err(error), _) => tracing::warn!(%error, "old records could not be removed"),
            }
        }),
        on_fatal: Arc::new(|reason: &str| {
            tracing::error!(reason, "the node cannot go on; it will recover at the next start");
            std::process::abort();
        }),
    }
}

/// Ends the log before the actors, so that the last cut covers everything that was acknowledged.
async fn take_down(node: &Node, actors: NodeActors) {
    let ending = async {
        if let Some(running) = node.running() {
            let log = running.log.clone();
            drop(tokio::task::spawn_blocking(move || log.stop()).await);
        }
        actors.stop().await
    };
    let Ok(ended) = tokio::time::timeout(STOP_WITHIN, ending).await else {
        // A shard that cannot be resumed holds the commits, and they hold the writer. All is in the log.
        tracing::error!("the node does not come to an end; the next start replays the log");
        std::process::abort();
    };
    match ended {
        Ok(report) => tracing::info!(cut = %report.cut, bytes = report.bytes, "took the last cut"),
        Err(error) => tracing::warn!(%error, "no last cut; the next start replays the log"),
    }
}

/// Durable commits go to the dispatcher.
struct Delivery(DispatcherHandle);

impl CommitSink for Delivery {
    fn wait_for_slot(&self) {
        self.0.wait_for_slot();
    }

    fn deliver(&self, commit: Commit) {
        self.0.deliver(commit);
    }
}

/// Records that kill are noted in the log, by the writer, once there is one.
struct SetAsideByLog(Arc<OnceLock<LogHandle>>);

impl SetAsideSink for SetAsideByLog {
    fn set_aside(&self, sequence: Sequence, shard: ShardId) {
        // Those that recovery found come before the writer runs; `bring_up` notes them once it does.
        if let Some(log) = self.0.get() {
            note_set_aside(log, sequence, shard);
        }
    }
}

fn note_set_aside(log: &LogHandle, sequence: Sequence, shard: ShardId) {
    drop(note(log, RecordBody::SetAside { sequence, shard }, "a record that kills"));
}

/// Writes a record of the node's own; the answer is where it stands.
fn note(
    log: &LogHandle,
    body: RecordBody,
    what: &str,
) -> oneshot::Receiver<Result<Sequence, AppendError>> {
    let (durable, written) = oneshot::channel();
    let (applied, _) = oneshot::channel();
    if let Err(error) =
        log.submit(Submission { drafts: vec![Draft::Ready(body)], durable, applied })
    {
        tracing::warn!(%error, what, "could not be noted");
    }
    written
}
