//! A program that was started: whether it still runs, and how it is ended.

use std::{
    io,
    process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus},
    thread,
    time::Duration,
};

use tokio::time::sleep;

/// How long a program may take to end once it was told to, or has closed its output.
pub(super) const GRACE: Duration = Duration::from_millis(500);

/// How often a program that should end is looked at.
const GLANCE: Duration = Duration::from_millis(5);

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
#[derive(Debug)]
pub(super) struct Running {
    child: Option<Child>,
    reach: Reach,
}

/// Who is told to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// The program. What it has started notices by itself, when its pipes end. Such a program can
    /// ask for a password on the terminal.
    Itself,
    /// The program and all that it has started, as far as the system knows. They cannot read from
    /// the terminal.
    Group,
}

impl Running {
    /// Starts a program.
    pub(super) fn start(command: &mut Command, reach: Reach) -> io::Result<Self> {
        #[cfg(unix)]
        if reach == Reach::Group {
            std::os::unix::process::CommandExt::process_group(command, 0);
        }
        Ok(Self { child: Some(command.spawn()?), reach })
    }

    /// The pipes that were asked for.
    pub(super) fn pipes(
        &mut self,
    ) -> (Option<ChildStdin>, Option<ChildStdout>, Option<ChildStderr>) {
        match &mut self.child {
            Some(child) => (child.stdin.take(), child.stdout.take(), child.stderr.take()),
            None => (None, None, None),
        }
    }

    /// Its exit status, if it has ended.
    pub(super) fn status(&mut self) -> Option<ExitStatus> {
        self.child.as_mut().and_then(|child| child.try_wait().ok().flatten())
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
        let (Some(mut child), reach) = (self.child.take(), self.reach) else { return };
        if !matches!(child.try_wait(), Ok(None)) {
            return;
        }
        ask_to_end(&mut child, reach);
        // Nobody waits for this thread. Should there be none, the program was told to end at least.
        let reaper = thread::Builder::new().name("outcrop-reaper".to_owned());
        let _ = reaper.spawn(move || reap(child, reach));
    }
}

/// Waits for a program that was told to end, and kills it if it does not.
fn reap(mut child: Child, reach: Reach) {
    let mut waited = Duration::ZERO;
    while waited < GRACE {
        if !matches!(child.try_wait(), Ok(None)) {
            return;
        }
        thread::sleep(GLANCE);
        waited += GLANCE;
    }
    kill(&mut child, reach);
    // It fails only for a program that was waited for.
    let _ = child.wait();
}

/// Tells a program to end; one that asks for a password can first make the terminal show letters
/// again.
#[cfg(unix)]
fn ask_to_end(child: &mut Child, reach: Reach) {
    signal(child, reach, rustix::process::Signal::TERM);
}

/// Ends a program.
#[cfg(unix)]
fn kill(child: &mut Child, reach: Reach) {
    signal(child, reach, rustix::process::Signal::KILL);
}

#[cfg(unix)]
fn signal(child: &Child, reach: Reach, signal: rustix::process::Signal) {
    use rustix::process::{Pid, kill_process, kill_process_group};

    // It has not been waited for, so that the number is still its own.
    if let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        // Either fails only for a program that has ended.
        let _ = match reach {
            Reach::Itself => kill_process(pid, signal),
            Reach::Group => kill_process_group(pid, signal),
        };
    }
}

/// Ends a program: here it cannot be told to.
#[cfg(not(unix))]
fn ask_to_end(child: &mut Child, reach: Reach) {
    kill(child, reach);
}

/// Ends a program.
#[cfg(not(unix))]
fn kill(child: &mut Child, _: Reach) {
    // It fails only for a program that has ended.
    let _ = child.kill();
}
