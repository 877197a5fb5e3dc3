//! Whose turn it is: the steps of a round, and what it waits for between them.
//!
//! Rounds that only read wait for nobody but the number of rounds at a time. One that must write
//! finds that out while it reads. If somebody else writes to the repository, it comes in line with
//! all that want to: outside, so that they all together keep no place from those that read.

use std::sync::Arc;
use std::time::{Duration, Instant};

use outcrop_sync::Writing;

use crate::answer::{self, Reason, Refusal};
use crate::doorman::{Attempt, Ticket};
use crate::limits;
use crate::round::{Done, Round, Step};
use crate::service::XferService;

/// Takes a round through all of its steps.
pub(crate) async fn take(service: &XferService, mut round: Round) -> Result<Done, Refusal> {
    service.room_to_open(&mut round.sent).await?;
    let mut place = service.place().await?;
    loop {
        let steps = move || {
            let step = advance(&mut round);
            (step, round)
        };
        let (step, back) = service.work(place, steps).await?;
        round = back;
        match step? {
            Step::Done(done) => return Ok(*done),
            Step::MustWait(attempt) => {
                round.ticket = Some(Arc::new(wait(&mut round, &attempt).await?));
            }
            Step::MustWrite => queue(&mut round).await?,
        }
        service.room_to_open(&mut round.sent).await?;
        place = service.place_again().await?;
    }
}

/// Goes on until something must be waited for.
fn advance(round: &mut Round) -> Result<Step, Refusal> {
    if round.turn.is_some() {
        return round.run(Writing::AtOnce);
    }
    match round.run(Writing::Deferred)? {
        Step::MustWrite => {}
        step => return Ok(step),
    }
    let Some(turn) = round.hosted.writers.try_enter() else { return Ok(Step::MustWrite) };
    round.rules.metrics.writer_waited(Duration::ZERO);
    round.turn = Some(turn);
    round.run(Writing::AtOnce)
}

/// Waits until a login may be looked at.
async fn wait(round: &mut Round, attempt: &Attempt) -> Result<Ticket, Refusal> {
    round.rules.metrics.login_delayed();
    round.put_aside();
    // A large one would keep its memory from others.
    let may_wait = round.sent.held.body.len() <= limits::WAITING_BODY;
    let admitted = if may_wait { round.rules.doorman.admit(attempt).await.ok() } else { None };
    admitted.ok_or_else(|| {
        round.decision().turned_away();
        let words = "too many logins have failed from this address: try again later";
        answer::later(Reason::LoginDelayed, words, limits::LONGEST_LOGIN_DELAY)
    })
}

/// Waits in line to write.
async fn queue(round: &mut Round) -> Result<(), Refusal> {
    round.put_aside();
    let (_waiting, begun) = (round.rules.metrics.writer_waits(), Instant::now());
    let turn = round.hosted.writers.enter(1).await.map_err(|_| answer::crowded())?;
    round.rules.metrics.writer_waited(begun.elapsed());
    round.turn = Some(turn);
    Ok(())
}
