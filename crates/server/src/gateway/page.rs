//! One page, from the request to the end of the process that makes it.

use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Buf as _;
use http::{Method, Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use hyper::body::Body;
use tokio::io::{AsyncRead, AsyncWriteExt as _};
use tokio::process::{ChildStdin, ChildStdout};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, timeout, timeout_at};

use super::reply::Head;
use super::stock::Stock;
use super::variables::{Place, variables};
use super::{GatewayOptions, PageBody, limits, log, reply};
use crate::answer::{self, Reason, Refusal};
use crate::body::{self, Pace, Unreadable};
use crate::caller::Caller;
use crate::cgi::{Feeder, fed};
use crate::gate::Gate;
use crate::log::Access;
use crate::pages;
use crate::process::{Pipes, Process};
use crate::service::unreadable;
use crate::share::{Share, Shares};

/// All pages share these.
#[derive(Debug)]
pub(super) struct Pages {
    pub(super) stock: Stock,
    pub(super) gate: Arc<Gate>,
    pub(super) shares: Shares,
    pub(super) options: GatewayOptions,
}

/// A page that is asked for.
#[derive(Debug)]
pub(super) struct Page {
    /// The file.
    pub(super) repository: PathBuf,
    pub(super) place: Place,
}

/// A process that makes a page.
struct Making {
    process: Process,
    repository: PathBuf,
    deadline: Instant,
    /// Its place among those that work at a time.
    _place: OwnedSemaphorePermit,
    /// And among those of its caller.
    _share: Option<Share>,
}

impl Pages {
    /// One of the caller's places, once it has one left. It waits outside: a slow one that wants all
    /// pages keeps none from others.
    pub(super) async fn share(&self, caller: &Caller) -> Result<Option<Share>, Refusal> {
        let Some(network) = caller.network().filter(|address| !address.is_loopback()) else {
            return Ok(None);
        };
        let share = self.shares.take(network, self.options.patience).await;
        share.map(Some).map_err(|_| answer::crowded())
    }

    /// Has a page made. A refusal is an answer too.
    pub(super) async fn make<B>(
        &self,
        page: Page,
        request: Request<B>,
        share: Option<Share>,
        access: &mut Access,
    ) -> Result<Response<PageBody>, Refusal>
    where
        B: Body + Send,
        B::Data: Send,
    {
        let (request, body) = request.into_parts();
        let length = declared_length(&body, self.options.body)?;
        let gate_place = self.gate.enter(1).await;
        let gate_place = gate_place.map_err(|_| answer::crowded())?;
        let begun = Instant::now();
        let variables = variables(&request, &page.place, length).to_scgi();
        let (making, input, mut output) = self.begin(page.repository, gate_place, share)?;
        let sending = send(variables, body, Pace::new(self.options.body_stall), input);
        let head = timeout_at(making.deadline, head(sending, &mut output, &making)).await;
        let head = head.map_err(|_| {
            let time = in_words(self.options.page_time);
            log::page_failed(&making.repository, &format!("it was not there after {time}"));
            late(&time)
        })??;
        access.received = usize::try_from(length).unwrap_or(usize::MAX);
        access.worked = begun.elapsed();
        Ok(making.answer(head, output, request.method == Method::HEAD))
    }

    /// Starts the process.
    fn begin(
        &self,
        repository: PathBuf,
        place: OwnedSemaphorePermit,
        share: Option<Share>,
    ) -> Result<(Making, ChildStdin, ChildStdout), Refusal> {
        let started = self.stock.start(&repository);
        let (process, Pipes { input, output, errors }) = started.map_err(|error| {
            log::page_failed(&repository, &error);
            failed()
        })?;
        tokio::spawn(log::note(repository.clone(), errors));
        let deadline = Instant::now() + self.options.page_time;
        let making = Making { process, repository, deadline, _place: place, _share: share };
        Ok((making, input, output))
    }
}

/// Sends the request, and waits for the head of the reply.
async fn head(
    sending: impl Future<Output = Result<(), Unreadable>>,
    output: &mut ChildStdout,
    making: &Making,
) -> Result<Head, Refusal> {
    let mut sending = pin!(sending);
    let mut reading = pin!(reply::read(output));
    let read = tokio::select! {
        read = &mut reading => read,
        sent = &mut sending => {
            sent.map_err(|error| unreadable(&error))?;
            reading.await
        }
    };
    read.map_err(|error| {
        log::page_failed(&making.repository, &error);
        failed()
    })
}

impl Making {
    /// The answer, whose body comes as the process goes on.
    fn answer(self, head: Head, output: ChildStdout, only_head: bool) -> Response<PageBody> {
        let length = if only_head { 0 } else { head.length };
        let (body, feeder) = fed(length);
        let begun = head.begun;
        tokio::spawn(async move {
            let output = tokio::io::AsyncReadExt::chain(&*begun, output);
            self.attend(feeder, output).await;
        });
        head.response.map(|()| body.into())
    }

    /// Passes the body on, and sees the process to its end. If the client goes away or it takes too
    /// long, that comes at once.
    async fn attend(mut self, feeder: Feeder, output: impl AsyncRead) {
        let mut output = pin!(output);
        let passing_on = feeder.feed_while_wanted(&mut output);
        match timeout_at(self.deadline, passing_on).await {
            Ok(Ok(true)) => {}
            Ok(Ok(false)) => return,
            Ok(Err(error)) => return log::page_failed(&self.repository, &error),
            Err(error) => return log::page_failed(&self.repository, &error),
        }
        match timeout(limits::AFTERWARDS, self.process.wait()).await {
            Ok(Ok(status)) if status.success() => {}
            Ok(Ok(status)) => log::ended_badly(&self.repository, &status),
            Ok(Err(error)) => log::ended_badly(&self.repository, &error),
            Err(_) => log::ended_badly(&self.repository, &"no end in sight"),
        }
    }
}

/// The length of a body. One that does not say how long it is cannot be passed on as it comes.
fn declared_length<B: Body>(body: &B, most: u64) -> Result<u64, Refusal> {
    let most_here = usize::try_from(most).unwrap_or(usize::MAX);
    body::check_length(body, most_here).map_err(|error| unreadable(&error))?;
    body.size_hint().exact().ok_or_else(|| {
        answer::refused(Reason::NoLength, "say how long the body is: Content-Length")
    })
}

/// Sends a request to the process. That this does not want it shows in its reply.
async fn send<B>(
    head: bytes::Bytes,
    body: B,
    mut pace: Pace,
    mut input: ChildStdin,
) -> Result<(), Unreadable>
where
    B: Body + Send,
    B::Data: Send,
{
    if input.write_all(&head).await.is_err() {
        return Ok(());
    }
    let mut body = pin!(body);
    loop {
        let data = match timeout_at(pace.deadline(), body.frame()).await {
            Err(_) => return Err(Unreadable::TooSlow),
            Ok(None) => break,
            Ok(Some(Err(_))) => return Err(Unreadable::Broken),
            Ok(Some(Ok(frame))) => frame.into_data().ok(),
        };
        // What is not data is a trailer, and says nothing to us.
        let Some(mut data) = data else { continue };
        pace.count(data.remaining());
        while data.has_remaining() {
            if input.write_all_buf(&mut data).await.is_err() {
                return Ok(());
            }
        }
    }
    // More than an error there would be an answer, which comes anyway.
    let _ = input.flush().await;
    Ok(())
}

fn failed() -> Refusal {
    Box::new(pages::problem(
        StatusCode::BAD_GATEWAY,
        "This page could not be made",
        "Fossil, which makes the pages of this repository, has failed. Try again; if that does not \
         help, tell whoever runs this server: its log says why.",
    ))
}

fn late(time: &str) -> Refusal {
    let words = format!(
        "Fossil, which makes the pages of this repository, was not done after {time}. Ask for less, \
         such as a shorter time or a smaller file, or try again later."
    );
    let title = "This page takes too long";
    Box::new(pages::problem(StatusCode::GATEWAY_TIMEOUT, title, &words))
}

/// How long a page may take, as it is told to people.
fn in_words(time: Duration) -> String {
    match time.as_secs() {
        1 => "one second".to_owned(),
        seconds if seconds >= 120 => format!("{} minutes", seconds / 60),
        seconds => format!("{seconds} seconds"),
    }
}
