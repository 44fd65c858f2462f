//! Rooms as readers reach them: permits, questions, and who watches.
//!
//! **Invariant:** at most [`READS_IN_FLIGHT`] questions wait at the actor: the permit travels with the message. Whoever finds none
//! waits for one, in turn.
//!
//! Not here: what rooms say by themselves (see [`super::RoomListener`]).

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use actix::prelude::*;
use engine::Sequence;
use engine::rooms::{Announcer, LiveRoom, LiveRooms};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::RoomsActor;

/// Questions that may wait: each is answered within microseconds, and each holds one answer.
pub(super) const READS_IN_FLIGHT: usize = 64;

/// A question about one room, answered on the rooms' thread: it must be short.
pub type ReadRoom<R> = Box<dyn FnOnce(Option<&LiveRoom>) -> R + Send>;

/// A question about all rooms.
#[derive(Message)]
#[rtype(result = "()")]
struct Look {
    look: Box<dyn FnOnce(&LiveRooms) + Send>,
    _permit: OwnedSemaphorePermit,
}

/// Somebody looks at a room: everything is announced once more.
#[derive(Message)]
#[rtype(result = "()")]
struct Watch {
    room: Box<str>,
    _permit: OwnedSemaphorePermit,
}

/// Nobody looks at a room any more.
#[derive(Message)]
#[rtype(result = "()")]
struct Unwatch {
    room: Box<str>,
    _permit: OwnedSemaphorePermit,
}

/// The way to the rooms; cheap to clone.
#[derive(Clone)]
pub struct RoomsReader {
    address: Addr<RoomsActor>,
    permits: Arc<Semaphore>,
    taken_in: watch::Receiver<Sequence>,
    passed_on: watch::Receiver<Sequence>,
    told: Arc<AtomicU64>,
}

impl std::fmt::Debug for RoomsReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RoomsReader")
    }
}

impl RoomsReader {
    pub(crate) fn new(
        address: Addr<RoomsActor>,
        taken_in: watch::Receiver<Sequence>,
        passed_on: watch::Receiver<Sequence>,
    ) -> Self {
        let (permits, told) = (Arc::new(Semaphore::new(READS_IN_FLIGHT)), Arc::default());
        Self { address, permits, taken_in, passed_on, told }
    }

    /// Where it is kept up to which record rooms were told what concerns them.
    pub(crate) fn told(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.told)
    }

    /// What `read` makes of the room called `name`, between two commits; `None` where the node is stopping.
    pub async fn room<R: Send + 'static>(&self, name: &str, read: ReadRoom<R>) -> Option<R> {
        let name: Box<str> = name.into();
        self.all(move |rooms| read(rooms.get(&name))).await
    }

    /// What `read` makes of all rooms, between two commits; `None` where the node is stopping.
    pub async fn all<R: Send + 'static>(
        &self,
        read: impl FnOnce(&LiveRooms) -> R + Send + 'static,
    ) -> Option<R> {
        let permit = Arc::clone(&self.permits).acquire_owned().await.ok()?;
        let (tell, told) = tokio::sync::oneshot::channel();
        // Whoever asked may have gone away meanwhile.
        let look = Box::new(move |rooms: &LiveRooms| drop(tell.send(read(rooms))));
        self.address.send(Look { look, _permit: permit }).await.ok()?;
        told.await.ok()
    }

    /// Waits until rooms have taken in the record at `position`, which must be one that says something to them.
    pub async fn reached(&self, position: Sequence) {
        wait_for(self.taken_in.clone(), position).await;
    }

    /// Waits until rooms have taken in all that records up to `position` say to them, whether that one does or not.
    pub async fn caught_up(&self, position: Sequence) {
        wait_for(self.passed_on.clone(), position).await;
        self.reached(Sequence(self.told.load(Ordering::Acquire))).await;
    }

    /// Has numbers and feed of a room announced from now on, the present ones at once.
    pub async fn watch(&self, room: &str) {
        let Ok(permit) = Arc::clone(&self.permits).acquire_owned().await else { return };
        // Nobody is left to be told where the actor is gone.
        let _ = self.address.send(Watch { room: room.into(), _permit: permit }).await;
    }

    /// Ends that.
    pub async fn unwatch(&self, room: &str) {
        let Ok(permit) = Arc::clone(&self.permits).acquire_owned().await else { return };
        let _ = self.address.send(Unwatch { room: room.into(), _permit: permit }).await;
    }
}

/// Where the other side is gone nothing more comes; whoever waits has a deadline.
async fn wait_for(mut through: watch::Receiver<Sequence>, position: Sequence) {
    if through.wait_for(|through| position <= *through).await.is_err() {
        std::future::pending::<()>().await;
    }
}

impl Handler<Look> for RoomsActor {
    type Result = ();

    fn handle(&mut self, Look { look, .. }: Look, _: &mut Self::Context) {
        look(&self.rooms);
    }
}

impl Handler<Watch> for RoomsActor {
    type Result = ();

    fn handle(&mut self, Watch { room, .. }: Watch, _: &mut Self::Context) {
        self.watched.insert(room.clone(), Announcer::default());
        self.announce(std::iter::once(&room));
    }
}

impl Handler<Unwatch> for RoomsActor {
    type Result = ();

    fn handle(&mut self, Unwatch { room, .. }: Unwatch, _: &mut Self::Context) {
        // Somebody may have come since whoever was last went, and their message may have been the first to arrive.
        if !self.listener.is_watched(&room) {
            self.watched.remove(&room);
        }
    }
}
