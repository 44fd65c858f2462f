//! The actors: thin owners of state; a handler turns one message into one engine call and one reply.
