//! Answers to commands: connect, refresh, rpc, and whatever is not served.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::Session;
use crate::live::ports::{Denied, Pass, Speaker, Turned};
use crate::live::protocol::{Close, Command, Connect, ConnectReply, Refusal, Request};

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What a client may say besides its token, where none is needed.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Said {
    user_id: Option<String>,
}

impl Session {
    pub(super) fn connect(&self, id: u32, connect: &Connect<'_>) -> Result<(), Close> {
        let said: Said =
            connect.data.and_then(|data| serde_json::from_str(data.get()).ok()).unwrap_or_default();
        let pass = match self.worker.service.door.admit(&connect.token, said.user_id.as_deref()) {
            Ok(pass) => pass,
            Err(Denied::Expired) => {
                self.refuse(id, Refusal::TokenExpired);
                return Ok(());
            }
            Err(Denied::Invalid) => return Err(Close::InvalidToken),
        };
        let Pass { user, rooms, expires_in_ms } = pass;
        self.member.is(user.clone(), expires_in_ms.map(|ms| self.worker.now_ms() + ms));
        // Set once: a second connect does not come here.
        let _ = self.speaker.set(Speaker { user, rooms, network: self.network });
        let ping_ms = self.worker.service.config.ping_every_ms;
        let reply = ConnectReply {
            client: &self.name,
            version: VERSION,
            expires: expires_in_ms.is_some(),
            ttl: expires_in_ms.map_or(0, ttl_s),
            ping: ping_ms.div_ceil(1_000) as u32,
            pong: true,
        };
        self.reply(|frame| frame.connected(id, &reply));
        Ok(())
    }

    pub(super) async fn answer_to(
        &self,
        speaker: &Speaker,
        Command { id, request }: Command<'_>,
    ) -> Result<(), Close> {
        match request {
            Request::Connect(_) => return Err(Close::BadRequest),
            Request::Subscribe(subscribe) => self.subscribe(speaker, id, &subscribe).await,
            Request::Unsubscribe { channel } => self.unsubscribe(id, &channel),
            Request::Rpc { method, data } => self.call(speaker, id, (&method, data)).await,
            Request::Refresh { token } => return self.refresh(speaker, id, &token),
            Request::Ping => self.reply(|frame| frame.pinged(id)),
            Request::Publish { .. } => self.refuse(id, Refusal::PermissionDenied),
            Request::Refused(why) => self.refuse(id, why),
            Request::Pong | Request::Send { .. } => {}
        }
        Ok(())
    }

    async fn call(&self, speaker: &Speaker, id: u32, (method, data): (&str, Option<&RawValue>)) {
        if method != "event" {
            return self.refuse(id, Refusal::MethodNotFound);
        }
        let Some(data) = data else { return self.refuse(id, Refusal::BadRequest) };
        let service = &self.worker.service;
        match service.intake.event(speaker.clone(), data.get().to_owned()).await {
            Ok(taken) => {
                if let Some(room) = &taken.room {
                    service.hub.heard(room, &speaker.user);
                }
                self.reply(|frame| frame.called(id, &taken.answer));
            }
            Err(Turned { why, detail }) if detail.is_empty() => self.refuse(id, why),
            Err(Turned { why, detail }) => {
                let message = format!("{}: {detail}", why.message());
                self.reply(|frame| frame.refused_in_words(id, (why, &message)));
            }
        }
    }

    fn refresh(&self, speaker: &Speaker, id: u32, token: &str) -> Result<(), Close> {
        match self.worker.service.door.admit(token, None) {
            // Rooms stay as they were: a token that narrows them is for a new connection.
            Ok(pass) if pass.user == speaker.user => {
                let expires_in_ms = pass.expires_in_ms;
                self.member.is(pass.user, expires_in_ms.map(|ms| self.worker.now_ms() + ms));
                let ttl = expires_in_ms.map(ttl_s);
                self.reply(|frame| frame.refreshed(id, &self.name, VERSION, ttl));
                Ok(())
            }
            Ok(_) | Err(Denied::Invalid) => Err(Close::InvalidToken),
            Err(Denied::Expired) => {
                self.refuse(id, Refusal::TokenExpired);
                Ok(())
            }
        }
    }
}

/// Whole seconds, at least one.
fn ttl_s(ms: u64) -> u32 {
    u32::try_from(ms / 1_000).unwrap_or(u32::MAX).max(1)
}
