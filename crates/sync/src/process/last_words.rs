//! The last lines of a program's standard error, for error messages.

use std::{
    io, process,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{io::AsyncReadExt as _, process::ChildStderr, task::JoinHandle, time::timeout};

/// How many bytes are kept.
const KEPT: usize = 4096;

/// Reads all that a program complains about, so that it never waits for a reader, and keeps the end.
#[derive(Debug)]
pub(super) struct LastWords {
    kept: Arc<Mutex<Vec<u8>>>,
    listener: JoinHandle<()>,
}

impl LastWords {
    /// Begins to read.
    pub(super) fn listen(errors: process::ChildStderr) -> io::Result<Self> {
        let mut errors = ChildStderr::from_std(errors)?;
        let kept = Arc::<Mutex<Vec<u8>>>::default();
        let shared = Arc::clone(&kept);
        let listener = tokio::spawn(async move {
            let mut buffer = [0; KEPT];
            while let Ok(read @ 1..) = errors.read(&mut buffer).await {
                let mut kept = locked(&shared);
                kept.extend_from_slice(buffer.get(..read).unwrap_or_default());
                let surplus = kept.len().saturating_sub(KEPT);
                kept.drain(..surplus);
            }
        });
        Ok(Self { kept, listener })
    }

    /// The last lines, once there are no more to come or enough time has passed: a program that was
    /// left behind may hold the pipe open.
    pub(super) async fn take(mut self, limit: Duration) -> String {
        // What was read before counts, whatever comes of the rest.
        let _ = timeout(limit, &mut self.listener).await;
        let kept = std::mem::take(&mut *locked(&self.kept));
        plain(&kept)
    }
}

impl Drop for LastWords {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

fn locked(kept: &Mutex<Vec<u8>>) -> MutexGuard<'_, Vec<u8>> {
    // Nothing that holds the lock leaves it half-changed.
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Text that a terminal can show, without the first line if its beginning is lost.
fn plain(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let text = match text.split_once('\n') {
        Some((_, whole)) if bytes.len() >= KEPT => whole,
        _ => &text,
    };
    let is_odd = |letter: char| letter.is_control() && letter != '\n';
    let lines = text.lines().map(|line| line.replace(is_odd, " ").trim().to_owned());
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_plain_and_whole() {
        assert_eq!(plain(b"\x1b[31mred\r\n\n  b\x07\n"), "[31mred\nb");
        assert_eq!(plain(b""), "");
        let long = ["x".repeat(KEPT - 4).as_bytes(), b"\nend"].concat();
        assert_eq!(plain(&long), "end");
    }
}
