//! Traces and metrics on their way to a collector, by OTLP.
//!
//! | file | holds |
//! |---|---|
//! | `mod.rs` | [`Otlp`] |
//! | `courier.rs` | carries batches over HTTP, and says when they do not arrive |
//!
//! ```text
//! Otel ─► spans, a bounded queue ─► batches ─┐
//!      └► metrics, sums ─► once a minute ────┴─► courier ─► POST /v1/traces, /v1/metrics
//! ```

mod courier;

use std::fmt;
use std::thread;
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry_otlp::{
    ExporterBuildError, MetricExporter, Protocol, SpanExporter, WithExportConfig as _,
    WithHttpConfig as _,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;

use self::courier::Courier;
use super::Otel;
use crate::{HttpUrl, UrlError};

/// How long a batch may take, with all attempts.
const EXPORT: Duration = Duration::from_secs(3);

/// How long the last batches may take at the end.
const END: Duration = Duration::from_secs(5);

/// Names what is watched, unless the process says itself how it is called.
const SERVICE_NAME: &str = "OTEL_SERVICE_NAME";

/// Why nothing can be sent, or what was not.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OtlpError {
    /// Not the address of a collector.
    #[error("not the address of a collector, such as http://localhost:4318: {0}")]
    Endpoint(#[from] UrlError),
    /// The address has a user or a password.
    #[error(
        "the address of a collector takes no user and no password: set \
         OTEL_EXPORTER_OTLP_HEADERS=authorization=… instead"
    )]
    Credentials,
    /// The exporter does not like how the process is set up.
    #[error("traces and metrics cannot be sent: {0}")]
    Setup(#[from] ExporterBuildError),
    /// The last batches did not arrive.
    #[error("traces or metrics did not reach {endpoint}: {reason}")]
    Undelivered {
        /// The collector.
        endpoint: String,
        /// What went wrong.
        reason: String,
    },
}

/// Sends what an [`Otel`] tells to a collector, by OTLP over HTTP.
///
/// Batches are sent by threads of their own, so nothing that is watched ever waits for the collector;
/// what it does not take in time is dropped. A collector that is down is a warning to `tracing`, once,
/// and an error of [`shutdown`](Self::shutdown) at the end.
///
/// What the environment says of `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`,
/// `OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_TRACES_SAMPLER`, `OTEL_METRIC_EXPORT_INTERVAL` and their kind
/// counts.
///
/// ```no_run
/// use std::sync::Arc;
///
/// use outcrop_sync::{Otlp, SyncOptions};
///
/// let otlp = Otlp::start("http://localhost:4318", "outcrop")?;
/// let options = SyncOptions { observer: Arc::new(otlp.observer()), ..SyncOptions::pull() };
/// // … sessions with these options …
/// if let Err(error) = otlp.shutdown() {
///     eprintln!("warning: {error}");
/// }
/// # Ok::<(), outcrop_sync::OtlpError>(())
/// ```
pub struct Otlp {
    endpoint: String,
    traces: SdkTracerProvider,
    metrics: SdkMeterProvider,
    couriers: [Courier; 2],
}

impl Otlp {
    /// Begins to send to a collector; `service` is what is watched, unless `OTEL_SERVICE_NAME` says
    /// otherwise. Nobody looks yet whether the collector is there.
    pub fn start(endpoint: &str, service: &str) -> Result<Self, OtlpError> {
        let url: HttpUrl = endpoint.parse()?;
        if url.user().is_some() || url.password().is_some() {
            return Err(OtlpError::Credentials);
        }
        let couriers = [Courier::new(url.clone(), EXPORT), Courier::new(url.clone(), EXPORT)];
        let [for_traces, for_metrics] = couriers.clone();
        let base = format!("{}{}", url.origin(), url.target().trim_end_matches('/'));
        let spans = SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(format!("{base}/v1/traces"))
            .with_timeout(EXPORT)
            .with_http_client(for_traces)
            .build()?;
        let sums = MetricExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(format!("{base}/v1/metrics"))
            .with_timeout(EXPORT)
            .with_http_client(for_metrics)
            .build()?;
        let resource = resource(service);
        let traces = SdkTracerProvider::builder()
            .with_resource(resource.clone())
            .with_batch_exporter(spans)
            .build();
        let metrics = SdkMeterProvider::builder()
            .with_resource(resource)
            .with_periodic_exporter(sums)
            .build();
        Ok(Self { endpoint: base, traces, metrics, couriers })
    }

    /// Who watches.
    #[must_use]
    pub fn observer(&self) -> Otel {
        Otel::new(&self.traces, &self.metrics)
    }

    /// Sends what is left, and waits for that a few seconds at most. Blocks: a program with a runtime
    /// calls it at its end, or from a thread for work that blocks. Dropping does the same, without a
    /// word.
    pub fn shutdown(self) -> Result<(), OtlpError> {
        match self.end() {
            Some(reason) => Err(OtlpError::Undelivered { endpoint: self.endpoint.clone(), reason }),
            None => Ok(()),
        }
    }

    /// Ends the threads, the second time at once; says what did not arrive.
    fn end(&self) -> Option<String> {
        let (sent, summed) = thread::scope(|scope| {
            let sending = scope.spawn(|| self.traces.shutdown_with_timeout(END));
            let summed = self.metrics.shutdown_with_timeout(END);
            (sending.join(), summed)
        });
        let late = [sent.ok(), Some(summed)].into_iter().flatten().find_map(Result::err);
        let fault = self.couriers.iter().find_map(Courier::fault);
        fault.or_else(|| late.map(|error| error.to_string()))
    }
}

impl Drop for Otlp {
    fn drop(&mut self) {
        // Observers may still be there, and keep the providers; nothing of theirs is sent any more.
        let _ = self.end();
    }
}

impl fmt::Debug for Otlp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Otlp").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

fn resource(service: &str) -> Resource {
    let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
    let resource = Resource::builder().with_attribute(version);
    if std::env::var_os(SERVICE_NAME).is_some() {
        return resource.build();
    }
    resource.with_service_name(service.to_owned()).build()
}
