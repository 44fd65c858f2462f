//! Opens an actor's mailbox at its final capacity and sends to it in order.
//!
//! `Addr::send` hides a full mailbox: the message then waits inside the future and is enqueued whenever that
//! is polled, which loses the order. The sender below it enqueues at the call or says `Full`. And an
//! actor started the usual way has a mailbox of 16 until its thread has run the start; readers may
//! come earlier.
//!
//! Not here: the bounds. They are permits, taken before a message exists.

use actix::Actor;
use actix::dev::channel::{AddressSender, channel};
use actix::prelude::*;

/// Starts an actor on `arbiter` behind a mailbox of `capacity` messages.
///
/// The sender is the caller's own: it must not be cloned where order counts.
pub(crate) fn open<A>(
    arbiter: &ArbiterHandle,
    capacity: usize,
    actor: impl FnOnce(&mut Context<A>) -> A + Send + 'static,
) -> AddressSender<A>
where
    A: Actor<Context = Context<A>>,
{
    let (sender, receiver) = channel::<A>(capacity);
    // False only where the arbiter has stopped: the receiver is dropped and senders see `Closed`.
    let _alive = arbiter.spawn_fn(move || {
        let mut context = Context::with_receiver(receiver);
        let actor = actor(&mut context);
        actix_rt::spawn(context.into_future(actor));
    });
    sender
}
