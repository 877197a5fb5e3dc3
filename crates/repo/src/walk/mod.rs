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
//! Memory is bounded by [`KEPT_SOURCES`](crate::limits::KEPT_SOURCES) and by two parcels for each
//! worker, of [`PARCEL_CONTENT`](crate::limits::PARCEL_CONTENT) bytes each or one artifact that is
//! larger, beside some forty bytes for each artifact there is.

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
use crate::tx::DatabaseError;
pub(crate) use check::{check, sound};
pub(crate) use forest::{Fate, Forest, NodeId};
use parcel::Told;
pub(crate) use parcel::{Parcel, Source, Step};
pub(crate) use reader::{Bounds, Reader, roots};

/// Parcels under way for each worker: one in work, one to go on with.
const PARCELS_PER_WORKER: usize = 2;

/// Walks the forest with as many workers as there are cores. Each does the `task` on the parcels
/// that it gets; what comes of it is handed to `done`.
pub(crate) fn walk<T: Send>(
    reader: &mut Reader<'_>,
    task: impl Fn(&Parcel, &[Result<Bytes, Damage>]) -> T + Sync,
    mut done: impl FnMut(T),
) -> Result<(), DatabaseError> {
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let (give, take) = mpsc::channel();
    let take = Mutex::new(take);
    let (tell, told) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..workers {
            let (take, tell, task) = (&take, tell.clone(), &task);
            scope.spawn(move || {
                while let Some(parcel) = next(take) {
                    // Nobody listens only after the database has failed.
                    parcel::work(&parcel, task, |told| drop(tell.send(told)));
                }
            });
        }
        // When the reader ends, for better or worse, its end of the channel closes and so the
        // workers end.
        let give = give;
        let mut under_way = 0;
        loop {
            while under_way < workers * PARCELS_PER_WORKER
                && let Some(parcel) = reader.fill_parcel()?
            {
                under_way += usize::from(give.send(parcel).is_ok());
            }
            if under_way == 0 {
                return Ok(());
            }
            match told.recv() {
                Ok(Told::Expanded(expanded)) => reader.expanded(&expanded),
                Ok(Told::Done(result)) => {
                    under_way -= 1;
                    done(result);
                }
                Err(_) => return Ok(()),
            }
        }
    })
}

/// The next parcel for a worker; `None` when there will be no more.
fn next(take: &Mutex<Receiver<Parcel>>) -> Option<Parcel> {
    take.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}
