//! Carries batches to a collector over HTTP, and says when they do not arrive.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ::http::{Request, Response, header};
use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use opentelemetry_http::{HttpClient, HttpError};
use tokio::time::timeout;
use tracing::{info, warn};

use crate::HttpUrl;
use crate::http::{Connector, read_body};

/// How much a collector may answer.
const ANSWER: usize = 64 * 1024;

/// Carries batches of one kind. Clones are the same courier.
#[derive(Debug, Clone)]
pub(super) struct Courier(Arc<State>);

struct State {
    url: HttpUrl,
    connector: Connector,
    limit: Duration,
    /// Why the last batch did not arrive.
    fault: Mutex<Option<String>>,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").field("url", &self.url).finish_non_exhaustive()
    }
}

impl Courier {
    /// A courier to a collector, who takes so long at most for each way.
    pub(super) fn new(url: HttpUrl, limit: Duration) -> Self {
        let connector = Connector::new(limit, None);
        Self(Arc::new(State { url, connector, limit, fault: Mutex::new(None) }))
    }

    /// Why the last batch did not arrive, if it did not.
    pub(super) fn fault(&self) -> Option<String> {
        self.0.fault.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Brings a batch. Blocks, on a runtime of its own.
    fn bring(&self, batch: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let State { limit, .. } = *self.0;
        let brought = runtime.block_on(async { timeout(limit, self.exchange(batch)).await });
        let brought = brought.unwrap_or_else(|_| {
            let words = format!("it did not answer within {} s", limit.as_secs_f64());
            Err(io::Error::new(io::ErrorKind::TimedOut, words).into())
        });
        self.note(match &brought {
            Ok(answer) if answer.status().is_success() => None,
            Ok(answer) => Some(format!("it answered with HTTP status {}", answer.status())),
            Err(error) => Some(error.to_string()),
        });
        brought
    }

    async fn exchange(&self, batch: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let url = &self.0.url;
        let stream = self.0.connector.connect(url).await?;
        let (mut sender, driver) = http1::handshake(TokioIo::new(stream)).await?;
        // Its errors come out of the sender too.
        tokio::spawn(driver);
        let (mut head, body) = batch.into_parts();
        // A server wants the path alone.
        if let Some(path) = head.uri.path_and_query() {
            head.uri = path.as_str().parse()?;
        }
        head.headers.insert(header::HOST, url.authority().parse()?);
        let answer = sender.send_request(Request::from_parts(head, Full::new(body))).await?;
        let (head, body) = answer.into_parts();
        Ok(Response::from_parts(head, read_body(body, ANSWER).await?))
    }

    /// Tells when things get worse and when they get better, and not each time.
    fn note(&self, fault: Option<String>) {
        let mut known = self.0.fault.lock().unwrap_or_else(PoisonError::into_inner);
        let endpoint = self.0.url.to_string();
        match (&*known, &fault) {
            (None, Some(reason)) => {
                warn!(target: "outcrop_sync", endpoint, reason, "traces or metrics do not arrive");
            }
            (Some(_), None) => info!(target: "outcrop_sync", endpoint, "they arrive again"),
            _ => {}
        }
        *known = fault;
    }
}

/// What comes of a batch.
type Brought = Result<Response<Bytes>, HttpError>;

impl HttpClient for Courier {
    /// Only the threads that send batches come here, and they have nothing else to do than to wait:
    /// so this blocks, and needs no runtime around it.
    fn send_bytes<'life0, 'async_trait>(
        &'life0 self,
        batch: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Brought> + Send + 'async_trait>>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        Box::pin(async move { self.bring(batch) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is logged, as lines.
    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn an_outage_is_told_once() {
        let courier = Courier::new("http://there:4318".parse().unwrap(), Duration::from_secs(1));
        let lines = Lines::default();
        let log = lines.clone();
        let subscriber = tracing_subscriber::fmt().with_writer(move || log.clone()).finish();
        tracing::subscriber::with_default(subscriber, || {
            for fault in [None, Some("gone"), Some("gone"), None, None, Some("slow")] {
                courier.note(fault.map(str::to_owned));
                assert_eq!(courier.fault().as_deref(), fault);
            }
        });
        let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        let told = |words: &str| text.lines().filter(|line| line.contains(words)).count();
        assert_eq!((told("WARN"), told("they arrive again"), text.lines().count()), (2, 1, 3));
        assert!(text.contains("there:4318") && text.contains("gone"), "{text}");
    }
}
