//! A program that runs beside us: started, listened to, and ended.

use std::{
    fmt, io,
    process::{Command, ExitStatus, Stdio},
    thread,
    time::Duration,
};

use tokio::{
    io::BufReader,
    process::{ChildStdin, ChildStdout},
    time::sleep,
};

use super::last_words::LastWords;
use crate::stall::{Progress, Watched};

/// How long a program may take to end once it was told to, or has closed its output.
const GRACE: Duration = Duration::from_millis(500);

/// How often a program that should end is looked at.
const GLANCE: Duration = Duration::from_millis(5);

/// A program with pipes to it. Dropped, it is told to end, and is killed if it does not.
pub(super) struct Child {
    running: Running,
    /// What it reads. Taken while a message is written.
    pub(super) input: Option<Watched<ChildStdin>>,
    /// What it writes.
    pub(super) output: BufReader<Watched<ChildStdout>>,
    words: LastWords,
    /// When bytes last moved to or from it.
    pub(super) progress: Progress,
}

/// How a program ended.
#[derive(Debug)]
pub(super) struct Ending {
    /// Its exit status, unless it had to be killed.
    pub(super) status: Option<ExitStatus>,
    /// The last lines of its standard error.
    pub(super) words: String,
}

impl Child {
    /// Has the shell start a command line.
    pub(super) fn start(command_line: &str) -> io::Result<Self> {
        let mut child = shell(command_line)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let running = Running(Some(child));
        let (Some(input), Some(output), Some(errors)) = pipes else {
            return Err(io::Error::other("the program has no pipes"));
        };
        let progress = Progress::new();
        let input = Watched { stream: ChildStdin::from_std(input)?, progress: progress.clone() };
        let output = Watched { stream: ChildStdout::from_std(output)?, progress: progress.clone() };
        let words = LastWords::listen(errors)?;
        let output = BufReader::new(output);
        Ok(Self { running, input: Some(input), output, words, progress })
    }

    /// Whether it still runs.
    pub(super) fn is_alive(&mut self) -> bool {
        self.running.status().is_none()
    }

    /// Waits a moment for it to end by itself, and tells how it did.
    pub(super) async fn end(mut self) -> Ending {
        self.input = None;
        let status = self.running.wait(GRACE).await;
        Ending { status, words: self.words.take(GRACE).await }
    }
}

/// A command line, as the shell of this system reads it.
#[cfg(not(windows))]
pub(super) fn shell(command_line: &str) -> Command {
    let mut command = Command::new("sh");
    command.arg("-c").arg(command_line);
    command
}

/// A command line, as the shell of this system reads it.
#[cfg(windows)]
pub(super) fn shell(command_line: &str) -> Command {
    use std::os::windows::process::CommandExt as _;

    let mut command = Command::new("cmd");
    command.raw_arg(format!("/S /C \"{command_line}\""));
    command
}

/// A program that ends when it is no longer wanted.
pub(super) struct Running(Option<std::process::Child>);

impl Running {
    /// A program that was started.
    pub(super) const fn new(child: std::process::Child) -> Self {
        Self(Some(child))
    }

    /// Its exit status, if it has ended.
    pub(super) fn status(&mut self) -> Option<ExitStatus> {
        self.0.as_mut().and_then(|child| child.try_wait().ok().flatten())
    }

    /// Waits for it to end.
    pub(super) async fn wait(&mut self, limit: Duration) -> Option<ExitStatus> {
        let mut waited = Duration::ZERO;
        loop {
            let status = self.status();
            if status.is_some() || waited >= limit {
                return status;
            }
            sleep(GLANCE).await;
            waited += GLANCE;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let Some(mut child) = self.0.take() else { return };
        if !matches!(child.try_wait(), Ok(None)) {
            return;
        }
        ask_to_end(&mut child);
        // Nobody waits for this thread. Should there be none, the program was told to end at least.
        let reaper = thread::Builder::new().name("outcrop-reaper".to_owned());
        let _ = reaper.spawn(move || reap(child));
    }
}

/// Waits for a program that was told to end, and kills it if it does not.
fn reap(mut child: std::process::Child) {
    let mut waited = Duration::ZERO;
    while waited < GRACE {
        if !matches!(child.try_wait(), Ok(None)) {
            return;
        }
        thread::sleep(GLANCE);
        waited += GLANCE;
    }
    // Both fail only for a program that has ended.
    let _ = child.kill();
    let _ = child.wait();
}

/// Tells a program to end; one that asks for a password can first make the terminal show letters
/// again.
#[cfg(unix)]
fn ask_to_end(child: &mut std::process::Child) {
    let pid = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw);
    if let Some(pid) = pid {
        // It fails only for a program that has ended.
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
    }
}

/// Tells a program to end.
#[cfg(not(unix))]
fn ask_to_end(child: &mut std::process::Child) {
    // It fails only for a program that has ended.
    let _ = child.kill();
}

impl Ending {
    /// How it ended, for people.
    pub(super) fn how(&self) -> String {
        match self.status {
            Some(status) => format!("it ended ({status})"),
            None => "it closed its output".to_owned(),
        }
    }
}

impl fmt::Debug for Child {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Child").finish_non_exhaustive()
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;
    use std::{path::Path, time::Instant};
    use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _};

    async fn line(child: &mut Child) -> String {
        let mut line = String::new();
        child.output.read_line(&mut line).await.unwrap();
        line.trim().to_owned()
    }

    /// Waits until the process is gone from the system, reaped and all.
    fn gone(pid: &str) -> bool {
        let started = Instant::now();
        while Path::new("/proc").join(pid).exists() {
            if started.elapsed() > 10 * GRACE {
                return false;
            }
            thread::sleep(GLANCE);
        }
        true
    }

    #[tokio::test]
    async fn it_is_written_to_and_read_from() {
        let mut child = Child::start("cat; echo done >&2; exit 7").unwrap();
        let mut input = child.input.take().unwrap();
        input.write_all(b"hello").await.unwrap();
        drop(input);
        let mut said = String::new();
        child.output.read_to_string(&mut said).await.unwrap();
        assert_eq!(said, "hello");
        let ending = child.end().await;
        assert_eq!(ending.status.and_then(|status| status.code()), Some(7));
        assert_eq!(ending.words, "done");
        assert_eq!(ending.how(), "it ended (exit status: 7)");
    }

    #[tokio::test]
    #[cfg(target_os = "linux")]
    async fn dropped_it_is_ended_and_reaped_even_if_it_does_not_want_to() {
        for command in
            ["echo $$; exec sleep 600", "trap '' TERM; echo $$; while :; do sleep 1; done"]
        {
            let mut child = Child::start(command).unwrap();
            let pid = line(&mut child).await;
            assert!(child.is_alive() && Path::new("/proc").join(&pid).exists());
            drop(child);
            assert!(gone(&pid), "{command}");
        }
    }

    #[tokio::test]
    #[cfg(target_os = "linux")]
    async fn one_that_does_not_end_is_not_waited_for() {
        let mut child = Child::start("echo $$; exec >&- sleep 600").unwrap();
        let pid = line(&mut child).await;
        let ending = child.end().await;
        assert!(ending.status.is_none(), "{ending:?}");
        assert_eq!(ending.how(), "it closed its output");
        assert!(gone(&pid));
    }
}
