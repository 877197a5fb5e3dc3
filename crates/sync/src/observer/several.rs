//! Several observers as one.

use std::sync::Arc;

use super::{Observer, Progress, Retrying, Started, TableCounts};
use crate::client::{RoundOutcome, SyncOutcome};
use crate::handler::{HandleError, HandleStarted, Handled};
use crate::{SyncError, TraceParent};

/// Methods that tell each observer in turn.
macro_rules! tell_each {
    ($($method:ident($($told:ident: $type:ty),*);)*) => {
        $(fn $method(&self, $($told: $type),*) {
            for one in self {
                one.$method($($told),*);
            }
        })*
    };
}

/// Several that watch the same, each told in their order. A request belongs to the trace of the
/// first that names one.
impl Observer for Vec<Arc<dyn Observer>> {
    fn for_one(&self) -> Option<Arc<dyn Observer>> {
        let own: Vec<_> = self.iter().map(|one| one.for_one()).collect();
        if own.iter().all(Option::is_none) {
            return None;
        }
        let all = own.into_iter().zip(self).map(|(own, one)| own.unwrap_or_else(|| one.clone()));
        Some(Arc::new(all.collect::<Self>()))
    }

    fn trace_parent(&self, round: u32) -> Option<TraceParent> {
        self.iter().find_map(|one| one.trace_parent(round))
    }

    tell_each! {
        started(started: &Started<'_>);
        round_started(round: u32, bytes: usize);
        retrying(retrying: &Retrying<'_>);
        round_completed(round: &RoundOutcome, so_far: &SyncOutcome);
        table_sync_started(table: &str);
        table_sync_completed(table: &str, counts: &TableCounts);
        completed(outcome: &SyncOutcome);
        error(error: &SyncError);
        progress(progress: &Progress);
        remote_changed(from: &str, to: &str, error: &SyncError);
        handle_started(started: &HandleStarted<'_>);
        login_checked(user: &str, accepted: bool);
        handle_completed(handled: Result<&Handled, &HandleError>);
    }
}
