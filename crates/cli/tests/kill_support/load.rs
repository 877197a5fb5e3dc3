//! Who works beside the process that is killed, and hears what is acknowledged.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use outcrop_format::hash::HashName;

use crate::support::{outcrop, ran, serving::post};

/// How long to wait before the next attempt, where the last one came to nothing.
const PAUSE: Duration = Duration::from_millis(3);

/// Somebody who goes on working until told to end. Gives the names of what was acknowledged.
pub(crate) struct Load {
    end: Arc<AtomicBool>,
    worker: JoinHandle<Vec<String>>,
}

impl Load {
    fn start(mut work: impl FnMut(usize) -> Option<String> + Send + 'static) -> Self {
        let end = Arc::new(AtomicBool::new(false));
        let ended = Arc::clone(&end);
        let worker = thread::spawn(move || {
            let mut acknowledged = Vec::new();
            for number in 0.. {
                if ended.load(Ordering::SeqCst) {
                    break;
                }
                match work(number) {
                    Some(name) => acknowledged.push(name),
                    None => thread::sleep(PAUSE),
                }
            }
            acknowledged
        });
        Self { end, worker }
    }

    pub(crate) fn end(self) -> Vec<String> {
        self.end.store(true, Ordering::SeqCst);
        self.worker.join().unwrap()
    }

    /// Sends artifacts to a server, one a round. One is acknowledged once the reply is here, as a
    /// whole, and without a complaint.
    pub(crate) fn of_rounds(address: String, push: String, label: String) -> Self {
        Self::start(move |number| {
            let content = format!("{label} {number}");
            let name = HashName::sha3_of(content.as_bytes()).to_string();
            let cards = format!("{push}file {name} {}\n{content}", content.len());
            send(&address, &post("/", "", &cards)).map(|()| name)
        })
    }

    /// Commits to a repository, as often as it can. One is acknowledged when the program says so.
    pub(crate) fn of_commits(repository: &Path, folder: PathBuf, label: String) -> Self {
        let repository = repository.to_owned();
        Self::start(move |number| {
            let path = folder.join("beside");
            fs::write(&path, format!("{label} {number}")).unwrap();
            let mut command = outcrop(["commit", "-m", "beside", "-R"]);
            command.arg(&repository).arg("beside").current_dir(&folder);
            let done = ran(&command.output().unwrap());
            if done.code != 0 {
                // Nothing but that it must wait for too long.
                assert!(done.stderr.contains("another program uses the file"), "{done:?}");
                return None;
            }
            Some(done.stdout.split(' ').next().unwrap().to_owned())
        })
    }
}

/// Whether a request has its reply.
fn send(address: &str, request: &str) -> Option<()> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.write_all(request.as_bytes()).ok()?;
    let mut reply = Vec::new();
    stream.read_to_end(&mut reply).ok()?;
    let reply = String::from_utf8(reply).ok()?;
    let (head, body) = reply.split_once("\r\n\r\n")?;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "))?;
    let whole = length.parse() == Ok(body.len());
    let well = head.contains(" 200 ") && !body.lines().any(|line| line.starts_with("error"));
    (whole && well).then_some(())
}
