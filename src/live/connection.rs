//! One connection as its worker sees it: where bytes go out, and how it ends.
//!
//! Whatever is to be sent is written at once where the system takes it, from whoever sends: a delivery to ten thousand wakes
//! nobody. Only what the system does not take waits in the [`Queue`], and then the connection's own task sends it on.
//!
//! **Invariant:** bytes go out in the order in which they were given, whole frames or the connection ends.
//!
//! Not here: what is sent (see `delivery`, `session`), reading (see `input`).

use std::cell::{Cell, RefCell};
use std::io;
use std::net::Shutdown;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use actix_web::rt::net::TcpStream;
use actix_web::web::Bytes;

use super::frame;
use super::protocol::Close;
use super::queue::Queue;

/// Why a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// It is closed from here, with this code.
    Closed(Close),
    /// What came is no WebSocket frame, or one of a kind that is not taken; the code of RFC 6455.
    Broken(u16),
    /// The client closed it.
    Left,
    /// It is gone.
    Lost,
}

impl End {
    /// What metrics call it.
    pub(super) fn code(self) -> u16 {
        match self {
            Self::Closed(close) => close.code(),
            Self::Broken(code) => code,
            Self::Left => 1000,
            Self::Lost => 1006,
        }
    }

    fn last_frame(self) -> Option<Bytes> {
        match self {
            Self::Closed(close) => Some(frame::close(close)),
            Self::Broken(code) => Some(frame::close_with(code)),
            Self::Left => Some(frame::close_with(1000)),
            Self::Lost => None,
        }
    }
}

/// What carries the bytes.
pub(super) enum Wire {
    /// A WebSocket.
    Socket(TcpStream),
    /// The body of an answer: it takes from the queue by itself.
    Body,
}

/// One connection.
pub(super) struct Connection {
    /// Its number on its worker.
    pub number: u64,
    wire: Wire,
    queue: RefCell<Queue>,
    /// Whether the system took less than it was given.
    is_blocked: Cell<bool>,
    end: Cell<Option<End>>,
    waker: RefCell<Option<Waker>>,
}

impl Connection {
    /// A connection over `wire` with room for `bound` bytes.
    pub(super) fn new(number: u64, wire: Wire, bound: usize) -> Rc<Self> {
        Rc::new(Self {
            number,
            wire,
            queue: RefCell::new(Queue::new(bound)),
            is_blocked: Cell::new(false),
            end: Cell::new(None),
            waker: RefCell::default(),
        })
    }

    /// What carries its bytes.
    pub(super) fn wire(&self) -> &Wire {
        &self.wire
    }

    /// The socket, where there is one.
    pub(super) fn socket(&self) -> Option<&TcpStream> {
        match &self.wire {
            Wire::Socket(socket) => Some(socket),
            Wire::Body => None,
        }
    }

    /// Sends what may not be left out.
    pub(super) fn send(&self, bytes: Bytes) {
        if self.end.get().is_some() {
            return;
        }
        let taken = self.queue.borrow_mut().push(bytes);
        if taken.is_err() {
            self.end(End::Closed(Close::Slow));
        } else {
            self.write_or_wake();
        }
    }

    /// Sends the newest of a kind of a state channel.
    pub(super) fn send_state(&self, channel: &Arc<str>, kind: &'static str, bytes: Bytes) {
        if self.end.get().is_some() {
            return;
        }
        let taken = self.queue.borrow_mut().push_state(channel, kind, bytes);
        if taken.is_err() {
            self.end(End::Closed(Close::Slow));
        } else {
            self.write_or_wake();
        }
    }

    /// The connection is to end; the first reason counts.
    pub(super) fn end(&self, why: End) {
        if self.end.get().is_some() {
            return;
        }
        self.end.set(Some(why));
        self.wake();
    }

    /// Why it is to end, where it is.
    pub(super) fn ended(&self) -> Option<End> {
        self.end.get()
    }

    /// Forgets what waits.
    pub(super) fn forget(&self) {
        while self.queue.borrow_mut().pop().is_some() {}
    }

    /// Keeps who is to be woken.
    pub(super) fn register(&self, context: &Context<'_>) {
        let mut waker = self.waker.borrow_mut();
        if !waker.as_ref().is_some_and(|known| known.will_wake(context.waker())) {
            *waker = Some(context.waker().clone());
        }
    }

    /// The oldest of what waits, for an answer's body.
    pub(super) fn poll_take(&self, context: &Context<'_>) -> Poll<Option<Bytes>> {
        self.register(context);
        match self.queue.borrow_mut().pop() {
            Some(bytes) => Poll::Ready(Some(bytes)),
            None if self.end.get().is_some() => Poll::Ready(None),
            None => Poll::Pending,
        }
    }

    /// Sends on what waits, until the connection is to end.
    pub(super) fn poll_writing(&self, context: &mut Context<'_>) -> Poll<End> {
        self.register(context);
        loop {
            if let Some(why) = self.end.get() {
                return Poll::Ready(why);
            }
            if !self.is_blocked.get() {
                return Poll::Pending;
            }
            if self.poll_unblocked(context).is_pending() {
                return Poll::Pending;
            }
            self.write();
        }
    }

    /// Sends the last frame behind what has begun to go out, and then nothing more.
    pub(super) fn say_goodbye(&self, why: End) {
        if let Some(last) = why.last_frame() {
            // Whoever reads slowly is not kept waiting for what made them slow.
            let mut queue = self.queue.borrow_mut();
            let is_slow = why == End::Closed(Close::Slow);
            if is_slow || queue.push(last.clone()).is_err() {
                queue.end_with(last);
            }
            drop(queue);
            self.write();
        }
    }

    /// Sends on what waits until all is out, and says that nothing more comes.
    pub(super) fn poll_closing(&self, context: &mut Context<'_>) -> Poll<()> {
        while !self.queue.borrow().is_empty() {
            if self.is_blocked.get() && self.poll_unblocked(context).is_pending() {
                return Poll::Pending;
            }
            self.write();
            if self.end.get() == Some(End::Lost) {
                return Poll::Ready(());
            }
        }
        if let Some(socket) = self.socket() {
            let _ = socket2::SockRef::from(socket).shutdown(Shutdown::Write);
        }
        Poll::Ready(())
    }

    fn poll_unblocked(&self, context: &mut Context<'_>) -> Poll<()> {
        let Some(socket) = self.socket() else { return Poll::Pending };
        match socket.poll_write_ready(context) {
            Poll::Ready(Ok(())) => {
                self.is_blocked.set(false);
                Poll::Ready(())
            }
            Poll::Ready(Err(_)) => {
                self.is_blocked.set(false);
                self.end.set(Some(End::Lost));
                Poll::Ready(())
            }
            Poll::Pending => Poll::Pending,
        }
    }

    fn write_or_wake(&self) {
        match self.wire {
            Wire::Body => self.wake(),
            Wire::Socket(_) if self.is_blocked.get() => {}
            Wire::Socket(_) => self.write(),
        }
    }

    /// Writes until nothing waits or the system takes no more.
    fn write(&self) {
        let Some(socket) = self.socket() else { return };
        let mut queue = self.queue.borrow_mut();
        while !queue.is_empty() && !self.is_blocked.get() {
            match queue.write_with(|parts| write_parts(socket, parts)) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.is_blocked.set(true);
                    self.wake();
                }
                Err(_) => {
                    // What is gone is not written to again.
                    self.end.set(Some(End::Lost));
                    self.wake();
                    return;
                }
            }
        }
    }

    fn wake(&self) {
        if let Some(waker) = &*self.waker.borrow() {
            waker.wake_by_ref();
        }
    }
}

fn write_parts(socket: &TcpStream, parts: &[io::IoSlice<'_>]) -> io::Result<usize> {
    match parts {
        [one] => socket.try_write(one),
        many => socket.try_write_vectored(many),
    }
}
