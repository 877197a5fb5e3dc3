//! Programs that are run: each in a group of its own, which ends with it.

use std::io;
use std::process::{ExitStatus, Stdio};

use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, BufReader};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};

/// Bytes of what a program says that are told. The rest is passed over.
const TOLD: u64 = 16 * 1024;

/// A program that runs. Dropped before its end, it is killed, and with it what it has started.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
}

/// What connects us with a program.
#[derive(Debug)]
pub(crate) struct Pipes {
    pub(crate) input: ChildStdin,
    pub(crate) output: ChildStdout,
    pub(crate) errors: ChildStderr,
}

impl Process {
    /// Starts a program, with a pipe to each of its three streams.
    pub(crate) fn start(command: &mut Command) -> io::Result<(Self, Pipes)> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.kill_on_drop(true);
        // What a terminal tells us, as by Ctrl-C, is not for it: it may come to its end.
        #[cfg(unix)]
        command.process_group(0);
        let mut child = command.spawn()?;
        let pipes = child.stdin.take().zip(child.stdout.take()).zip(child.stderr.take());
        let ((input, output), errors) = pipes.ok_or(io::ErrorKind::BrokenPipe)?;
        Ok((Self { child }, Pipes { input, output, errors }))
    }

    /// Waits for its end.
    pub(crate) async fn wait(&mut self) -> io::Result<ExitStatus> {
        self.child.wait().await
    }
}

#[cfg(unix)]
impl Drop for Process {
    fn drop(&mut self) {
        use rustix::process::{Pid, Signal, kill_process_group};
        // Once it was waited for, its number may be another's.
        let id = self.child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
        if let Some(id) = id {
            // It may have ended by itself.
            let _ = kill_process_group(id, Signal::KILL);
        }
    }
}

/// Tells the first lines that a program says, as they come, and takes the rest too: it must not wait
/// for someone to read it.
pub(crate) async fn first_lines(mut stream: impl AsyncRead + Unpin, tell: impl Fn(&str)) {
    let mut start = BufReader::new((&mut stream).take(TOLD));
    let mut line = Vec::new();
    while matches!(start.read_until(b'\n', &mut line).await, Ok(1..)) {
        let words = String::from_utf8_lossy(&line);
        if !words.trim().is_empty() {
            tell(words.trim_end());
        }
        line.clear();
    }
    let mut rest = [0; 1024];
    while matches!(stream.read(&mut rest).await, Ok(1..)) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    #[tokio::test]
    async fn the_first_lines_are_told_and_all_is_taken() {
        let text = format!("one\n\n two \r\n{}\n{}", "x".repeat(20_000), "y".repeat(20_000));
        let mut stream = text.as_bytes();
        let told = RefCell::new(Vec::new());
        first_lines(&mut stream, |line| told.borrow_mut().push(line.to_owned())).await;
        let told = told.into_inner();
        assert_eq!((&*told[0], &*told[1], told.len()), ("one", " two", 3));
        assert!(told[2].len() < 17_000 && stream.is_empty());
    }
}
