//! Sessions and requests as spans and events of `tracing`.
//!
//! | file | holds |
//! |---|---|
//! | `mod.rs` | [`Traced`] |
//! | `one.rs` | the spans of one session, or of one request |
//! | `counted.rs` | spans that tell what has moved |

mod counted;
mod one;

use std::sync::Arc;

use tracing::level_filters::LevelFilter;
use tracing::warn;

use self::one::One;
use super::Observer;
use crate::SyncError;

/// What all of it is told under, for filters: `outcrop_sync=debug`.
const TARGET: &str = "outcrop_sync";

/// Tells `tracing`: each session is a span with a span for each of its rounds, each request that a
/// server answers is a span.
///
/// | level | what |
/// |---|---|
/// | `ERROR` | a session or an answer that has failed |
/// | `WARN` | attempts that are made again, another server in the place of one, a busy repository |
/// | `INFO` | spans of sessions and requests, their ends, refusals, what a server says to people |
/// | `DEBUG` | spans of rounds, extension tables |
/// | `TRACE` | each artifact |
///
/// The spans have fields for all that is counted, for the operation, the addresses and the error. No
/// password and no signature is ever among them. What others have chosen, as user names and the
/// words of a peer are, is told as text, which subscribers quote.
///
/// The subscriber is the one of whoever begins the session, also on the threads that it works on. A
/// session that begins when there is none costs one look at that.
///
/// ```
/// use std::sync::Arc;
///
/// use outcrop_sync::{HandleOptions, SyncOptions, Traced};
///
/// tracing_subscriber::fmt().with_max_level(tracing::Level::DEBUG).init();
///
/// // A client …
/// let options = SyncOptions { observer: Arc::new(Traced), ..SyncOptions::pull() };
/// // … and a server.
/// let options = HandleOptions { observer: Arc::new(Traced), ..HandleOptions::default() };
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Traced;

impl Observer for Traced {
    fn for_one(&self) -> Option<Arc<dyn Observer>> {
        if LevelFilter::current() == LevelFilter::OFF {
            return None;
        }
        Some(Arc::new(One::new()))
    }

    fn remote_changed(&self, from: &str, to: &str, error: &SyncError) {
        let (kind, error) = (error.kind(), error.to_string());
        warn!(target: TARGET, from, to, kind, error, "another server is asked");
    }
}
