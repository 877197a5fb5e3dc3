//! Being asked to end.

use std::io;

use tokio::signal;

/// Comes each time the user presses Ctrl-C, or the system asks the program to end. Caught from the
/// moment that it is made.
#[cfg(unix)]
pub(crate) struct Interruption {
    interrupt: signal::unix::Signal,
    terminate: signal::unix::Signal,
}

#[cfg(unix)]
impl Interruption {
    pub(crate) fn catch() -> io::Result<Self> {
        use signal::unix::{SignalKind, signal};
        let interrupt = signal(SignalKind::interrupt())?;
        Ok(Self { interrupt, terminate: signal(SignalKind::terminate())? })
    }

    pub(crate) async fn come(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Comes each time the user presses Ctrl-C.
#[cfg(not(unix))]
pub(crate) struct Interruption;

#[cfg(not(unix))]
impl Interruption {
    #[expect(clippy::unnecessary_wraps, reason = "other systems may fail")]
    pub(crate) fn catch() -> io::Result<Self> {
        Ok(Self)
    }

    pub(crate) async fn come(&mut self) {
        // Without a way to hear of Ctrl-C, the system's own way to end a program is left.
        if signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Comes each time the program is asked to read its files anew. Caught from the moment that it is
/// made: otherwise the signal would end us.
#[cfg(unix)]
pub(crate) struct Hangup(signal::unix::Signal);

#[cfg(unix)]
impl Hangup {
    pub(crate) fn catch() -> io::Result<Self> {
        signal::unix::signal(signal::unix::SignalKind::hangup()).map(Self)
    }

    pub(crate) async fn come(&mut self) {
        self.0.recv().await;
    }
}

/// Never comes: other systems have no such signal.
#[cfg(not(unix))]
pub(crate) struct Hangup;

#[cfg(not(unix))]
impl Hangup {
    #[expect(clippy::unnecessary_wraps, reason = "other systems may fail")]
    pub(crate) fn catch() -> io::Result<Self> {
        Ok(Self)
    }

    pub(crate) async fn come(&mut self) {
        std::future::pending().await
    }
}
