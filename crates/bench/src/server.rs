//! Both servers, and what they cost.

use std::io::{BufRead as _, BufReader};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use std::{fs, thread};

use crate::kernel;
use crate::measure::Measured;
use crate::stage::{PASSWORD, Stage, USER, lay};

/// How long a server may take to come up.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often it is asked whether it is there.
const GLANCE: Duration = Duration::from_millis(10);
/// How often the memory of its processes is added up.
const WEIGHING: Duration = Duration::from_millis(50);
/// What a server may still do after a client has got its answer.
const REST: Duration = Duration::from_millis(100);

/// A server of a folder of repositories, which ends when this is dropped.
pub(crate) struct Server {
    child: Child,
    address: String,
    folder: PathBuf,
}

impl Server {
    /// `outcrop serve` for a folder of this name.
    pub(crate) fn ours(stage: &Stage, folder: &str) -> Self {
        let folder = made(stage, folder);
        let arguments = ["--json", "serve", "--listen", "127.0.0.1:0"];
        let mut command = stage.outcrop(&arguments);
        kernel::lead_group(&mut command);
        command.arg(&folder).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let said: serde_json::Value = serde_json::from_str(&line).unwrap();
        let url = said["listening"].as_str().unwrap();
        let address = url.trim_start_matches("http://").trim_end_matches('/').to_owned();
        Self { child, address, folder }
    }

    /// `fossil server` for a folder of this name.
    pub(crate) fn stock(stage: &Stage, folder: &str) -> Self {
        let folder = made(stage, folder);
        // It does not say which port it takes. Nobody else is likely to take this one in between.
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let port = free.port().to_string();
        // Without the jail, in which a superuser's server has no /dev.
        let arguments = ["server", "--localhost", "--nojail", "--port", &port];
        let mut command = stage.fossil(&arguments);
        kernel::lead_group(&mut command);
        command.arg(&folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().unwrap();
        let server = Self { child, address: free.to_string(), folder };
        let began = Instant::now();
        while TcpStream::connect(free).is_err() {
            assert!(began.elapsed() < PATIENCE, "fossil server does not come up");
            thread::sleep(GLANCE);
        }
        server
    }

    /// Serves a copy of a repository.
    pub(crate) fn add(&self, repository: &Path, name: &str) {
        lay(repository, &self.file(name));
    }

    /// The file of a repository that is served.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.fossil"))
    }

    /// Where a repository is, for anybody.
    pub(crate) fn url(&self, name: &str) -> String {
        format!("http://{}/{name}", self.address)
    }

    /// Where a repository is, for the user who may do everything.
    pub(crate) fn url_of_user(&self, name: &str) -> String {
        format!("http://{USER}:{PASSWORD}@{}/{name}", self.address)
    }

    fn cpu(&self) -> Duration {
        kernel::of_group(self.child.id())
    }

    /// Measures something, and what the server has to do for it.
    pub(crate) fn serving(&self, work: impl FnOnce() -> Measured) -> Measured {
        let before = self.cpu();
        let measured = work();
        thread::sleep(REST);
        Measured { server: self.cpu().saturating_sub(before), ..measured }
    }

    /// Bytes that the server has had written to disk. Of stock's, only the process that listens.
    pub(crate) fn written(&self) -> u64 {
        kernel::written_by(self.child.id())
    }

    /// Does something, and says how many bytes the server's processes had in memory at most.
    pub(crate) fn weighed<T>(&self, work: impl FnOnce() -> T) -> (T, u64) {
        let (ended, most) = (AtomicBool::new(false), AtomicU64::new(0));
        let group = self.child.id();
        let done = thread::scope(|scope| {
            scope.spawn(|| {
                while !ended.load(Ordering::Relaxed) {
                    most.fetch_max(kernel::memory_of_group(group), Ordering::Relaxed);
                    thread::sleep(WEIGHING);
                }
            });
            // Even by a panic: who weighs would wait for ever.
            let _ends = Ends(&ended);
            work()
        });
        (done, most.into_inner())
    }

    /// Most bytes that the process that listens has ever had in memory.
    pub(crate) fn peak(&self) -> u64 {
        kernel::peak_of(self.child.id()).unwrap_or(0)
    }
}

/// Tells that something has ended when this is dropped.
struct Ends<'a>(&'a AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        kernel::end_group(&mut self.child);
    }
}

/// A folder that is there.
fn made(stage: &Stage, name: &str) -> PathBuf {
    let folder = stage.path(name);
    fs::create_dir_all(&folder).unwrap();
    folder
}
