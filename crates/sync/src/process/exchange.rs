//! One exchange over the pipes of a program: a request in, a reply out.

use std::{io, time::Duration};

use bytes::Bytes;
use outcrop_xfer::{Chunks, Limits, MediaType};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    process::{ChildStdin, ChildStdout},
    time::timeout,
};

use super::child::{Child, Ending};
use crate::{
    Reply, TransportError, first_words,
    head::{Head, HeadError},
    release::USER_AGENT,
    stall::{Stalled, Watched},
};

/// How long a program may take to read the end of a request that it has answered already.
const LAG: Duration = Duration::from_millis(500);

/// How much of a page is read for its first words.
const PAGE_START: u64 = 64 * 1024;

/// A request, and what bounds its reply.
pub(super) struct Asked<'a> {
    /// What is asked, for error messages.
    pub(super) origin: &'a str,
    /// The host, for the program at the other end.
    pub(super) host: &'a str,
    pub(super) media: MediaType,
    pub(super) body: Chunks,
    pub(super) limits: &'a Limits,
    /// How long nothing may move before the reply begins, and within it.
    pub(super) patience: (Duration, Duration),
}

/// A reply, how many bytes it came in, and the program if it takes another request.
pub(super) struct Answered {
    pub(super) reply: Reply,
    pub(super) len: usize,
    pub(super) child: Option<Child>,
}

/// Why there is no reply.
pub(super) enum Failure {
    /// The program ended, or spoke no HTTP. What it said, if it said anything, and how it ended.
    NoReply(Option<String>, Ending),
    /// Anything else.
    Other(TransportError),
}

type Output = BufReader<Watched<ChildStdout>>;

/// Sends a request to a program and reads its reply.
pub(super) async fn exchange(mut child: Child, asked: Asked<'_>) -> Result<Answered, Failure> {
    let stalled = |stalled: Stalled| TransportError::Stalled {
        origin: asked.origin.to_owned(),
        limit: stalled.limit,
    };
    let other = |error| Failure::Other(error);
    let Some(input) = child.input.take() else {
        return Err(other(asked.broken("it takes no request")));
    };
    // Written beside the reading: a program may say something before it has read everything.
    let writing = tokio::spawn(write(input, asked.head(), asked.body.clone()));
    let progress = child.progress.clone();
    let head = progress.guard(asked.patience.0, Head::read(&mut child.output)).await;
    let head = match head.map_err(|error| other(stalled(error)))? {
        Ok(head) => head,
        Err(HeadError::Ended) => return Err(Failure::NoReply(None, child.end().await)),
        Err(HeadError::NotHttp(words)) => {
            return Err(Failure::NoReply(Some(words), child.end().await));
        }
        Err(error) => return Err(other(asked.broken(&error.to_string()))),
    };
    let reading = read(&asked, &head, &mut child.output);
    let read = progress.guard(asked.patience.1, reading).await;
    let (reply, len) = read.map_err(|error| other(stalled(error)))?.map_err(other)?;
    let mut child = Some(child).filter(|_| head.keeps_open());
    if let Some(kept) = &mut child {
        match timeout(LAG, writing).await {
            Ok(Ok(Ok(input))) => kept.input = Some(input),
            // It answers what it has not read: who knows what it takes the rest for.
            _ => child = None,
        }
    }
    Ok(Answered { reply, len, child })
}

async fn write(
    mut input: Watched<ChildStdin>,
    head: String,
    body: Chunks,
) -> io::Result<Watched<ChildStdin>> {
    input.write_all(head.as_bytes()).await?;
    for chunk in body {
        input.write_all(&chunk).await?;
    }
    input.flush().await?;
    Ok(input)
}

/// Reads what follows the head of a reply.
async fn read(
    asked: &Asked<'_>,
    head: &Head,
    output: &mut Output,
) -> Result<(Reply, usize), TransportError> {
    let origin = || asked.origin.to_owned();
    let length = head.length().map_err(|words| asked.broken(words))?;
    let content_type = head.get("content-type");
    let media = content_type.map(str::parse::<MediaType>);
    let (200, Some(Ok(media))) = (head.status, media) else {
        let mut page = Vec::new();
        let mut start = output.take(length.unwrap_or(u64::MAX).min(PAGE_START));
        // Whatever comes of the page, it is known that there is no reply.
        let _ = start.read_to_end(&mut page).await;
        let words = first_words(&page);
        return Err(match head.status {
            200 => TransportError::NotFossil {
                origin: origin(),
                content_type: content_type.unwrap_or("no content type").to_owned(),
                words,
            },
            status => TransportError::Status { origin: origin(), status, words, retry_after: None },
        });
    };
    let limit = asked.limits.message;
    let most = u64::try_from(limit).unwrap_or(u64::MAX);
    if length.is_some_and(|length| length > most) {
        return Err(TransportError::TooLarge { origin: origin(), limit });
    }
    let mut body = Vec::new();
    // No more memory is taken than bytes have arrived.
    let mut whole = output.take(length.unwrap_or(most.saturating_add(1)));
    whole.read_to_end(&mut body).await.map_err(|error| asked.broken(&error.to_string()))?;
    if body.len() > limit {
        return Err(TransportError::TooLarge { origin: origin(), limit });
    }
    let len = body.len();
    if let Some(length) = length
        && u64::try_from(len) != Ok(length)
    {
        return Err(asked.broken(&format!("{len} bytes of {length} came")));
    }
    Ok((Reply::from_body(media, Bytes::from(body), asked.limits)?, len))
}

impl Asked<'_> {
    /// The head of the request. The last field is what makes stock answer more than one request.
    fn head(&self) -> String {
        format!(
            "POST /xfer HTTP/1.1\r\nHost: {}\r\nUser-Agent: {USER_AGENT}\r\n\
             X-Fossil-Transport: SSH\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n",
            self.host,
            self.media,
            self.body.len()
        )
    }

    fn broken(&self, reason: &str) -> TransportError {
        TransportError::Interrupted { origin: self.origin.to_owned(), reason: reason.to_owned() }
    }
}
