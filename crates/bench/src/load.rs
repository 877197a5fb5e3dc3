//! Many clients that store nothing, so that a server can show what it does.

mod clone;

use std::time::{Duration, Instant};

use outcrop_repo::Repo;
use outcrop_sync::http::{HttpOptions, Proxy};
use outcrop_sync::{HttpTransport, Request, Session, SyncOptions, Transport as _};
use outcrop_xfer::{Card, Reader};
use tokio::runtime::Builder;
use tokio::task::JoinSet;

/// How long a client waits in a queue of others.
const PATIENCE: Duration = Duration::from_mins(10);

/// How long all of it took, and each operation of it, shortest first.
#[derive(Debug)]
pub(crate) struct Load {
    pub(crate) wall: Duration,
    each: Vec<Duration>,
    /// Why operations failed, each of them.
    pub(crate) failures: Vec<String>,
}

impl Load {
    /// Operations that were completed in a second.
    pub(crate) fn rate(&self) -> f64 {
        self.each.len() as f64 / self.wall.as_secs_f64()
    }

    /// How many times as long as the median the slowest took.
    pub(crate) fn slowest(&self) -> f64 {
        let median = self.each[self.each.len() / 2].as_secs_f64();
        self.each[self.each.len() - 1].as_secs_f64() / median
    }
}

/// So many clients that clone at the same time, count what comes, and throw it away.
pub(crate) fn clones(url: &str, clients: usize, artifacts: u64) -> Load {
    let buffer = clone::Buffer::new();
    drive(clients, 1, || {
        let (url, buffer) = (url.to_owned(), buffer.clone());
        async move { clone::clone(&url, artifacts, buffer).await }
    })
}

/// So many clients that send the same request at the same time, each so often.
pub(crate) fn repeated(url: &str, request: &Request, clients: usize, times: usize) -> Load {
    drive(clients, times, || ask(url.to_owned(), request.clone()))
}

/// The request of a pull with which a repository finds that it has everything.
pub(crate) fn pull_of_nothing(repository: &std::path::Path) -> Request {
    let mut session = Session::new(Repo::open(repository).unwrap(), SyncOptions::pull()).unwrap();
    session.next_request().unwrap().unwrap()
}

fn drive<F>(clients: usize, times: usize, operation: impl Fn() -> F) -> Load
where
    F: Future<Output = Result<(), String>> + 'static,
{
    // One thread: the other cores are the server's.
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async {
        let began = Instant::now();
        let (mut each, mut failures) = (Vec::new(), Vec::new());
        let mut running = JoinSet::new();
        for _ in 0..clients {
            let operations: Vec<_> = (0..times).map(|_| operation()).collect();
            running.spawn_local(async move {
                let mut took = Vec::new();
                for operation in operations {
                    let began = Instant::now();
                    took.push(operation.await.map(|()| began.elapsed()));
                }
                took
            });
        }
        while let Some(done) = running.join_next().await {
            for took in done.unwrap() {
                match took {
                    Ok(took) => each.push(took),
                    Err(reason) => failures.push(reason),
                }
            }
        }
        let wall = began.elapsed();
        each.sort_unstable();
        Load { wall, each, failures }
    })
}

/// A connection of its own, as each process has one.
fn transport(url: &str) -> HttpTransport {
    let options = HttpOptions { stall: PATIENCE, proxy: Proxy::Off, ..HttpOptions::default() };
    HttpTransport::with_options(url.parse().unwrap(), options)
}

async fn ask(url: String, request: Request) -> Result<(), String> {
    let reply = transport(&url).exchange(request).await.map_err(|error| error.to_string())?;
    for card in Reader::new(&reply.text()) {
        match card {
            Ok(Card::Error(_)) => return Err("the request is refused".to_owned()),
            Ok(_) => {}
            Err(error) => return Err(error.to_string()),
        }
    }
    Ok(())
}
