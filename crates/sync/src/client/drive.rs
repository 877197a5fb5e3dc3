//! A session and a transport, until the session ends.

use std::time::SystemTime;

use super::Control;
use super::ahead::both;
use super::retry::Retry;
use super::session::Session;
use super::thread::unblock;
use crate::{Clock, Reply, Request, SyncError, Traffic, Transport, TransportError};

/// Carries requests and replies until the session has nothing left to say.
pub(super) async fn drive(
    session: Session,
    transport: &dyn Transport,
) -> Result<Session, SyncError> {
    let before = transport.traffic().unwrap_or_default();
    let (control, retry) = (session.options.control.clone(), session.options.retry);
    let clock = session.options.env.clock;
    let (mut session, mut request) = step(session, Session::next_request).await?;
    while let Some(asked) = request {
        control.go_on().await?;
        let mut came;
        (session, came) = exchange(session, Ok(asked), transport, &control, retry).await?;
        // As long as batches of a clone come, the next one travels while the last is stored.
        while session.clone.is_some() {
            let looked_at = came.0.clone();
            let ahead;
            (session, ahead) =
                step(session, move |session| session.request_ahead(&looked_at)).await?;
            let Some(ahead) = ahead else { break };
            control.go_on().await?;
            let storing = step(session, move |session| session.receive_from(&came.0, came.1));
            let carrying = timed(transport.exchange(ahead), clock);
            let (stored, reply) = both(storing, control.guard(carrying)).await;
            (session, ()) = stored?;
            (session, came) = match reply? {
                (Ok(reply), arrival) => (session, (reply, arrival)),
                (Err(error), _) => {
                    exchange(session, Err(error), transport, &control, retry).await?
                }
            };
        }
        (session, request) = step(session, move |session| {
            session.receive_from(&came.0, came.1)?;
            session.next_request()
        })
        .await?;
    }
    session.outcome.traffic = transport.traffic().map(|now| Traffic {
        sent: now.sent.saturating_sub(before.sent),
        received: now.received.saturating_sub(before.received),
    });
    Ok(session)
}

/// A reply, and when it came.
type Arrived = (Reply, SystemTime);

/// Waits for something, and says when it came.
async fn timed<T>(waited_for: impl Future<Output = T>, clock: &dyn Clock) -> (T, SystemTime) {
    let came = waited_for.await;
    (came, clock.now())
}

/// Does a step of a session on another thread.
async fn step<T: Send + 'static>(
    mut session: Session,
    work: impl FnOnce(&mut Session) -> Result<T, SyncError> + Send + 'static,
) -> Result<(Session, T), SyncError> {
    unblock(move || work(&mut session).map(|done| (session, done))).await?
}

/// Carries a request, or makes it again if a first attempt has failed.
async fn exchange(
    mut session: Session,
    mut first: Result<Request, TransportError>,
    transport: &dyn Transport,
    control: &Control,
    retry: Retry,
) -> Result<(Session, Arrived), SyncError> {
    let clock = session.options.env.clock;
    let mut failed = 0;
    loop {
        let came = match first {
            Ok(request) => control.guard(timed(transport.exchange(request), clock)).await?,
            Err(error) => (Err(error), SystemTime::UNIX_EPOCH),
        };
        let error = match came {
            (Ok(reply), arrival) => return Ok((session, (reply, arrival))),
            (Err(error), _) => error,
        };
        failed += 1;
        let wait = retry.wait_after(failed).filter(|_| error.is_transient());
        let Some(wait) = wait else { return Err(error.into()) };
        control.guard(unblock(move || std::thread::sleep(wait))).await??;
        let request;
        (session, request) = step(session, Session::repeat_request).await?;
        first = Ok(request);
    }
}
