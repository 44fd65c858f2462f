//! What this process has used, and what the machine has to do besides, by Linux's account.

use std::sync::OnceLock;
use std::time::Duration;

use freshet::clock::Stopwatch;

/// Bytes of a page.
const PAGE: u64 = 4_096;

/// Resident memory in bytes; 0 where Linux does not tell it.
#[must_use]
pub fn resident_bytes() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm.split_whitespace().nth(1).and_then(|pages| pages.parse::<u64>().ok());
    pages.unwrap_or(0) * PAGE
}

/// Processor time so far, so that a busy machine does not count; wall time where that is not told.
#[must_use]
pub fn cpu_time() -> Duration {
    static START: OnceLock<Stopwatch> = OnceLock::new();
    let told = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    match told.split_whitespace().next().and_then(|nanos| nanos.parse().ok()) {
        Some(nanos) => Duration::from_nanos(nanos),
        None => START.get_or_init(Stopwatch::start).elapsed(),
    }
}

/// Processor time of all threads of a process so far, to a hundredth of a second; nothing where Linux does not tell it.
#[must_use]
pub fn process_time(process: u32) -> Duration {
    let told = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // Behind the name, which may hold anything: state, then ten numbers, then user and system time.
    let behind = told.rsplit(')').next().unwrap_or_default();
    let ticks = behind.split_whitespace().skip(11).take(2).filter_map(|n| n.parse::<u64>().ok());
    Duration::from_millis(ticks.sum::<u64>() * 10)
}

/// What else the machine has to do: Linux's load averages; empty where it does not tell them.
#[must_use]
pub fn load_average() -> String {
    let told = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    told.split_whitespace().take(3).collect::<Vec<_>>().join(" ")
}
