//! The log: the ordered, durable record of everything that changes state.

pub mod draft;

pub use draft::Draft;
