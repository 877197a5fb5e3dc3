//! A program with pipes to it: written to, read from, and listened to.

use std::{
    fmt, io,
    process::{ExitStatus, Stdio},
};

use tokio::{
    io::BufReader,
    process::{ChildStdin, ChildStdout},
};

use super::{
    home::Home,
    last_words::LastWords,
    running::{GRACE, Reach, Running, shell},
    shell_words::in_place_of_the_shell,
};
use crate::stall::{Progress, Watched};

/// A program with pipes to it. Dropped, it is told to end, and is killed if it does not.
pub(super) struct Child {
    running: Running,
    /// What it reads. Taken while a message is written.
    pub(super) input: Option<Watched<ChildStdin>>,
    /// What it writes.
    pub(super) output: BufReader<Watched<ChildStdout>>,
    words: LastWords,
    home: Home,
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
        let mut command = shell(&in_place_of_the_shell(command_line));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut running = Running::start(&mut command, Reach::Itself)?;
        let (Some(input), Some(output), Some(errors)) = running.pipes() else {
            return Err(io::Error::other("the program has no pipes"));
        };
        let progress = Progress::new();
        let input = Watched { stream: ChildStdin::from_std(input)?, progress: progress.clone() };
        let output = Watched { stream: ChildStdout::from_std(output)?, progress: progress.clone() };
        let words = LastWords::listen(errors)?;
        let output = BufReader::new(output);
        let home = Home::here();
        Ok(Self { running, input: Some(input), output, words, home, progress })
    }

    /// Whether it still runs, and can be talked to from here.
    pub(super) fn is_alive(&mut self) -> bool {
        self.running.status().is_none() && self.home.is_here()
    }

    /// Waits a moment for it to end by itself, and tells how it did.
    pub(super) async fn end(mut self) -> Ending {
        self.input = None;
        let status = self.running.wait(GRACE).await;
        Ending { status, words: self.words.take(GRACE).await }
    }
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
    use std::{
        path::Path,
        thread,
        time::{Duration, Instant},
    };
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
            thread::sleep(Duration::from_millis(5));
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
    async fn it_is_the_program_itself_that_is_ended() {
        let name = format!("{}.25", std::process::id());
        let child = Child::start(&format!("sleep {name}")).unwrap();
        let sleeps = || {
            let found = std::process::Command::new("ps").args(["-eo", "args"]).output().unwrap();
            String::from_utf8(found.stdout).unwrap().contains(&format!("sleep {name}"))
        };
        assert!(sleeps());
        drop(child);
        let started = Instant::now();
        while sleeps() {
            assert!(started.elapsed() < Duration::from_secs(10));
            thread::sleep(Duration::from_millis(20));
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
