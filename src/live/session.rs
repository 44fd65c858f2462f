//! The conversation with one client: its commands in order, an answer to each.
//!
//! **Invariant:** the first command is connect, and there is one; anything else closes the connection with 3501.
//!
//! **Invariant:** an answer goes out before anything that it lets in: publications of a channel come behind the answer that
//! says where it stands.
//!
//! Not here: how bytes come in and go out (see `input`, `connection`).

use std::cell::OnceCell;
use std::future::poll_fn;
use std::hash::{BuildHasher, RandomState};
use std::pin::pin;
use std::rc::Rc;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use actix_web::rt::{self, net::TcpStream};
use actix_web::web::BytesMut;

use super::connection::{Connection, End, Wire};
use super::frame;
use super::input::Input;
use super::member::Member;
use super::pace::Paced;
use super::ports::Speaker;
use super::protocol::{Close, Command, Frame, Limits, Refusal, Request, commands};
use super::worker::{Crowded, Worker};

mod answers;
mod follow;

/// How long a closed connection is kept for its last bytes to arrive.
const LINGER: Duration = Duration::from_secs(10);
/// The longest name of a channel.
const CHANNEL_BYTES: usize = 300;
/// The most commands of a frame: a connect, and a subscription to all channels of all rooms.
const FRAME_COMMANDS: usize = 64;

/// Serves a WebSocket whose handshake is done; `rest` came behind it.
///
/// # Errors
/// [`Crowded`] where there is no room for it.
pub fn accept(
    worker: &Rc<Worker>,
    socket: TcpStream,
    rest: BytesMut,
    network: u32,
) -> Result<(), Crowded> {
    let config = &worker.service.config;
    // A frame never waits for the receipt of the one before it.
    let _ = socket.set_nodelay(true);
    // Kernels that refuse keep their own bound; ours is what the queue holds.
    let _ = socket2::SockRef::from(&socket).set_send_buffer_size(config.send_buffer_bytes);
    let bound = config.queue_bytes;
    let member = worker.enter(|number| Connection::new(number, Wire::Socket(socket), bound))?;
    let input = Input::new(rest, config.max_frame_bytes);
    let session = Session {
        worker: Rc::clone(worker),
        member,
        network,
        name: new_name(),
        speaker: OnceCell::new(),
    };
    rt::spawn(session.run(input));
    Ok(())
}

/// One client's conversation.
struct Session {
    worker: Rc<Worker>,
    member: Rc<Member>,
    network: u32,
    name: Box<str>,
    speaker: OnceCell<Speaker>,
}

impl Session {
    async fn run(self, mut input: Input) {
        let connection = Rc::clone(&self.member.connection);
        let why = {
            let conversation = pin!(self.converse(&mut input));
            let writing = poll_fn(|context| connection.poll_writing(context));
            tokio::select! {
                biased;
                why = writing => why,
                why = conversation => why,
            }
        };
        connection.end(why);
        self.worker.exit(&self.member, why);
        if why == End::Lost {
            return;
        }
        connection.say_goodbye(why);
        let last = async {
            poll_fn(|context| connection.poll_closing(context)).await;
            if let Some(socket) = connection.socket() {
                // A socket that is dropped with something unread takes back what was sent.
                input.drain(socket).await;
            }
        };
        let _ = tokio::time::timeout(LINGER, last).await;
    }

    async fn converse(&self, input: &mut Input) -> End {
        loop {
            let told = match input.next(&self.member.connection).await {
                Ok(text) => self.take(&text).await,
                Err(end) => return end,
            };
            if let Err(close) = told {
                return End::Closed(close);
            }
        }
    }

    /// Does what a message asks for.
    async fn take(&self, text: &str) -> Result<(), Close> {
        let config = &self.worker.service.config;
        let limits = Limits {
            frame_bytes: config.max_frame_bytes,
            commands: FRAME_COMMANDS,
            channel_bytes: CHANNEL_BYTES,
            data_bytes: config.max_data_bytes,
        };
        let commands = commands(text, &limits).map_err(|error| {
            tracing::debug!(%error, "a client sent what is no frame");
            Close::BadRequest
        })?;
        for command in commands {
            self.answer(command).await?;
        }
        Ok(())
    }

    async fn answer(&self, Command { id, request }: Command<'_>) -> Result<(), Close> {
        if matches!(request, Request::Pong) {
            self.member.ponged();
            return Ok(());
        }
        match self.member.pace.borrow_mut().step(self.worker.now_ms()) {
            Paced::Kept => {}
            Paced::TooFast => {
                self.refuse(id, Refusal::TooManyRequests);
                return Ok(());
            }
            Paced::Regardless => return Err(Close::TooManyErrors),
        }
        let Some(speaker) = self.speaker.get() else {
            return match request {
                Request::Connect(connect) => self.connect(id, &connect),
                _ => Err(Close::BadRequest),
            };
        };
        self.answer_to(speaker, Command { id, request }).await
    }

    fn refuse(&self, id: u32, why: Refusal) {
        // What asks for no answer gets none.
        if 0 < id {
            self.reply(|frame| frame.refused(id, why));
        }
    }

    fn reply(&self, write: impl FnOnce(&mut Frame)) {
        let mut lines = Frame::default();
        write(&mut lines);
        let bytes = frame::text([lines.as_str().as_bytes()].into_iter());
        self.member.connection.send(bytes);
    }
}

/// A name that no other connection has; nobody can foresee it.
fn new_name() -> Box<str> {
    static SEED: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("c-{:016x}", SEED.hash_one(NEXT.fetch_add(1, Ordering::Relaxed))).into()
}

#[cfg(test)]
mod tests;
