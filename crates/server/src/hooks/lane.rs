//! One place that is told of pushes, one after the other.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use outcrop_sync::http::Connector;
use tokio::sync::Notify;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep_until, timeout};

use super::log;
use super::push::Push;
use super::queue::{Queue, Waiting};
use super::target::{NotTold, Target};

/// A place, and what it is to be told.
pub(super) struct Lane {
    target: Target,
    connector: Connector,
    /// How long one attempt may take.
    delivery: Duration,
    queue: Mutex<Queue>,
    /// Something has been added, or no more comes.
    changed: Notify,
}

/// What a lane does next.
enum Step {
    Tell(Box<Waiting>),
    WaitUntil(Option<Instant>),
    End,
}

impl Lane {
    pub(super) fn new(target: Target, connector: Connector, delivery: Duration) -> Self {
        Self { target, connector, delivery, queue: Mutex::default(), changed: Notify::new() }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a push, without waiting for anything.
    pub(super) fn add(&self, push: Push) {
        let added = self.queue().add(push, Instant::now());
        match added {
            Ok(()) => self.changed.notify_one(),
            Err(push) => self.give_up(&push, "since too many wait"),
        }
    }

    /// Has all be told now that wait: no more come.
    pub(super) fn close(&self) {
        self.queue().close(Instant::now());
        self.changed.notify_one();
    }

    /// Logs what nobody will be told; gives how many pushes that are.
    pub(super) fn abandon(&self) -> usize {
        let left = self.queue().left();
        for waiting in &left {
            self.give_up(&waiting.push, "since the server ends");
        }
        left.len()
    }

    fn give_up(&self, push: &Push, why: &str) {
        log::given_up(&self.target, why, &push.line().unwrap_or_default());
    }

    /// Tells all that comes, until no more does.
    pub(super) async fn run(&self) {
        loop {
            match self.step() {
                Step::End => break,
                Step::Tell(waiting) => self.tell(*waiting).await,
                Step::WaitUntil(None) => self.changed.notified().await,
                Step::WaitUntil(Some(due)) => tokio::select! {
                    () = self.changed.notified() => {}
                    () = sleep_until(due) => {}
                },
            }
        }
    }

    fn step(&self) -> Step {
        let mut queue = self.queue();
        match queue.take(Instant::now()) {
            Some(waiting) => Step::Tell(Box::new(waiting)),
            None if queue.is_done() => Step::End,
            None => Step::WaitUntil(queue.next()),
        }
    }

    async fn tell(&self, waiting: Waiting) {
        // Dropped before its end, it goes back to where it came from, to be logged.
        let mut held = Held { lane: self, waiting: Some(waiting) };
        held.resolve().await;
        let told = match held.line() {
            Some(line) => self.attempt(line).await,
            None => Ok(()),
        };
        let Some(waiting) = held.waiting.take() else { return };
        let repository = waiting.push.told.repository.clone();
        match told {
            Ok(()) => log::told(&self.target, &repository),
            Err(why) => {
                let again = self.queue().put_back(waiting, Instant::now());
                log::not_told(&self.target, &repository, &why, again);
            }
        }
    }

    async fn attempt(&self, line: Bytes) -> Result<(), NotTold> {
        let telling = self.target.tell(line, &self.connector);
        let told = timeout(self.delivery, telling).await;
        told.unwrap_or_else(|_| Err(NotTold::TooLong(self.delivery.as_secs())))
    }
}

/// A push that is being told.
struct Held<'a> {
    lane: &'a Lane,
    waiting: Option<Waiting>,
}

impl Held<'_> {
    /// Looks up its check-ins.
    async fn resolve(&mut self) {
        let Some(waiting) = &self.waiting else { return };
        let mut push = waiting.push.clone();
        let resolving = spawn_blocking(move || {
            if let Err(error) = push.resolve() {
                log::not_looked_up(&push.file, &error);
            }
            push
        });
        // What was not looked up is not told.
        if let (Ok(push), Some(waiting)) = (resolving.await, &mut self.waiting) {
            waiting.push = push;
        }
    }

    fn line(&self) -> Option<Bytes> {
        self.waiting.as_ref()?.push.line().ok().map(Bytes::from)
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        if let Some(waiting) = self.waiting.take() {
            self.lane.queue().put_back(waiting, Instant::now());
        }
    }
}
