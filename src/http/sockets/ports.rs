//! What connections need of the node: its tokens, and the way of events into the log.
//!
//! **Invariant:** what comes over a connection takes the way of any other event: checked, logged, applied.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};

use actix_web::web::Bytes;
use engine::UserId;
use futures_util::future::BoxFuture;
use serde::Serialize;
use serde_json::json;

use crate::clock;
use crate::event_log::Draft;
use crate::http::error::ApiError;
use crate::http::intake::{self, Arrived};
use crate::ingest::dialect::choose;
use crate::ingest::fault::{NOT_YOURS, Rejected, Warning};
use crate::ingest::limits::ID_BYTES;
use crate::ingest::tally::Tally;
use crate::live::protocol::{Data, Refusal};
use crate::live::{Denied, Door, Intake, Leaving, Pass, Sign, Speaker, Taken, Turned};
use crate::node::{AckLevel, Node, SubmitError};
use crate::tokens::Tokens;

use super::returns::Returns;

/// Who may come in, by their tokens.
pub struct NodeDoor {
    tokens: Arc<Tokens>,
}

impl NodeDoor {
    /// By these tokens.
    #[must_use]
    pub fn new(tokens: Arc<Tokens>) -> Self {
        Self { tokens }
    }
}

impl Door for NodeDoor {
    fn admit(&self, token: &str, said: Option<&str>) -> Result<Pass, Denied> {
        let pass = |user| Pass { user, rooms: None, expires_in_ms: None };
        if token.is_empty() && !self.tokens.are_needed() {
            return match said {
                Some(name) if !(1..=ID_BYTES).contains(&name.len()) => Err(Denied::Invalid),
                Some(name) => Ok(pass(UserId::new(name))),
                None => Ok(pass(new_user())),
            };
        }
        let now = clock::wall_now();
        let claims = self.tokens.check(token, now).map_err(|error| {
            tracing::debug!(%error, "a connection is refused");
            if error.is_expiry() { Denied::Expired } else { Denied::Invalid }
        })?;
        let expires_in_ms = claims.exp.map(|end| end.millis_since(now));
        Ok(Pass { user: claims.sub, rooms: claims.rooms, expires_in_ms })
    }
}

/// A visitor who did not say who they are.
fn new_user() -> UserId {
    static SEED: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    static NEXT: AtomicU64 = AtomicU64::new(0);
    UserId::new(&format!("visitor-{:016x}", SEED.hash_one(NEXT.fetch_add(1, Ordering::Relaxed))))
}

/// The way of events into the log.
pub struct NodeIntake {
    node: Arc<Node>,
    returns: Arc<Returns>,
}

impl NodeIntake {
    /// Into `node`.
    #[must_use]
    pub fn new(node: Arc<Node>) -> Self {
        Self { node, returns: Arc::default() }
    }
}

/// The answer to an event.
#[derive(Serialize)]
struct EventAnswer {
    accepted: usize,
    #[serde(skip_serializing_if = "is_zero")]
    duplicates: usize,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<Warning>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out a reference")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl Intake for NodeIntake {
    fn event(&self, speaker: Speaker, data: String) -> BoxFuture<'static, Result<Taken, Turned>> {
        Box::pin(event(Arc::clone(&self.node), speaker, data))
    }

    fn signs(&self, signs: Vec<Sign>) -> BoxFuture<'static, bool> {
        let (node, returns) = (Arc::clone(&self.node), Arc::clone(&self.returns));
        Box::pin(async move {
            // A body holds no more than the node takes.
            let most = node.config.server.max_body_events.max(1);
            for body in signs.chunks(most) {
                if !told(&node, &returns, body).await {
                    return false;
                }
            }
            true
        })
    }
}

async fn event(node: Arc<Node>, speaker: Speaker, data: String) -> Result<Taken, Turned> {
    let arrived = arrived(data, "application/json", &speaker)?;
    let mut ingested = intake::read(&node, arrived)
        .await
        .map_err(|error| Turned { why: Refusal::BadRequest, detail: error.to_string() })?;
    let [Draft::Event { event, .. }] = &ingested.drafts[..] else {
        intake::count(&node, &Tally::default(), ingested.rejected.len());
        return Err(not_one(&ingested.rejected));
    };
    let room = event.room_id.clone();
    if let Some(room) = room.as_deref().filter(|room| !speaker.may_enter(room)) {
        let detail = format!("/room_id: the token does not name room {room}");
        return Err(Turned { why: Refusal::PermissionDenied, detail });
    }
    let logged =
        intake::log(&node, &mut ingested, None, AckLevel::Applied).await.map_err(refusal)?;
    intake::count(&node, &logged.tally, ingested.rejected.len());
    let answer = EventAnswer {
        accepted: logged.tally.accepted,
        duplicates: logged.tally.duplicates,
        warnings: ingested.warnings,
    };
    let answer = Data::of(&answer).map_err(|_| Refusal::Internal)?;
    Ok(Taken { answer, room })
}

/// What came is not one event: by the flaw that decides how it is refused.
fn not_one(rejected: &[Rejected]) -> Turned {
    let foreign = rejected.iter().find(|rejected| rejected.code == NOT_YOURS);
    let why = foreign.map_or(Refusal::BadRequest, |_| Refusal::PermissionDenied);
    let detail = match foreign.or(rejected.first()) {
        Some(Rejected { pointer, detail, .. }) if pointer.is_empty() => detail.clone(),
        Some(Rejected { pointer, detail, .. }) => format!("{pointer}: {detail}"),
        None => "one event is expected".to_owned(),
    };
    Turned { why, detail }
}

fn refusal(error: ApiError) -> Turned {
    Turned::from(match error {
        ApiError::Submit(SubmitError::Overloaded { .. }) => Refusal::TooManyRequests,
        ApiError::Submit(SubmitError::TooLarge { .. }) => Refusal::LimitExceeded,
        error => {
            tracing::warn!(%error, "an event of a connection was not taken");
            Refusal::Internal
        }
    })
}

async fn told(node: &Arc<Node>, returns: &Returns, signs: &[Sign]) -> bool {
    let nobody = Speaker { user: UserId::new("-"), rooms: None, network: 0 };
    let signs = returns.told_apart(node, signs).await;
    let lines: Vec<String> = signs.iter().map(line).collect();
    let Ok(arrived) = arrived(lines.join("\n"), "application/x-ndjson", &nobody) else {
        return true;
    };
    let arrived = Arrived { speaker: None, ..arrived };
    let mut ingested = match intake::read(node, arrived).await {
        Ok(ingested) if !ingested.drafts.is_empty() => ingested,
        Ok(_) => return true,
        Err(error) => {
            tracing::warn!(%error, "what was seen of viewers cannot be told");
            return true;
        }
    };
    match intake::log(node, &mut ingested, None, AckLevel::Durable).await {
        Ok(logged) => {
            intake::count(node, &logged.tally, ingested.rejected.len());
            true
        }
        Err(error) => {
            tracing::debug!(%error, "what was seen of viewers is told later");
            false
        }
    }
}

fn line(sign: &Sign) -> String {
    let event = |kind, room: &str, user: &UserId| json!({"event": kind, "user_id": user.as_str(), "room_id": room});
    let event = match sign {
        Sign::Joined { room, user } => event("live_join", room, user),
        Sign::Still { room, user } => event("live_heartbeat", room, user),
        Sign::Left { room, user, how: Leaving::Said } => event("live_leave", room, user),
        Sign::Left { room, user, how: Leaving::Lost } => {
            let mut event = event("live_leave", room, user);
            event["properties"] = json!({"lost": true});
            event
        }
    };
    event.to_string()
}

fn arrived(data: String, media: &str, speaker: &Speaker) -> Result<Arrived, Refusal> {
    let (dialect, framing) = choose(Some(media), None).map_err(|_| Refusal::Internal)?;
    Ok(Arrived {
        bytes: Bytes::from(data),
        dialect,
        framing,
        idempotency_key: None,
        import: None,
        origin: speaker.network,
        speaker: Some(speaker.user.clone()),
    })
}

#[cfg(test)]
mod tests;
