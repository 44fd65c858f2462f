//! One connection's place in one channel.
//!
//! **Invariant:** a client sees the publications of a stream channel in order, each once, none left out. Where one is
//! missing on the way to it the subscription ends, and the client subscribes again from where it stands.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use actix_web::web::Bytes;

use super::connection::Connection;
use super::delivery::{Batch, Form};
use super::inbox::Publication;
use super::source::Standing;

/// One connection's place in one channel.
pub(super) struct Subscription {
    /// Where to.
    pub connection: Rc<Connection>,
    /// From where.
    pub channel: Arc<str>,
    /// In which form.
    pub form: Form,
    place: RefCell<Place>,
}

enum Place {
    /// No offsets: whatever comes is the latest.
    State,
    /// It is being asked where the channel stands: what comes meanwhile is held back.
    Asking(Vec<Arc<Publication>>),
    /// The next publication is this one.
    At { epoch: Arc<str>, next: u64 },
    /// Nothing is delivered any more.
    Ended,
}

/// What became of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(super) enum Delivered {
    /// It is on its way, was there before, or waits.
    Fine,
    /// Something before it is missing.
    Gap,
}

impl Subscription {
    /// A place in a state channel.
    pub(super) fn to_state(connection: Rc<Connection>, channel: Arc<str>, form: Form) -> Rc<Self> {
        Rc::new(Self { connection, channel, form, place: RefCell::new(Place::State) })
    }

    /// A place in a stream channel of which it is still to be asked where it stands.
    pub(super) fn to_stream(connection: Rc<Connection>, channel: Arc<str>, form: Form) -> Rc<Self> {
        let place = RefCell::new(Place::Asking(Vec::new()));
        Rc::new(Self { connection, channel, form, place })
    }

    /// Nothing is delivered any more.
    pub(super) fn end(&self) {
        *self.place.borrow_mut() = Place::Ended;
    }

    /// The channel stands so, and the client knows: what was held back follows.
    pub(super) fn begin(&self, standing: &Standing) -> Delivered {
        let next = standing.offset + 1;
        let place = Place::At { epoch: Arc::clone(&standing.epoch), next };
        let Place::Asking(held) = self.place.replace(place) else {
            // It ended while it was asked.
            self.end();
            return Delivered::Fine;
        };
        for publication in held {
            if self.take(&Batch::of(vec![publication])) == Delivered::Gap {
                return Delivered::Gap;
            }
        }
        Delivered::Fine
    }

    /// Delivers publications that follow each other.
    pub(super) fn take(&self, batch: &Batch) -> Delivered {
        match &mut *self.place.borrow_mut() {
            Place::At { epoch, next } if **epoch == *batch.epoch() => {
                if batch.last() < *next {
                    return Delivered::Fine;
                }
                if *next < batch.first() {
                    return Delivered::Gap;
                }
                self.connection.send(batch.bytes(self.form, *next));
                *next = batch.last() + 1;
                Delivered::Fine
            }
            Place::At { .. } => Delivered::Gap,
            Place::Asking(held) => {
                held.extend(batch.publications().iter().cloned());
                Delivered::Fine
            }
            Place::State | Place::Ended => Delivered::Fine,
        }
    }

    /// Delivers the latest of a kind, or what happened.
    pub(super) fn tell(&self, kind: Option<&'static str>, bytes: Bytes) {
        if !matches!(*self.place.borrow(), Place::State) {
            return;
        }
        match kind {
            Some(kind) => self.connection.send_state(&self.channel, kind, bytes),
            None => self.connection.send(bytes),
        }
    }
}
