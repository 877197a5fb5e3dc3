//! Walking over all artifacts, on all cores.
//!
//! Stored as deltas, the artifacts are a forest: each stands below its source, and the trees' roots
//! have content of their own. Expanding them one by one would expand the upper ones over and over.
//! So the forest is walked once, sources before deltas:
//!
//! ```text
//!             Parcel: rows, and the sources they build upon
//!          ┌────────────────────────────────────────────────►┐
//!   reader │ Expanded: the sources for the next parcels      │ workers
//!          │◄────────────────────────────────────────────────┤
//!          │ Done: what came of the task                     │
//!          └◄────────────────────────────────────────────────┘
//! ```
//!
//! Only the reader has a connection. A worker first expands its parcel and hands back what later
//! parcels build upon, and does its task after that: so even one long chain of deltas keeps all
//! cores busy, one expanding the next parcel while the others work on the last ones.
//!
//! What results are put into is made by the same thread once the workers have enough to do. That may
//! take a while: a clone is indexed meanwhile, a rebuild empties its tables.
//!
//! Memory is bounded by [`KEPT_SOURCES`](crate::limits::KEPT_SOURCES), by
//! [`PARCELS_AT_FIRST`](crate::limits::PARCELS_AT_FIRST), and by three parcels for each
//! worker, of [`PARCEL_CONTENT`](crate::limits::PARCEL_CONTENT) bytes each or one artifact that is
//! larger, beside some thirty bytes for each artifact there is.

mod check;
mod forest;
mod parcel;
mod reader;
mod stones;

use std::sync::mpsc::{self, Receiver};
use std::sync::{Mutex, PoisonError};
use std::thread;

use bytes::Bytes;

use crate::damage::Damage;
use crate::limits::PARCELS_AT_FIRST;
use crate::tx::DatabaseError;
pub(crate) use check::{check, sound};
pub(crate) use forest::{Fate, Forest, NodeId};
use parcel::Told;
pub(crate) use parcel::{Parcel, Source, Step};
pub(crate) use reader::{Bounds, Reader, roots};

/// Parcels under way for each worker: one in work, two to go on with.
const PARCELS_PER_WORKER: usize = 3;

/// Walks the forest with as many workers as there are cores. Each does the `task` on the parcels
/// that it gets. What comes of it is put into a `basket`, which is made while the workers have enough to
/// do: it may take a while.
pub(crate) fn walk<T: Send, B, E: From<DatabaseError>>(
    reader: &mut Reader<'_>,
    task: impl Fn(&Parcel, &[Result<Bytes, Damage>]) -> T + Sync,
    basket: impl FnOnce() -> Result<B, E>,
    mut put: impl FnMut(&mut B, T),
) -> Result<B, E> {
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let (give, take) = mpsc::channel();
    let take = Mutex::new(take);
    let (answer, answers) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..workers {
            let (take, answer, task) = (&take, answer.clone(), &task);
            scope.spawn(move || {
                while let Some(parcel) = next(take) {
                    // Nobody listens only after the database has failed.
                    parcel::work(&parcel, task, |told| drop(answer.send(told)));
                }
            });
        }
        // When the reader ends, for better or worse, its end of the channel closes and so the
        // workers end.
        let give = give;
        let (mut under_way, mut stored) = (0, 0);
        while stored < PARCELS_AT_FIRST
            && let Some(parcel) = reader.fill_parcel()?
        {
            stored += parcel.stored();
            under_way += usize::from(give.send(parcel).is_ok());
        }
        let mut basket = basket()?;
        loop {
            while under_way < workers * PARCELS_PER_WORKER
                && let Some(parcel) = reader.fill_parcel()?
            {
                under_way += usize::from(give.send(parcel).is_ok());
            }
            if under_way == 0 {
                return Ok(basket);
            }
            match answers.recv() {
                Ok(Told::Expanded(expanded)) => reader.expanded(&expanded),
                Ok(Told::Done(result)) => {
                    under_way -= 1;
                    put(&mut basket, result);
                }
                Err(_) => return Ok(basket),
            }
        }
    })
}

/// The next parcel for a worker; `None` when there will be no more.
fn next(take: &Mutex<Receiver<Parcel>>) -> Option<Parcel> {
    take.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}
