//! The names of channels.

/// What a channel's name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel<'a> {
    /// `room:{id}`: publications with offsets.
    Room(&'a str),
    /// `room:{id}:state`: the latest of each kind.
    RoomState(&'a str),
    /// `user:{id}`: the latest of each kind, for this user alone.
    User(&'a str),
}

impl<'a> Channel<'a> {
    /// Reads a name; `None` where there is no such channel.
    #[must_use]
    pub fn parse(name: &'a str) -> Option<Self> {
        let named =
            |id: &'a str, channel: fn(&'a str) -> Self| (!id.is_empty()).then(|| channel(id));
        if let Some(user) = name.strip_prefix("user:") {
            return named(user, Self::User);
        }
        let room = name.strip_prefix("room:")?;
        match room.strip_suffix(":state") {
            Some(room) => named(room, Self::RoomState),
            None => named(room, Self::Room),
        }
    }
}

#[cfg(test)]
mod tests;
