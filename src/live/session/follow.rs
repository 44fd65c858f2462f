//! Answers to subscribe and unsubscribe.

use std::time::Duration;

use super::Session;
use crate::live::audience::Leaving;
use crate::live::channel::Channel;
use crate::live::delivery::Form;
use crate::live::line;
use crate::live::ports::Speaker;
use crate::live::protocol::{Data, Followed, Missed, Published, Recover, Refusal, Subscribe};
use crate::live::source::{FollowError, Since, Standing};
use crate::live::subscription::Delivered;

/// The longest that rooms are waited for.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

impl Session {
    pub(super) async fn subscribe(&self, speaker: &Speaker, id: u32, ask: &Subscribe<'_>) {
        let channel = &*ask.channel;
        if let Err(why) = self.may_follow(speaker, channel) {
            return self.refuse(id, why);
        }
        if let Some(Channel::Room(room)) = Channel::parse(channel) {
            return self.follow_stream(speaker, id, (channel, room, ask.recover.as_ref())).await;
        }
        let begin = || self.reply(|frame| frame.subscribed(id, &Followed::State));
        self.worker.follow_state(&self.member, &speaker.user, (channel, Form::Frames), begin);
    }

    pub(super) fn unsubscribe(&self, id: u32, channel: &str) {
        if let Some(subscription) = self.member.place_in(channel) {
            self.worker.unfollow(&self.member, &subscription, Leaving::Said);
        }
        self.reply(|frame| frame.unsubscribed(id));
    }

    fn may_follow(&self, speaker: &Speaker, name: &str) -> Result<(), Refusal> {
        let channel = Channel::parse(name).ok_or(Refusal::UnknownChannel)?;
        let most = self.worker.service.config.max_rooms;
        let is_full = |same: fn(Channel<'_>) -> bool| {
            most <= self.member.follows(|name| Channel::parse(name).is_some_and(same))
        };
        let (is_theirs, is_full) = match channel {
            Channel::Room(room) => {
                (speaker.may_enter(room), is_full(|it| matches!(it, Channel::Room(_))))
            }
            Channel::RoomState(room) => {
                (speaker.may_enter(room), is_full(|it| matches!(it, Channel::RoomState(_))))
            }
            Channel::User(user) => (user == speaker.user.as_str(), false),
        };
        if !is_theirs {
            return Err(Refusal::PermissionDenied);
        }
        if self.member.place_in(name).is_some() {
            return Err(Refusal::AlreadySubscribed);
        }
        if is_full { Err(Refusal::LimitExceeded) } else { Ok(()) }
    }

    async fn follow_stream(
        &self,
        speaker: &Speaker,
        id: u32,
        (channel, room, recover): (&str, &str, Option<&Recover<'_>>),
    ) {
        let Some(source) = self.worker.service.hub.source() else {
            return self.refuse(id, Refusal::Internal);
        };
        let subscription =
            self.worker.follow_stream(&self.member, &speaker.user, channel, Form::Frames);
        let since =
            recover.map(|it| Since { epoch: it.epoch.clone().into_owned(), offset: it.offset });
        let is_recovering = since.is_some();
        let answer = tokio::time::timeout(ANSWER_WITHIN, source.follow(room, since)).await;
        match answer.unwrap_or(Err(FollowError::Unavailable)) {
            Ok(standing) => {
                self.say_standing(id, channel, (&standing, is_recovering));
                if subscription.begin(&standing) == Delivered::Gap {
                    self.worker.lost(&subscription);
                }
            }
            Err(error) => {
                // Nobody left: they could not be let in.
                self.worker.unfollow(&self.member, &subscription, Leaving::Lost);
                self.refuse(id, refusal(error));
            }
        }
    }

    fn say_standing(&self, id: u32, channel: &str, (standing, is_recovering): (&Standing, bool)) {
        let missed = standing.missed.as_deref().filter(|_| is_recovering);
        let data: Vec<Data> =
            missed.unwrap_or_default().iter().map(|it| line::readable(channel, &it.data)).collect();
        let offsets = missed.unwrap_or_default().iter().map(|it| it.offset);
        let published: Vec<Published<'_>> =
            offsets.zip(&data).map(|(offset, data)| Published::new(offset, data)).collect();
        let missed = match missed {
            Some(_) => Missed::All(&published),
            None if is_recovering => Missed::Unknown,
            None => Missed::NotAsked,
        };
        let how = Followed::Stream { epoch: &standing.epoch, offset: standing.offset, missed };
        self.reply(|frame| frame.subscribed(id, &how));
    }
}

fn refusal(error: FollowError) -> Refusal {
    match error {
        FollowError::Unavailable => Refusal::Internal,
        FollowError::UnknownRoom => Refusal::UnknownChannel,
    }
}
