//! Waiting to be told to stop.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Completes at Ctrl-C or SIGTERM.
pub async fn stopped() {
    listen().await;
}

/// The same, listened for from this call on; it must be made within a runtime.
pub fn listen() -> impl Future<Output = ()> {
    let listened = [SignalKind::interrupt(), SignalKind::terminate()].map(signal);
    async move {
        let [interrupted, terminated] = listened.map(told);
        tokio::select! {
            () = interrupted => {}
            () = terminated => {}
        }
    }
}

async fn told(listened: io::Result<Signal>) {
    match listened {
        Ok(mut signal) => drop(signal.recv().await),
        Err(fault) => {
            tracing::warn!(%fault, "a signal to stop cannot be listened to");
            std::future::pending::<()>().await;
        }
    }
}
