//! Workloads and measuring shared by the benchmarks.
//!
//! Each benchmark is a binary under `src/bin` that answers one question and prints ratios measured in
//! one run. `make bench` runs them all.

pub mod apply;
pub mod event_types;
pub mod feed;
pub mod figures;
pub mod http_client;
pub mod node;
pub mod pipeline;
pub mod process;
pub mod shop;
pub mod sockets;
