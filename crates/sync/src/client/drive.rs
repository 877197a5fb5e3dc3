//! A session and a transport, until the session ends.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use super::ahead::{both, comes_before};
use super::limits::{BRIEF_REPLY, SOON};
use super::session::{Arrival, Session};
use super::thread::{Length, unblock};
use super::{Breaker, Control, Retry, Unversioned, Workers};
use crate::observer::Retrying;
use crate::{Clock, Env, Reply, Request, SyncError, Traffic, Transport, TransportError};

/// Carries requests and replies until the session has nothing left to say.
pub(super) async fn drive(
    session: Session,
    transport: &dyn Transport,
) -> Result<Session, SyncError> {
    let mut carrier = Carrier::new(transport, &session);
    carrier.breaker.check()?;
    let breaker = carrier.breaker.clone();
    let driven = Box::pin(carrier.carry_all(session)).await;
    if let Err(error) = &driven
        && error.is_denial()
    {
        breaker.note(Some(error));
    }
    driven
}

/// The status of a server that wants to be asked less often.
const TOO_MANY: u16 = 429;

/// What carries the requests of one session.
struct Carrier<'t> {
    transport: &'t dyn Transport,
    env: Env<'static>,
    control: Control,
    retry: Retry,
    breaker: Breaker,
    workers: &'static dyn Workers,
    /// How long it has waited for another attempt, in all.
    waited: Duration,
    /// What the transport had carried before this session.
    before: Traffic,
}

/// A reply, and how it came.
type Arrived = (Reply, Arrival);

impl<'t> Carrier<'t> {
    fn new(transport: &'t dyn Transport, session: &Session) -> Self {
        let options = &session.options;
        Self {
            transport,
            env: options.env,
            control: options.control.clone(),
            retry: options.retry,
            breaker: options.breaker.clone(),
            workers: options.workers,
            waited: Duration::ZERO,
            before: transport.traffic().unwrap_or_default(),
        }
    }

    async fn carry_all(&mut self, session: Session) -> Result<Session, SyncError> {
        let length = length_of_step(&session);
        let (mut session, mut request) = step(session, length, Session::next_request).await?;
        while let Some(asked) = request {
            self.control.go_on().await?;
            let mut came;
            (session, came) = self.carry(session, Ok(asked)).await?;
            // As long as batches of a clone come, the next one travels while the last is stored.
            while session.clone.is_some() {
                let looked_at = came.0.clone();
                let ahead;
                (session, ahead) = step(session, Length::Unknown, move |session| {
                    session.request_ahead(&looked_at)
                })
                .await?;
                let Some(ahead) = ahead else { break };
                if self.control.is_paused() {
                    (session, ()) = step(session, Length::Unknown, Session::settle).await?;
                }
                self.control.go_on().await?;
                let is_here = AtomicBool::new(false);
                let storing = Box::pin(store_ahead(session, came, &is_here, self.workers));
                let carrying = async {
                    let carrying = timed(self.transport.exchange(ahead), self.env.clock);
                    let reply = self.control.guard(carrying).await;
                    is_here.store(matches!(reply, Ok((Ok(_), _))), Ordering::Relaxed);
                    reply
                };
                let (reply, stored) = both(carrying, storing).await;
                session = stored?;
                self.breaker.note(None);
                (session, came) = match reply? {
                    (Ok(reply), at) => (session, self.arrived(reply, at)),
                    (Err(error), _) => self.carry(session, Err(error)).await?,
                };
            }
            let is_short = came.0.cards.len() <= BRIEF_REPLY;
            let length = if is_short { length_of_step(&session) } else { Length::Unknown };
            (session, request) = step(session, length, move |session| {
                session.receive_from(&came.0, came.1)?;
                session.next_request()
            })
            .await?;
            self.breaker.note(None);
        }
        Ok(session)
    }

    /// Carries a request, and makes it again if an attempt fails; a first one may have failed
    /// already.
    async fn carry(
        &mut self,
        mut session: Session,
        mut request: Result<Request, TransportError>,
    ) -> Result<(Session, Arrived), SyncError> {
        let mut failed = 0;
        loop {
            let came = match request {
                Ok(request) => {
                    let carrying = timed(self.transport.exchange(request), self.env.clock);
                    self.control.guard(carrying).await?
                }
                Err(error) => (Err(error), SystemTime::UNIX_EPOCH),
            };
            let error = match came {
                (Ok(reply), at) => return Ok((session, self.arrived(reply, at))),
                (Err(error), _) => error,
            };
            failed += 1;
            if matches!(error, TransportError::Status { status: TOO_MANY, .. }) {
                self.breaker.note(Some(&error));
                self.breaker.check()?;
            }
            let Some(wait) = self.wait_after(failed, &error)? else { return Err(error.into()) };
            let retrying = Retrying { round: session.round(), failed, wait, error: &error };
            session.options.observer.retrying(&retrying);
            self.waited += wait;
            self.control.guard(self.workers.sleep(wait)).await??;
            let again;
            (session, again) = step(session, Length::Moment, Session::repeat_request).await?;
            request = Ok(again);
        }
    }

    /// How long to wait before a request is made again; `None` if that is no use.
    fn wait_after(
        &self,
        failed: u32,
        error: &TransportError,
    ) -> Result<Option<Duration>, SyncError> {
        if !error.is_transient() {
            return Ok(None);
        }
        let mut chance = [0];
        self.env.rng.fill(&mut chance).map_err(SyncError::Random)?;
        Ok(self.retry.wait_after(failed, error.retry_after(), self.waited, chance[0]))
    }

    fn arrived(&self, reply: Reply, at: SystemTime) -> Arrived {
        let traffic = self.transport.traffic().map(|now| now.since(self.before));
        (reply, Arrival { at, traffic })
    }
}

/// Stores a batch of a clone while the next one is on its way. If that one is here by then, or soon
/// after, this one may become real together with it.
async fn store_ahead(
    session: Session,
    (reply, arrival): Arrived,
    next_is_here: &AtomicBool,
    workers: &dyn Workers,
) -> Result<Session, SyncError> {
    let take_in = move |session: &mut Session| session.take_in(&reply, arrival, true);
    let (session, ()) = step(session, Length::Unknown, take_in).await?;
    let is_here = || next_is_here.load(Ordering::Relaxed);
    if comes_before(is_here, workers.sleep(SOON)).await {
        return Ok(session);
    }
    step(session, Length::Unknown, Session::settle).await.map(|(session, ())| session)
}

/// Waits for something, and says when it came.
async fn timed<T>(waited_for: impl Future<Output = T>, clock: &dyn Clock) -> (T, SystemTime) {
    let came = waited_for.await;
    (came, clock.now())
}

/// How long a step of a session takes that takes nothing large and sends no more than a request has
/// room for. Of a clone any may take long, and a single unversioned file may be large.
fn length_of_step(session: &Session) -> Length {
    let is_brief = session.clone.is_none() && session.options.unversioned == Unversioned::Leave;
    if is_brief { Length::Moment } else { Length::Unknown }
}

/// Has a step of a session done by its workers.
async fn step<T: Send + 'static>(
    mut session: Session,
    length: Length,
    work: impl FnOnce(&mut Session) -> Result<T, SyncError> + Send + 'static,
) -> Result<(Session, T), SyncError> {
    let workers = session.options.workers;
    unblock(workers, length, move || work(&mut session).map(|done| (session, done))).await?
}
