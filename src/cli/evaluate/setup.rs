//! From options and configuration to a protocol, a stand and a tape.

use config::Config;
use engine::evaluation::{Candidates, Method, OnDrift, Protocol, StandConfig};
use engine::ranking::Scenario;
use engine::shard::ApplyConfig;
use engine::user::InfluenceConfig;

use super::Evaluate;
use crate::cli::failure::Failure;
use crate::cli::global::Global;
use crate::cli::tape::{FileTape, LogTape, ReadOptionsOf, Reading, Tape};
use crate::import::ColumnMap;
use crate::settings;

/// Probes of one click's effect at most: enough for a share that is exact to half a point.
const MOST_PROBES: u64 = 10_000;

/// More neighbours than any list of events gives an item.
const UNCAPPED: usize = 1 << 24;

impl Evaluate {
    pub(super) fn protocol(
        &self,
        config: &Config,
        events: u64,
        seed: u64,
    ) -> Result<Protocol, Failure> {
        let mut lengths: Vec<usize> = self.k.iter().map(|k| usize::from(*k)).collect();
        lengths.sort_unstable();
        lengths.dedup();
        let asked = |method: &Method| self.methods.iter().any(|one| one.names(*method));
        let methods = Method::ALL.into_iter().filter(asked).collect();
        Ok(Protocol {
            lengths,
            candidates: self.candidates.into(),
            scenario: self.scenario(config)?,
            methods,
            reference: if config.model.enabled { Method::Learned } else { Method::Fixed },
            unscored: (events as f64 * self.skip) as u64,
            most_scored: u64::MAX,
            publish_every_ms: self.publish_interval.ms,
            rebuild_every_ms: self.rebuild.ms,
            probe_every: self.probe_every,
            most_probes: MOST_PROBES,
            seed,
        })
    }

    fn scenario(&self, config: &Config) -> Result<Scenario, Failure> {
        let scenarios =
            settings::scenarios(config).map_err(|fault| Failure::Other(fault.to_string()))?;
        let name = self.scenario.as_ref().unwrap_or(&config.ranking.default_scenario);
        let found = scenarios.get(name).ok_or_else(|| {
            let known: Vec<&str> = scenarios.keys().map(String::as_str).collect();
            let known = known.join(", ");
            Failure::Usage(format!("the configuration has no scenario \"{name}\", only: {known}"))
        })?;
        let mut scenario = Scenario::clone(found);
        self.repeats.put_into(&mut scenario);
        Ok(scenario)
    }

    pub(super) fn stand(&self, config: &Config, tape: &Tape) -> Result<StandConfig, Failure> {
        // Judged even where the node would not use it: the others are to be compared with it.
        let mut config = config.clone();
        config.model.enabled = true;
        // Every choice is judged, also the thousandth of a user: in data that was chosen nobody pushes anything.
        config.influence.network_events = 0;
        let types = event_types(&config)?;
        let mut activity = settings::activity(&config, &types);
        if Candidates::from(self.candidates) == Candidates::All {
            activity.neighbours = UNCAPPED;
            activity.covisit_counters = UNCAPPED;
        }
        let (key, shards) = (tape.key(), tape.shards());
        let learner = settings::model(&config, key);
        let learner = learner.ok_or_else(|| Failure::Other("there is no model".to_owned()))?;
        Ok(StandConfig {
            apply: ApplyConfig {
                influence: InfluenceConfig::UNBOUNDED,
                ..settings::apply(&config, key, &types, shards)
            }
            .into(),
            shards,
            activity: activity.into(),
            model: learner.model,
            seed: learner.seed,
            on_drift: OnDrift::GoOn,
        })
    }

    pub(in crate::cli) fn tape(
        &self,
        config: &Config,
        global: &Global,
        seed: u64,
    ) -> Result<Tape, Failure> {
        if let Some(dir) = &self.from_log {
            return Ok(Tape::Log(LogTape::open(dir)?.into()));
        }
        let reading = Reading {
            files: &self.files,
            items: self.items.as_deref(),
            format: self.format.given(),
            options: ReadOptionsOf {
                map: ColumnMap::parse(&self.map)?,
                event_type: &self.event_type,
            },
            seed,
        };
        Ok(Tape::Files(FileTape::read(&reading, event_types(config)?, global)?.into()))
    }
}

fn event_types(config: &Config) -> Result<engine::EventTypes, Failure> {
    config.event_types().map_err(|fault| Failure::Other(fault.to_string()))
}

/// What the list of candidates is called in a report.
pub(super) fn candidates_name(candidates: Candidates) -> &'static str {
    match candidates {
        Candidates::Retrieved => "default",
        Candidates::All => "exact",
    }
}
