//! What a configuration must fulfil beyond types: ranges of the manual, fields that are needed, and keys
//! that depend on one another.

use toml::{Table, Value};

use crate::convert::ConvertError;
use crate::manual::{Manual, Rule};
use crate::schema::nearest_of;
use crate::{AuthConfig, Config, Fault};

/// Fields that every entry of a table has to give.
const NEEDED: [(&[&str], &[&str]); 3] = [
    (&["events", "types"], &["role", "weight"]),
    (&["features"], &["entity", "events", "window", "aggregate"]),
    (&["patterns"], &["steps", "within", "ttl", "max_open"]),
];

/// Every value against the rule in its comment.
pub(super) fn against_manual(tree: &Table, manual: &Manual, out: &mut Vec<(String, Fault)>) {
    walk(tree, &mut Vec::new(), &mut |path, value| {
        if let Some(fault) = manual.rule(path).and_then(|rule| broken(&rule, value)) {
            out.push((path.join("."), fault));
        }
    });
}

fn walk(table: &Table, path: &mut Vec<String>, visit: &mut impl FnMut(&[String], &Value)) {
    for (name, value) in table {
        path.push(name.clone());
        match value {
            Value::Table(inner) => walk(inner, path, visit),
            value => visit(path, value),
        }
        path.pop();
    }
}

fn broken(rule: &Rule, value: &Value) -> Option<Fault> {
    match rule {
        Rule::Range { low, high, text } => {
            let number = value.as_float().or_else(|| value.as_integer().map(|n| n as f64))?;
            let fault = Fault::OutOfRange { range: text.clone(), found: value.to_string() };
            (!(*low..=*high).contains(&number)).then_some(fault)
        }
        Rule::OneOf(allowed) => {
            let found = value.as_str()?.to_owned();
            let nearest = nearest_of(&found, allowed.iter().map(String::as_str)).map(str::to_owned);
            (!allowed.contains(&found)).then(|| Fault::NotAllowed {
                allowed: allowed.clone(),
                found,
                nearest,
            })
        }
    }
}

/// Every entry of a table of the user's own names has what it needs.
pub(super) fn required_fields(tree: &Table, out: &mut Vec<(String, Fault)>) {
    for (place, needed) in NEEDED {
        let table = place.iter().try_fold(tree, |here, name| here.get(*name)?.as_table());
        for (name, declared) in table.into_iter().flatten() {
            for field in needed.iter().filter(|field| declared.get(**field).is_none()) {
                out.push((format!("{}.{name}.{field}", place.join(".")), Fault::Missing));
            }
        }
    }
}

/// Keys that depend on one another.
pub(super) fn across_keys(config: &Config) -> Vec<(String, Fault)> {
    let mut faults = Vec::new();
    let mut refuse = |key: &str, reason: String| {
        faults.push((key.to_owned(), Fault::Unusable { reason }));
    };
    let (server, admission, ranking) = (&config.server, &config.admission, &config.ranking);
    if admission.events_in_flight < server.max_body_events {
        refuse(
            "admission.events_in_flight",
            too_small("server.max_body_events", server.max_body_events),
        );
    }
    if admission.bytes_in_flight < server.max_body_bytes {
        refuse(
            "admission.bytes_in_flight",
            too_small("server.max_body_bytes", server.max_body_bytes),
        );
    }
    if server.max_body_bytes < server.max_event_bytes {
        refuse(
            "server.max_body_bytes",
            too_small("server.max_event_bytes", server.max_event_bytes),
        );
    }
    if server.max_deadline_ms < server.default_deadline_ms {
        refuse("server.default_deadline_ms", "is above server.max_deadline_ms".to_owned());
    }
    if ranking.max_limit < ranking.default_limit {
        refuse("ranking.default_limit", "is above ranking.max_limit".to_owned());
    }
    if ranking.scenarios.get(&ranking.default_scenario).is_none() {
        refuse("ranking.default_scenario", "is not declared in [ranking.scenarios]".to_owned());
    }
    if !server.insecure && server.api_key.is_none() && !server.bind.ip().is_loopback() {
        let reason = "listens beyond this machine without an API key: set server.api_key_file, or \
                      server.insecure (--insecure) if the network is closed";
        refuse("server.bind", reason.to_owned());
    }
    for origin in server.origins.iter().filter(|origin| !is_origin(origin)) {
        refuse("server.origins", format!("\"{origin}\" is no origin such as https://shop.example"));
    }
    if !config.activity.half_lives_events.is_sorted_by(|a, b| 0 < *a && a < b) {
        refuse("activity.half_lives_events", "must be above 0 and grow".to_owned());
    }
    if !config.model.dimensions.is_multiple_of(16) {
        refuse("model.dimensions", "must be a multiple of 16".to_owned());
    }
    if !config.model.click.dimensions.is_multiple_of(16) {
        refuse("model.click.dimensions", "must be a multiple of 16".to_owned());
    }
    faults.extend(room_faults(config));
    faults.extend(token_faults(&config.auth));
    faults.extend(event_faults(config));
    faults
}

fn room_faults(config: &Config) -> Vec<(String, Fault)> {
    let mut faults = Vec::new();
    let mut refuse = |key: &str, reason: String| {
        faults.push((key.to_owned(), Fault::Unusable { reason }));
    };
    if !config.rooms.heat.half_lives_s.is_sorted_by(|a, b| 0 < *a && a < b) {
        refuse("rooms.heat.half_lives_s", "must be above 0 and grow".to_owned());
    }
    if config.rooms.lateness_s < config.rooms.grace_s {
        let reason = "is below rooms.grace_s: a stay could end in a minute that is closed";
        refuse("rooms.lateness_s", reason.to_owned());
    }
    if config.rooms.highlight.threshold <= config.rooms.highlight.calm {
        refuse("rooms.highlight.calm", "must be below rooms.highlight.threshold".to_owned());
    }
    if config.rooms.silent_s <= config.socket.silent_s {
        let reason =
            "must be below rooms.silent_s: who is connected and silent would count as gone";
        refuse("socket.silent_s", reason.to_owned());
    }
    for name in &config.rooms.patterns {
        if config.patterns.get(name).is_none() {
            refuse("rooms.patterns", format!("\"{name}\" is not declared in [patterns]"));
        }
    }
    faults
}

/// A shorter secret than its signature can be found by trying (RFC 7518, 3.2).
const LEAST_SECRET_BYTES: usize = 32;

fn token_faults(auth: &AuthConfig) -> Vec<(String, Fault)> {
    let mut faults = Vec::new();
    let mut refuse = |key: &str, reason: String| {
        faults.push((key.to_owned(), Fault::Unusable { reason }));
    };
    if let Some(secret) = &auth.token_secret {
        let found = secret.expose().len();
        if found < LEAST_SECRET_BYTES {
            refuse(
                "auth.token_secret",
                format!(
                    "has {found} bytes: whoever sees one token could find it by trying; give at least \
                     {LEAST_SECRET_BYTES}, for example by `openssl rand -base64 32`"
                ),
            );
        }
        if auth.token_public_key.is_some() || auth.token_private_key.is_some() {
            let reason = "stands beside a key of auth.token_public_key or auth.token_private_key: tokens are \
                          signed in one way, so give only one kind";
            refuse("auth.token_secret", reason.to_owned());
        }
    }
    if auth.token_max_ttl_s < auth.token_ttl_s {
        refuse("auth.token_ttl_s", "is above auth.token_max_ttl_s".to_owned());
    }
    faults
}

fn event_faults(config: &Config) -> Vec<(String, Fault)> {
    let unusable =
        |key: String, fault: ConvertError| (key, Fault::Unusable { reason: fault.to_string() });
    let types = config.event_types().err().map(|fault| unusable(fault.key(), fault));
    let seen = config.ranking.scenarios.iter().filter_map(|(name, scenario)| {
        let key = format!("ranking.scenarios.{name}.seen.events");
        config.seen_types(scenario).err().map(|fault| unusable(key, fault))
    });
    let goals = config.ranking.scenarios.iter().filter_map(|(name, scenario)| {
        let key = format!("ranking.scenarios.{name}.goal");
        config.goals(scenario).err().map(|fault| unusable(key, fault))
    });
    let tagged = config.ranking.scenarios.iter().flat_map(|(name, scenario)| {
        let known = |tag: &&str| config.tag_fault(tag);
        let wrong = scenario.tagged.names().filter_map(move |tag| Some((tag, known(&tag)?)));
        wrong.map(move |(tag, reason)| {
            (format!("ranking.scenarios.{name}.tagged.{tag}"), Fault::Unusable { reason })
        })
    });
    let mut faults: Vec<_> = types.into_iter().chain(seen).chain(goals).chain(tagged).collect();
    if let Ok(types) = config.event_types() {
        let features = config.feature_plan(&types).err().unwrap_or_default();
        let patterns = config.pattern_plan().err().unwrap_or_default();
        let declared = features.into_iter().chain(patterns);
        faults.extend(declared.map(|it| (it.key, Fault::Unusable { reason: it.reason })));
    }
    if faults.is_empty() {
        faults.extend(config.all_goals().err().map(|fault| unusable(fault.key(), fault)));
    }
    faults
}

fn too_small(key: &str, at_least: usize) -> String {
    format!("is below {key} ({at_least})")
}

fn is_origin(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|host| !host.is_empty() && !host.contains(['/', '*', ' ']))
}
