//! The transactions of a round: one that reads, and if there is something to write, one that writes.

use outcrop_repo::Repo;
use outcrop_repo::receive::{Origin, ReceiveError};

use super::error::Stop;
use super::round::{Clusters, Doors, Round};
use super::{Answer, HandleError, HandleOptions, Handled, Message, Writing, moment};

/// Bytes of a message in which clients say what they want.
const START: usize = 1_000;

/// What comes of an attempt without the right to write.
enum Attempt {
    Answered(Answer),
    /// Enough artifacts wait for clusters.
    ClustersAreDue,
    MustWrite,
}

/// Answers in one transaction, after clusters were made in another if they were due.
pub(super) fn in_transaction(
    repo: &Repo,
    message: &Message,
    options: &HandleOptions<'_>,
    handled: &mut Handled,
) -> Result<Answer, HandleError> {
    if options.writing != Writing::AtOnce {
        if let Some(answer) = without_writing(repo, message, options, handled)? {
            return Ok(answer);
        }
        if options.writing == Writing::Deferred {
            return Err(HandleError::MustWrite);
        }
    }
    let tx = repo.write()?;
    *handled = Handled::default();
    match Round::begin(Doors::Write(&tx), message, options).and_then(|round| round.answer(handled))
    {
        Ok(reply) => {
            tx.commit()?;
            handled.wrote = true;
            Ok(Ok(reply))
        }
        Err(Stop::Refused(refusal)) => Ok(Err(refusal)),
        Err(Stop::Failed(error)) => Err(error),
        Err(Stop::MustWrite | Stop::ClustersAreDue) => Err(HandleError::CannotWrite),
    }
}

/// Answers without writing, but for clusters, unless something must be written.
fn without_writing(
    repo: &Repo,
    message: &Message,
    options: &HandleOptions<'_>,
    handled: &mut Handled,
) -> Result<Option<Answer>, HandleError> {
    let mut clusters = Clusters::IfDue;
    loop {
        match read_only(repo, message, options, clusters, handled)? {
            Attempt::Answered(answer) => return Ok(Some(answer)),
            Attempt::MustWrite => return Ok(None),
            Attempt::ClustersAreDue => {
                make_clusters(repo, options)?;
                clusters = Clusters::Left;
            }
        }
    }
}

/// Whether a message seems to be one of a clone: then it pays to look what is kept for it.
fn begins_to_clone(message: &Message) -> bool {
    let start = message.text.get(..START).unwrap_or(&message.text);
    start.split(|byte| *byte == b'\n').any(|line| line.starts_with(b"clone "))
}

/// Answers without writing, unless something must be written.
fn read_only(
    repo: &Repo,
    message: &Message,
    options: &HandleOptions<'_>,
    clusters: Clusters,
    handled: &mut Handled,
) -> Result<Attempt, HandleError> {
    *handled = Handled::default();
    let batches = options.batches.as_deref().filter(|_| begins_to_clone(message));
    let (tx, known) = match batches {
        Some(batches) => batches.read(options.env.clock.elapsed())?,
        None => (repo.read()?, None),
    };
    let round = Round::begin(Doors::Read(&tx, clusters), message, options);
    match round.and_then(|round| round.with_batches(known).answer(handled)) {
        Ok(reply) => Ok(Attempt::Answered(Ok(reply))),
        Err(Stop::Refused(refusal)) => Ok(Attempt::Answered(Err(refusal))),
        Err(Stop::MustWrite) => Ok(Attempt::MustWrite),
        Err(Stop::ClustersAreDue) => Ok(Attempt::ClustersAreDue),
        Err(Stop::Failed(error)) => Err(error),
    }
}

/// Makes clusters, unless someone else writes, or nobody may: they only help later rounds.
fn make_clusters(repo: &Repo, options: &HandleOptions<'_>) -> Result<(), HandleError> {
    let Some(tx) = repo.try_write()? else { return Ok(()) };
    // They come from here, whoever the client is.
    let origin = Origin { user: None, at: moment(options.env), nonce: None, address: None };
    let mut receiver = tx.receiver(origin);
    match receiver.make_clusters() {
        Ok(_) => {}
        Err(ReceiveError::Database(error)) => return Err(error.into()),
        // What keeps clusters from being made is nothing to a client that pulls.
        Err(_) => return Ok(()),
    }
    receiver.finish()?;
    tx.commit()?;
    Ok(())
}
