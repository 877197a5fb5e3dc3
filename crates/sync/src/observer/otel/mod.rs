//! Sessions and requests as traces and metrics of OpenTelemetry.
//!
//! | file | holds |
//! |---|---|
//! | `mod.rs` | [`Otel`] |
//! | `one.rs` | who watches one session, or one request |
//! | `session.rs` | the spans of a session and its rounds, and what is measured of them |
//! | `request.rs` | the span of a request that a server answers, and what is measured of it |
//! | `instruments.rs` | what is counted and measured |
//! | `attributes.rs` | what spans and measurements say |

mod attributes;
mod instruments;
mod one;
mod request;
mod session;

use std::fmt;
use std::sync::Arc;

use opentelemetry::global::{self, BoxedTracer};
use opentelemetry::metrics::{Meter, MeterProvider};
use opentelemetry::trace::{TraceContextExt as _, Tracer, TracerProvider};
use opentelemetry::{Context, InstrumentationScope};

use self::instruments::{ClientInstruments, ServerInstruments};
use self::one::One;
use super::Observer;
use crate::{Clock, SyncError, SystemClock};

/// The name under which all of it is told.
const SCOPE: &str = "outcrop";

/// Tells OpenTelemetry: traces of sessions and of requests that a server answers, and metrics of both.
///
/// A session is a span `outcrop.session`, below whatever span is current where it begins; each of its
/// rounds is a span `outcrop.round` of a client below that. A request is a span `outcrop.request` of
/// a server. The requests of a client say which round they belong to, as W3C's `traceparent`
/// ([`TraceParent`](crate::TraceParent)), so that the spans of the server that answers them, if that
/// is watched too, are in the same trace.
///
/// | metric | unit | by |
/// |---|---|---|
/// | `outcrop.client.sessions` | sessions that have ended | operation, error |
/// | `outcrop.client.retries` | attempts that are made again | operation, error |
/// | `outcrop.client.rounds`, `outcrop.server.rounds` | rounds | operation, error |
/// | `outcrop.client.round.duration`, `outcrop.server.round.duration` | seconds | operation, error |
/// | `outcrop.client.artifacts`, `outcrop.server.artifacts` | artifacts that have moved | operation, direction |
/// | `outcrop.client.io`, `outcrop.server.io` | bytes of cards | operation, direction |
/// | `outcrop.client.network.io` | bytes of bodies as they travelled | operation, direction |
/// | `outcrop.client.errors`, `outcrop.server.errors` | failures | operation, error |
///
/// The error is `error.type`, one of the words of [`SyncError::kind`] and its like, `refused` or
/// `login_failed`; the operation is `outcrop.operation`, and the direction is `network.io.direction`,
/// `receive` or `transmit`. Spans have all that is counted as `outcrop.received` and so on, and the
/// attributes that OpenTelemetry has names for: `server.address`, `server.port`, `url.full`,
/// `client.address`, `user.name`, `error.type`. No password and no signature is ever told.
///
/// It is told to whatever is set up for the process:
///
/// ```
/// use std::sync::Arc;
///
/// use outcrop_sync::{HandleOptions, Otel, SyncOptions};
///
/// let otel = Arc::new(Otel::global());
/// // A client …
/// let options = SyncOptions { observer: otel.clone(), ..SyncOptions::pull() };
/// // … and a server.
/// let options = HandleOptions { observer: otel, ..HandleOptions::default() };
/// ```
#[derive(Clone)]
pub struct Otel(Arc<Shared>);

/// What all sessions and requests share.
struct Shared {
    tracer: BoxedTracer,
    client: ClientInstruments,
    server: ServerInstruments,
    /// Measures how long rounds take.
    clock: &'static dyn Clock,
}

impl Otel {
    /// Tells these providers: those of an SDK.
    pub fn new<P>(tracers: &P, meters: &dyn MeterProvider) -> Self
    where
        P: TracerProvider,
        P::Tracer: Send + Sync + 'static,
        <P::Tracer as Tracer>::Span: Send + Sync + 'static,
    {
        let tracer = BoxedTracer::new(Box::new(tracers.tracer_with_scope(scope())));
        Self::over(tracer, &meters.meter_with_scope(scope()))
    }

    /// Tells the providers that are set up for the whole process now.
    #[must_use]
    pub fn global() -> Self {
        Self::over(global::tracer_with_scope(scope()), &global::meter_with_scope(scope()))
    }

    fn over(tracer: BoxedTracer, meter: &Meter) -> Self {
        Self(Arc::new(Shared {
            tracer,
            client: ClientInstruments::new(meter),
            server: ServerInstruments::new(meter),
            clock: &SystemClock,
        }))
    }
}

fn scope() -> InstrumentationScope {
    InstrumentationScope::builder(SCOPE).with_version(env!("CARGO_PKG_VERSION")).build()
}

impl fmt::Debug for Otel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Otel").finish_non_exhaustive()
    }
}

impl Observer for Otel {
    fn for_one(&self) -> Option<Arc<dyn Observer>> {
        Some(Arc::new(One::new(self.0.clone(), Context::current())))
    }

    /// An event of whatever span the sessions are part of.
    fn remote_changed(&self, from: &str, to: &str, error: &SyncError) {
        let attributes = attributes::of_change(from, to, error);
        Context::current().span().add_event("another server is asked", attributes);
    }
}
